/**
 * Packets for rules that the samples missed, drawn from the proof's own sets: what reaches a rule and matches it. Both sides have to treat them alike, and the evaluator has to
 * find that they do reach the rule.
 */
import { InternalError } from "../text/internal-error.ts";
import { sampledPacket } from "./bridge.ts";
import type { TableFinding } from "./proving.ts";
import { compareOutcomes } from "./sample/compare.ts";
import { Walker } from "./sample/evaluate.ts";
import type { JobResult, SampleWork } from "./sample/jobs.ts";
import { normalisePacket } from "./sample/normalise.ts";
import type { CompiledHook, CompiledTable } from "./sample/program.ts";
import { Random } from "./sample/random.ts";
import { evaluateConditions, makeTruth } from "./sample/truth.ts";
import { RulePackets } from "./symbolic/drawn-packets.ts";
import type { Coverage } from "./types.ts";

/** Draws for every rule that no sampled packet of its hook matched. Throws InternalError where evaluator and proof disagree. */
export function drawFromProof(
  tables: readonly TableFinding[],
  work: SampleWork,
  results: readonly JobResult[],
  seed: number,
): Coverage {
  const sum = { rules: 0, sampled: 0, drawn: 0, unreachable: 0, packets: 0 };
  for (const [index, { hooks }] of tables.entries()) {
    const table = work.tables[index]!;
    for (const [number, hook] of table.hooks.entries()) {
      const { proof } = hooks[number]!;
      if (proof === null) continue;
      const drawer = new Drawer(proof, table, hook, seed);
      for (const side of [0, 1] as const) {
        const matched = matchedRules(work, results, index, number, side);
        const { anchors } = hook.sides[side];
        const missed = anchors.filter((rule) => !matched.has(rule));
        sum.rules += anchors.length;
        sum.sampled += anchors.length - missed.length;
        drawer.drawAll(side, missed, sum);
      }
    }
  }
  return sum;
}

function matchedRules(
  work: SampleWork,
  results: readonly JobResult[],
  table: number,
  hook: number,
  side: 0 | 1,
): ReadonlySet<number> {
  const matched = new Set<number>();
  for (const result of results) {
    const job = work.jobs[result.job]!;
    if (job.table !== table || job.hook !== hook) continue;
    for (const rule of result.matched[side]) matched.add(rule);
  }
  return matched;
}

/** Diagrams that are whole. */
type TableProof = NonNullable<TableFinding["hooks"][number]["proof"]>;

/** Draws packets of one hook; a class because it guards the walkers. */
class Drawer {
  readonly #proof: TableProof;
  readonly #table: CompiledTable;
  readonly #hook: CompiledHook;
  readonly #random: Random;
  readonly #truth;
  readonly #walkers: readonly [Walker, Walker];

  constructor(proof: TableProof, table: CompiledTable, hook: CompiledHook, seed: number) {
    this.#proof = proof;
    this.#table = table;
    this.#hook = hook;
    this.#random = new Random(seed);
    this.#truth = makeTruth(table);
    this.#walkers = [new Walker(table, 0, this.#truth), new Walker(table, 1, this.#truth)];
  }

  /** Draws for rules in ascending order. */
  drawAll(
    side: 0 | 1,
    rules: Int32Array,
    sum: { -readonly [key in "drawn" | "unreachable" | "packets"]: number },
  ): void {
    const drawn = new RulePackets(this.#proof, this.#hook.name, side);
    const { chainOf, chainStart } = this.#table.programs[side];
    for (const rule of rules) {
      const chain = chainOf[rule]!;
      const packets = drawn.of(this.#table.chains[side][chain]!, rule - chainStart[chain]!, this.#random);
      if (packets === "unreachable") sum.unreachable++;
      if (typeof packets === "string") continue;
      for (const bits of packets) this.#walk(side, rule, bits);
      sum.packets += packets.length;
      sum.drawn++;
    }
  }

  #walk(side: 0 | 1, rule: number, bits: ReadonlyMap<number, number>): void {
    const table = this.#table;
    const { packet, oracle } = sampledPacket(this.#proof, table, (level) => bits.get(level) ?? 0, false);
    normalisePacket(table, this.#hook, packet);
    evaluateConditions(table, packet, this.#truth);
    const walker = this.#walkers[side];
    walker.matched = new Uint8Array(table.programs[side].ops.length);
    for (const each of this.#walkers) {
      each.oracle = oracle;
      each.walk(this.#hook, packet);
    }
    const where = `${table.name} ${this.#hook.name}, rule ${rule} of side ${side}: ${packet.join(" ")}`;
    if (walker.matched[rule] !== 1)
      throw new InternalError(`the proof sends a packet to a rule that does not match it: ${where}`);
    if (compareOutcomes(table, packet, ...this.#walkers) !== 0)
      throw new InternalError(`a packet drawn from the proof contradicts it: ${where}`);
    walker.matched = null;
  }
}
