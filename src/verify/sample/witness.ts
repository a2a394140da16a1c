/**
 * A difference as a person reads it: the packet, made as plain as it can be while the sides still differ, and both ways through the rules.
 */
import type { Rule, Table } from "../../model/types.ts";
import type { WalkOutcome, WalkStep, Witness } from "../types.ts";
import { compareOutcomes, DIFFERS } from "./compare.ts";
import type { TablePair } from "./compile.ts";
import { Sampler } from "./draw.ts";
import { MOST_STEPS, type Oracle, Walker } from "./evaluate.ts";
import { describePacket, hex } from "./describe.ts";
import type { SampleWork } from "./jobs.ts";
import type { CompiledHook, CompiledTable } from "./program.ts";
import { shrinkPacket } from "./shrink.ts";
import { evaluateConditions, makeTruth, type Truth } from "./truth.ts";

/** Where a witness comes from. */
export interface WitnessPlace {
  readonly work: SampleWork;
  readonly pair: TablePair;
  /** Index of the job, and position in its block. */
  readonly job: number;
  readonly position: number;
  /** Paths of the two files. */
  readonly files: readonly [string, string];
  readonly seed: number;
}

/** Draws the packet again, simplifies it, and walks both sides with a trace. */
export function makeWitness(place: WitnessPlace): Witness {
  const job = place.work.jobs[place.job]!;
  const table = place.work.tables[job.table]!;
  const hook = table.hooks[job.hook]!;
  const sampler = new Sampler(table, hook, job.seed, place.work.markMode);
  for (let at = 0; at <= place.position; at++) sampler.draw(job.first + at);
  const judge = new Judge(table, hook, null);
  const packet = shrinkPacket(table, hook, sampler.packet, (candidate) => judge.differs(candidate) !== 0);
  return witnessOf(judge, table, hook, packet, place);
}

/** What a witness of one packet is made from. */
export interface PacketPlace {
  readonly table: CompiledTable;
  readonly hook: CompiledHook;
  readonly pair: TablePair;
  readonly files: readonly [string, string];
  readonly packet: Int32Array;
  readonly oracle: Oracle;
}

/** Walks both sides with a packet that somebody chose; null where they do not differ. */
export function witnessPacket(place: PacketPlace): Witness | null {
  const judge = new Judge(place.table, place.hook, place.oracle);
  if (judge.differs(place.packet) === 0) return null;
  return witnessOf(judge, place.table, place.hook, place.packet, { ...place, seed: null });
}

function witnessOf(
  judge: Judge,
  table: CompiledTable,
  hook: CompiledHook,
  packet: Int32Array,
  { pair, files, seed }: Pick<WitnessPlace, "pair" | "files"> & { readonly seed: number | null },
): Witness {
  const old = judge.trace(packet, 0, pair.old, files[0]);
  const now = judge.trace(packet, 1, pair.new, files[1]);
  const asked = judge.answers();
  const fields = { ...describePacket(table, packet), ...(asked === "" ? {} : { otherMatches: asked }) };
  return {
    packet: { table: table.name, hook: hook.name, fields },
    differs: differenceNames(judge.differs(packet)),
    old,
    new: now,
    seed,
  };
}

function differenceNames(differs: number): readonly string[] {
  const names: string[] = [];
  if ((differs & DIFFERS.VERDICT) !== 0) names.push("verdict");
  if ((differs & DIFFERS.EFFECTS) !== 0) names.push("effects");
  if ((differs & DIFFERS.MARK) !== 0) names.push("mark");
  if ((differs & DIFFERS.CONNMARK) !== 0) names.push("connmark");
  return names;
}

/** Walks packets on both sides; a class because it guards the walkers' state. */
class Judge {
  readonly #table: CompiledTable;
  readonly #hook: CompiledHook;
  readonly #truth: Truth;
  readonly #walkers: readonly [Walker, Walker];
  readonly #isGuided: boolean;

  /** What was answered in the walks so far, where an oracle answers. */
  readonly #answers = new Map<string, number>();

  constructor(table: CompiledTable, hook: CompiledHook, oracle: Oracle | null) {
    this.#table = table;
    this.#hook = hook;
    this.#truth = makeTruth(table);
    this.#walkers = [new Walker(table, 0, this.#truth), new Walker(table, 1, this.#truth)];
    for (const walker of this.#walkers) walker.oracle = oracle;
    this.#isGuided = oracle !== null;
  }

  /** In words, for a packet whose answers an oracle gives; empty otherwise. */
  answers(): string {
    return [...this.#answers]
      .map(([text, answer]) => `${text} ${answer === 1 ? "true" : "false"}`)
      .join(", ");
  }

  differs(packet: Int32Array): number {
    evaluateConditions(this.#table, packet, this.#truth);
    for (const walker of this.#walkers) walker.walk(this.#hook, packet);
    // A plainer packet that runs in circles shows nothing.
    if (this.#walkers.some((walker) => walker.steps > MOST_STEPS)) return 0;
    return compareOutcomes(this.#table, packet, ...this.#walkers);
  }

  trace(packet: Int32Array, side: 0 | 1, source: Table, file: string): WalkOutcome {
    const { texts } = this.#table;
    const rules = rulesByIndex(source);
    const steps: WalkStep[] = [];
    const effects: string[] = [];
    const walker = this.#walkers[side];
    const step = (rule: number, mark: number, note = ""): void => {
      steps.push({ ...stepOf(rules, rule, this.#hook.name, note), mark: hex(mark) });
    };
    evaluateConditions(this.#table, packet, this.#truth);
    walker.walk(this.#hook, packet, {
      step,
      hotdrop: (rule, mark) => step(rule, mark, " (dropped by a match: its header can't be read)"),
      answer: (text, times, answer) => {
        if (this.#isGuided) this.#answers.set(times === 0 ? texts[text]! : `${texts[text]!} again`, answer);
      },
      effect: (text, mark) =>
        effects.push(mark === null ? texts[text]! : `${texts[text]!} (mark ${hex(mark)})`),
    });
    const verdict = texts[walker.verdict]!;
    if (steps[steps.length - 1]?.line === 0)
      steps[steps.length - 1] = { ...steps[steps.length - 1]!, text: `policy ${verdict}` };
    return { file, steps, verdict, effects, mark: hex(walker.mark) };
  }
}

/** The rules as the program numbers them; undefined stands for the closing RETURN of a chain. */
function rulesByIndex(table: Table): readonly (Rule | undefined)[] {
  return table.chains.flatMap((chain) => [...chain.rules, undefined]);
}

function stepOf(
  rules: readonly (Rule | undefined)[],
  index: number,
  hook: string,
  note: string,
): Omit<WalkStep, "mark"> {
  const rule = rules[index];
  if (rule === undefined) return { chain: hook, line: 0, text: "policy" };
  return { chain: rule.chain, line: rule.line, text: rule.text + note };
}
