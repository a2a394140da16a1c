/**
 * One table of both rulesets, compiled together, and walked by the sample evaluator with packets that come from outside.
 */
import type { Rule, Table } from "../model/types.ts";
import { numberInterfaces, type InterfaceNumbers } from "../cost/traffic/place-packet.ts";
import { isReport, writesMark } from "../verify/explain/walk.ts";
import { compareOutcomes } from "../verify/sample/compare.ts";
import { compileTable, type TablePair } from "../verify/sample/compile.ts";
import { MOST_STEPS, type Trace, Walker } from "../verify/sample/evaluate.ts";
import { FIELD, PACKET_SIZE } from "../verify/sample/packet.ts";
import { type CompiledHook, type CompiledTable, type Conditions, KIND } from "../verify/sample/program.ts";
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
  /** Texts of host names in addresses: each may be the packet's or not. */
  readonly names: readonly number[];
  /** Texts of counting matches that decide about nothing but reports: their answers are not asked. */
  readonly reports: ReadonlySet<number>;
  /** The rule that gave the last verdict of each side. */
  readonly deciders: [number, number] = [0, 0];
  readonly #truth: Truth;
  readonly #hooks: ReadonlyMap<string, CompiledHook>;
  readonly #traces: readonly [Trace, Trace];
  /** The packet that conditions were evaluated for last, marks aside: another walk of it need not do it again. */
  readonly #last = new Int32Array(PACKET_SIZE).fill(-1);

  constructor(pair: TablePair, listener: RuleListener) {
    this.compiled = compileTable(pair, 0);
    this.tables = [pair.old, pair.new];
    this.numberOf = remembered(numberInterfaces(this.compiled, this.tables));
    this.rules = [rulesOf(pair.old), rulesOf(pair.new)];
    this.#truth = makeTruth(this.compiled);
    this.walkers = [new Walker(this.compiled, 0, this.#truth), new Walker(this.compiled, 1, this.#truth)];
    this.names = namesOf(this.compiled);
    this.reports = findReports(this.compiled, this.rules);
    this.#hooks = new Map(this.compiled.hooks.map((hook) => [hook.name, hook]));
    const trace = (side: SideNumber): Trace => {
      // Whether they match depends on what was not asked.
      const isOpen = this.rules[side].map((_, rule) => this.#asksReport(side, rule));
      const step = (rule: number): void => {
        this.deciders[side] = rule;
        if (rule !== -1 && !isOpen[rule]!) listener(side, rule);
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
    for (const side of [0, 1] as const) {
      const state = carried[side];
      if (state === null) continue;
      packet[FIELD.MARK] = state.mark;
      packet[FIELD.CONNMARK] = state.connmark;
      packet[FIELD.CTSTATE] = state.ctstate;
      this.#evaluate(packet);
      this.walkers[side].walk(hook, packet, this.#traces[side]);
      if (this.deciders[side] === -1) this.deciders[side] = this.#policyOf(hook, side);
    }
    return carried.includes(null) ? 0 : compareOutcomes(this.compiled, packet, ...this.walkers);
  }

  /** Conditions on marks are the walk's own: all others have one truth for both sides, and for each walk of a packet. */
  #evaluate(packet: Int32Array): void {
    const last = this.#last;
    let isSame = true;
    for (let field = 0; field < PACKET_SIZE && isSame; field++)
      isSame = last[field] === packet[field] || field === FIELD.MARK || field === FIELD.CONNMARK;
    if (isSame) return;
    last.set(packet);
    evaluateConditions(this.compiled, packet, this.#truth);
  }

  #asksReport(side: SideNumber, rule: number): boolean {
    const { programs, conditions } = this.compiled;
    const { first, terms } = programs[side];
    for (let at = first[rule]!; at < first[rule + 1]!; at++)
      if (this.reports.has(textOf(conditions, terms[at]!))) return true;
    return false;
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

/** The text of a match that counts; -1 for any other condition. */
function textOf({ kinds, at, data }: Conditions, id: number): number {
  return kinds[id] === KIND.STATEFUL ? data[at[id]!]! : -1;
}

/**
 * That a counting match was asked is compared by itself: where both sides ask it at the same place, both report or neither. So its answer changes nothing else where all rules with it
 * only report.
 */
function findReports(
  { programs, conditions }: CompiledTable,
  rules: TableWalk["rules"],
): ReadonlySet<number> {
  const reports = new Set<number>();
  const others = new Set<number>();
  for (const side of [0, 1] as const) {
    const { first, terms } = programs[side];
    rules[side].forEach((rule, number) => {
      const texts = rule !== undefined && isReport(rule.target) ? reports : others;
      for (let at = first[number]!; at < first[number + 1]!; at++) texts.add(textOf(conditions, terms[at]!));
    });
  }
  return new Set([...reports].filter((text) => text !== -1 && !others.has(text)));
}

function namesOf({ conditions: { kinds, at, data } }: CompiledTable): readonly number[] {
  const texts = new Set<number>();
  kinds.forEach((kind, id) => {
    if (kind === KIND.NAMED_ADDRESS) texts.add(data[at[id]!]!);
  });
  return [...texts];
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
