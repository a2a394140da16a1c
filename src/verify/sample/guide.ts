/**
 * Finds out where a packet stops on its way to a rule: rulesets with a maze of chains in front of a rule let few packets through that were drawn for the rule
 * alone.
 */
import { type Trace, Walker } from "./evaluate.ts";
import type { CompiledHook, CompiledTable } from "./program.ts";
import { evaluateConditions, makeTruth, type Truth } from "./truth.ts";

/** Walks packets and keeps the rules that they matched; a class because it guards buffers that are used again. */
export class Guide {
  /** Rules that the last packet matched, in order, as far as it was followed. */
  readonly steps: number[] = [];
  readonly #table: CompiledTable;
  readonly #truth: Truth;
  readonly #walkers: readonly [Walker, Walker];
  readonly #trace: Trace;

  constructor(table: CompiledTable) {
    this.#table = table;
    this.#truth = makeTruth(table);
    this.#walkers = [new Walker(table, 0, this.#truth), new Walker(table, 1, this.#truth)];
    const keep = (rule: number): void => {
      // The policy is no rule.
      if (rule !== -1) this.steps.push(rule);
    };
    this.#trace = { step: keep, hotdrop: keep, effect: () => {} };
  }

  /** Whether the packet matches the rule on one side; `steps` says how far it came. */
  reaches(hook: CompiledHook, packet: Int32Array, side: 0 | 1, rule: number): boolean {
    this.steps.length = 0;
    evaluateConditions(this.#table, packet, this.#truth);
    this.#walkers[side].walk(hook, packet, this.#trace);
    return this.steps.includes(rule);
  }
}
