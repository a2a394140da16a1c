/**
 * Finds out where a packet stops on its way to a rule: rulesets with a maze of chains in front of a rule let few packets through that were drawn for the rule
 * alone.
 */
import { MOST_STEPS, type Trace, Walker } from "./evaluate.ts";
import type { CompiledHook, CompiledTable } from "./program.ts";
import { evaluateConditions, makeTruth, type Truth } from "./truth.ts";

/** As many of the rules matched first are kept. */
const MOST_KEPT = 10_000;

/** Walks packets and keeps the rules that they matched; a class because it guards buffers that are used again. */
export class Guide {
  /** Rules that the last packet matched, in order; the first ones, where they are many. */
  readonly steps: number[] = [];
  readonly #table: CompiledTable;
  readonly #truth: Truth;
  readonly #walkers: readonly [Walker, Walker];
  readonly #trace: Trace;
  /** Rules that all packets together matched. */
  walked = 0;
  #wanted = -1;
  #isReached = false;

  constructor(table: CompiledTable) {
    this.#table = table;
    this.#truth = makeTruth(table);
    this.#walkers = [new Walker(table, 0, this.#truth), new Walker(table, 1, this.#truth)];
    const keep = (rule: number): void => {
      // The policy is no rule.
      if (rule !== -1 && this.steps.length < MOST_KEPT) this.steps.push(rule);
      if (rule === this.#wanted) this.#isReached = true;
    };
    this.#trace = { step: keep, hotdrop: keep, effect: () => {} };
  }

  /** Whether the packet matches the rule on one side; `steps` says how far it came. */
  reaches(hook: CompiledHook, packet: Int32Array, side: 0 | 1, rule: number): boolean {
    this.steps.length = 0;
    evaluateConditions(this.#table, packet, this.#truth);
    const walker = this.#walkers[side];
    this.#wanted = rule;
    this.#isReached = false;
    walker.walk(hook, packet, this.#trace);
    this.walked += walker.steps;
    // A walk without an end is no better for a detour.
    return this.#isReached || walker.steps > MOST_STEPS;
  }
}
