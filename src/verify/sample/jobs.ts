/**
 * The sampling as plain data: blocks of packets that any worker can draw and evaluate, each from its own seed.
 */
import { compareOutcomes } from "./compare.ts";
import { type MarkMode, Sampler } from "./draw.ts";
import { MOST_STEPS, Walker } from "./evaluate.ts";
import { Guide } from "./guide.ts";
import { FIELD } from "./packet.ts";
import type { CompiledTable } from "./program.ts";
import { hashText, mix } from "./random.ts";
import { evaluateConditions, makeTruth, type Truth } from "./truth.ts";

/** Rules that the packets of a block may match, in all walks: past that, checking would take hours. */
const MOST_BLOCK_STEPS = 30_000_000;

/** Packets in a block. */
export const BLOCK = 1000;

/** One block: packets of one hook. */
export interface SampleJob {
  /** Index in the work's tables, and in that table's hooks. */
  readonly table: number;
  readonly hook: number;
  /** Number of the block's first packet in the hook's sequence. */
  readonly first: number;
  readonly packets: number;
  readonly seed: number;
}

/** All blocks, in the order in which differences count. Can be cloned to a worker. */
export interface SampleWork {
  readonly tables: readonly CompiledTable[];
  readonly jobs: readonly SampleJob[];
  readonly markMode: MarkMode;
  /** Whether packets that entered with arbitrary own bits decide. */
  readonly anyMarkDecides: boolean;
}

/** What came out of one block. It ends at the first difference that decides. */
export interface JobResult {
  /** Index in the work's jobs. */
  readonly job: number;
  /** Packets evaluated, and how many of them had arbitrary own bits. */
  readonly packets: number;
  readonly anyMarkPackets: number;
  /** Position in the block of the first packet that decides, or -1. */
  readonly difference: number;
  /** The same for the first packet with arbitrary own bits that does not decide. */
  readonly anyMarkDifference: number;
  /** Rules of the old and of the new side that a packet of the block matched, and no packet of an earlier block that ran in the same place. */
  readonly matched: readonly [readonly number[], readonly number[]];
  /** Name of the chain in which a walk was given up, if one was: the block ends there, and nothing is known of it. */
  readonly stuckIn?: string;
}

/** True for a block after which no other is looked at. */
export function isLast(result: JobResult): boolean {
  return result.difference !== -1 || result.stuckIn !== undefined;
}

/** Spreads the packets over all hooks by the number of rules they reach. Those that reach a rule which could not be read get none. */
export function makeJobs(
  tables: readonly CompiledTable[],
  packets: number,
  seed: number,
): readonly SampleJob[] {
  const all = tables.flatMap((table, index) =>
    table.hooks.map((hook, number) => ({
      isUnread: hook.isUnread,
      table: index,
      hook: number,
      seed: mix(mix(seed, hashText(table.name)), hashText(hook.name)),
      // A hook with few rules still wants packets enough for all combinations of its fields.
      weight: 20 + hook.sides[0].anchors.length + hook.sides[1].anchors.length,
    })),
  );
  const hooks = all.filter(({ isUnread }) => !isUnread);
  const total = hooks.reduce((sum, hook) => sum + hook.weight, 0);
  const jobs: SampleJob[] = [];
  let weightSoFar = 0;
  let given = 0;
  for (const { table, hook, seed: hookSeed, weight } of hooks) {
    weightSoFar += weight;
    const upTo = Math.round((packets * weightSoFar) / total);
    for (let first = 0; given < upTo; first += BLOCK) {
      const size = Math.min(BLOCK, upTo - given);
      jobs.push({ table, hook, first, packets: size, seed: mix(hookSeed, first) });
      given += size;
    }
  }
  return jobs;
}

