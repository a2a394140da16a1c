/**
 * One table of both rulesets, compiled together, and walked by the sample evaluator with packets that come from outside.
 */
import type { Rule, Table } from "../model/types.ts";
import { numberInterfaces, type InterfaceNumbers } from "../cost/traffic/place-packet.ts";
import { writesMark } from "../verify/explain/walk.ts";
import { compareOutcomes } from "../verify/sample/compare.ts";
import { compileTable, type TablePair } from "../verify/sample/compile.ts";
import { MOST_STEPS, type Trace, Walker } from "../verify/sample/evaluate.ts";
import { FIELD } from "../verify/sample/packet.ts";
import type { CompiledHook, CompiledTable } from "../verify/sample/program.ts";
import { evaluateConditions, makeTruth, type Truth } from "../verify/sample/truth.ts";

/** Old (0) or new (1). */
export type SideNumber = 0 | 1;

/** A rule that matched; the end of a base chain stands for its policy. */
export type RuleListener = (side: SideNumber, rule: number) => void;

/** What a packet carries from one table to the next on one side. */
export interface Carried {
  mark: number;
  connmark: number;
  ctstate: number;
}

/** Walks one table; a class because it guards buffers that are used again. */
export class TableWalk {
  readonly compiled: CompiledTable;
  readonly tables: readonly [Table, Table];
  readonly numberOf: InterfaceNumbers;
  /** As the programs number them; undefined behind the last of each chain. */
  readonly rules: readonly [readonly (Rule | undefined)[], readonly (Rule | undefined)[]];
  readonly walkers: readonly [Walker, Walker];
  /** The rule that gave the last verdict of each side. */
  readonly deciders: [number, number] = [0, 0];
  readonly #truth: Truth;
  readonly #hooks: ReadonlyMap<string, CompiledHook>;
  readonly #traces: readonly [Trace, Trace];

  constructor(pair: TablePair, listener: RuleListener) {
    this.compiled = compileTable(pair, 0);
    this.tables = [pair.old, pair.new];
    this.numberOf = remembered(numberInterfaces(this.compiled, this.tables));
    this.rules = [rulesOf(pair.old), rulesOf(pair.new)];
    this.#truth = makeTruth(this.compiled);
    this.walkers = [new Walker(this.compiled, 0, this.#truth), new Walker(this.compiled, 1, this.#truth)];
    this.#hooks = new Map(this.compiled.hooks.map((hook) => [hook.name, hook]));
    const trace = (side: SideNumber): Trace => {
      const step = (rule: number): void => {
        this.deciders[side] = rule;
        if (rule !== -1) listener(side, rule);
      };
      return { step, hotdrop: step, effect: () => {} };
    };
    this.#traces = [trace(0), trace(1)];
  }

  has(hook: string): boolean {
    return this.#hooks.has(hook);
  }

  /** Walks the sides that the packet is still on; DIFFERS bits where it is on both. */
  walk(name: string, packet: Int32Array, carried: readonly [Carried | null, Carried | null]): number {
    const hook = this.#hooks.get(name)!;
    let evaluated = -1;
    for (const side of [0, 1] as const) {
      const state = carried[side];
      if (state === null) continue;
      packet[FIELD.MARK] = state.mark;
      packet[FIELD.CONNMARK] = state.connmark;
      packet[FIELD.CTSTATE] = state.ctstate;
      // Conditions on marks are the walk's own: all others have one truth for both sides.
      if (evaluated !== state.ctstate) evaluateConditions(this.compiled, packet, this.#truth);
      evaluated = state.ctstate;
      this.walkers[side].walk(hook, packet, this.#traces[side]);
      if (this.deciders[side] === -1) this.deciders[side] = this.#policyOf(hook, side);
    }
    return carried.includes(null) ? 0 : compareOutcomes(this.compiled, packet, ...this.walkers);
  }

  /** Whether a walk was given up. */
  get isTooLong(): boolean {
    return this.walkers.some(({ steps }) => steps > MOST_STEPS);
  }

  /** Number of the end of the hook's base chain. */
  #policyOf(hook: CompiledHook, side: SideNumber): number {
    return this.compiled.programs[side].chainStart[hook.sides[side].chain + 1]! - 1;
  }

  /** Why nobody can tell what a packet is like behind a rule; null where it is no such rule. */
  troubleOf(side: SideNumber, number: number): string | null {
    const rule = this.rules[side][number];
    if (rule === undefined) return null;
    const { line, target } = rule;
    const place = `line ${line} of the ${side === 0 ? "old" : "new"} ruleset`;
    if (target.kind === "unparsed") return `${place} can't be read`;
    const isBlind = target.kind === "extension" && target.ends !== "always" && writesMark(target);
    return isBlind ? `which mark ${place} sets is not modelled (${target.text})` : null;
  }
}

/** Names of interfaces are few. */
function remembered(find: InterfaceNumbers): InterfaceNumbers {
  const numbers = new Map<string, number>();
  return (name) => {
    const number = numbers.get(name) ?? find(name);
    numbers.set(name, number);
    return number;
  };
}

function rulesOf({ chains }: Table): readonly (Rule | undefined)[] {
  return chains.flatMap((chain) => [...chain.rules, undefined]);
}