/** Runs jobs by turns (every `step`-th from `start` on) and stops after the first one that is the last. */
export function* runJobs(work: SampleWork, start: number, step: number): Generator<JobResult> {
  const runners = new Map<number, BlockRunner>();
  for (let job = start; job < work.jobs.length; job += step) {
    const { table } = work.jobs[job]!;
    const runner = runners.get(table) ?? new BlockRunner(work, work.tables[table]!);
    runners.set(table, runner);
    const result = runner.run(job);
    yield result;
    if (isLast(result)) return;
  }
}

/** Draws and evaluates blocks of one table; a class because its buffers are used again for every packet. */
class BlockRunner {
  readonly #work: SampleWork;
  readonly #table: CompiledTable;
  readonly #truth: Truth;
  readonly #old: Walker;
  readonly #new: Walker;
  readonly #guide: Guide;
  readonly #told: readonly Uint8Array[];

  constructor(work: SampleWork, table: CompiledTable) {
    this.#work = work;
    this.#table = table;
    this.#truth = makeTruth(table);
    this.#old = new Walker(table, 0, this.#truth);
    this.#new = new Walker(table, 1, this.#truth);
    this.#guide = new Guide(table);
    for (const walker of [this.#old, this.#new])
      walker.matched = new Uint8Array(table.programs[walker === this.#old ? 0 : 1].ops.length);
    this.#told = [this.#old, this.#new].map((walker) => new Uint8Array(walker.matched!.length));
  }

  /** The rules that were matched since the last time, by side. */
  #newlyMatched(): readonly [number[], number[]] {
    const lists = [this.#old, this.#new].map((walker, side) => {
      const told = this.#told[side]!;
      const list: number[] = [];
      walker.matched!.forEach((isMatched, rule) => {
        if (isMatched === 1 && told[rule] === 0) list.push(rule);
      });
      for (const rule of list) told[rule] = 1;
      return list;
    });
    return [lists[0]!, lists[1]!];
  }

  run(job: number): JobResult {
    const result = this.#runBlock(job);
    return { ...result, matched: this.#newlyMatched() };
  }

  #runBlock(job: number): Omit<JobResult, "matched"> {
    const { hook: hookIndex, first, packets, seed } = this.#work.jobs[job]!;
    const hook = this.#table.hooks[hookIndex]!;
    const sampler = new Sampler(this.#table, hook, seed, this.#work.markMode, this.#guide);
    let anyMarkPackets = 0;
    let anyMarkDifference = -1;
    let walked = -this.#guide.walked;
    for (let at = 0; at < packets; at++) {
      sampler.draw(first + at);
      const { packet } = sampler;
      evaluateConditions(this.#table, packet, this.#truth);
      this.#old.walk(hook, packet);
      this.#new.walk(hook, packet);
      walked += this.#old.steps + this.#new.steps;
      const stuck = this.#stuckWalker(walked + this.#guide.walked);
      if (stuck !== null) {
        const stuckIn = this.#table.chains[stuck === this.#old ? 0 : 1]![stuck.chain]!;
        return { job, packets: at + 1, anyMarkPackets, difference: -1, anyMarkDifference, stuckIn };
      }
      const isAny = packet[FIELD.ANY_MARK] === 1;
      if (isAny) anyMarkPackets++;
      if (compareOutcomes(this.#table, packet, this.#old, this.#new) === 0) continue;
      if (!isAny || this.#work.anyMarkDecides) {
        return { job, packets: at + 1, anyMarkPackets, difference: at, anyMarkDifference };
      }
      if (anyMarkDifference === -1) anyMarkDifference = at;
    }
    return { job, packets, anyMarkPackets, difference: -1, anyMarkDifference };
  }

  /** The side whose walk was given up, or that is to blame for a block that takes too long. */
  #stuckWalker(walked: number): Walker | null {
    if (this.#old.steps > MOST_STEPS) return this.#old;
    if (this.#new.steps > MOST_STEPS) return this.#new;
    if (walked <= MOST_BLOCK_STEPS) return null;
    return this.#new.steps > this.#old.steps ? this.#new : this.#old;
  }
}
