/**
 * The samples: packets drawn around the rules of both sides, through both rulesets. They can find a difference and never prove that there is none.
 */
import type { Ruleset } from "../model/types.ts";
import { InternalError } from "../text/internal-error.ts";
import { compileTable, type TablePair } from "./sample/compile.ts";
import { isLast, type JobResult, makeJobs, runJobs, type SampleWork } from "./sample/jobs.ts";
import type { CompiledTable } from "./sample/program.ts";
import { makeWitness } from "./sample/witness.ts";
import { whyUnread } from "./unread.ts";
import type { VerifyAnswer, VerifyOptions, Witness } from "./types.ts";

/** Called with the number of packets evaluated so far, and of all. */
export type VerifyProgress = (done: number, total: number) => void;

/**
 * Runs the jobs of a work, in any number of places. Every job up to and including the first one with a difference that decides must be among the
 * results, in any order. `onPackets` is told how many packets were evaluated since it was last called.
 */
export type ShardRunner = (
  work: SampleWork,
  onPackets: (packets: number) => void,
) => Promise<readonly JobResult[]>;

/** Runs the jobs one after the other, here. */
export const runInline: ShardRunner = async (work, onPackets) => {
  const results: JobResult[] = [];
  for (const result of runJobs(work, 0, 1)) {
    results.push(result);
    onPackets(result.packets);
  }
  return results;
};

/** What the samples say. */
export interface Sampled {
  readonly answer: VerifyAnswer;
  /** Why unknown. */
  readonly reason?: string;
  readonly witness?: Witness;
  readonly results: readonly JobResult[];
}

/** The packets to run, and the compiled tables to run them through: compiled when somebody asks for them, since a proof alone needs none. */
export function makeWork(
  pairs: readonly TablePair[],
  ownBits: number,
  connmarkBits: number,
  options: VerifyOptions,
): SampleWork {
  let compiled: readonly CompiledTable[] | null = null;
  const compile = (): readonly CompiledTable[] => {
    compiled ??= pairs.map((pair) =>
      compileTable(pair, ownBits, connmarkBits, options.backend, options.counters),
    );
    return compiled;
  };
  return {
    get tables() {
      return compile();
    },
    jobs: options.packets === 0 ? [] : makeJobs(compile(), options.packets, options.seed),
    markMode: options.anyMark ? "all" : "some",
    anyMarkDecides: options.anyMark || options.demandAnyMark,
  };
}

/** Runs them. */
export async function runSamples(
  work: SampleWork,
  run: ShardRunner,
  onProgress: VerifyProgress,
): Promise<readonly JobResult[]> {
  return decisiveResults(await run(work, progressOf(work, onProgress)), work);
}

/** What came out. */
export function judgeSamples(
  work: SampleWork,
  results: readonly JobResult[],
  pairs: readonly TablePair[],
  sides: readonly [Ruleset, Ruleset],
  seed: number,
): Sampled {
  const last = results[results.length - 1];
  if (last?.stuckIn !== undefined) {
    const { name } = pairs[work.jobs[last.job]!.table]!;
    const reason = `table ${name}: chain ${last.stuckIn} is walked too many times`;
    return { answer: "unknown", reason, results };
  }
  if (last !== undefined && last.difference !== -1) {
    const files = [sides[0].file.path, sides[1].file.path] as const;
    const pair = pairs[work.jobs[last.job]!.table]!;
    const place = { work, pair, job: last.job, position: last.difference, files, seed };
    return { answer: "different", witness: makeWitness(place), results };
  }
  const reason = pairs.length === 0 ? null : (findUnread(pairs) ?? findUnsampled(work, results));
  return reason === null ? { answer: "equal", results } : { answer: "unknown", reason, results };
}

/** Why there are no packets for some hook: it reaches what could not be read. */
function findUnread(pairs: readonly TablePair[]): string | null {
  for (const { name, old, new: now } of pairs) {
    for (const chain of old.chains) {
      const unread = chain.policy === null ? null : whyUnread(old, now, chain.name);
      if (unread !== null) return `table ${name}: ${unread}`;
    }
  }
  return null;
}

/** Why packets that show no difference say nothing: there were none, or none for some hook of a changed table. */
function findUnsampled(work: SampleWork, results: readonly JobResult[]): string | null {
  if (results.every(({ packets }) => packets === 0)) return "no packet was evaluated";
  for (const [index, table] of work.tables.entries()) {
    for (const [number, hook] of table.hooks.entries()) {
      if (!work.jobs.some((job) => job.table === index && job.hook === number)) {
        return `no packets were drawn for ${table.name} ${hook.name}`;
      }
    }
  }
  return null;
}

/** Results in job order up to the first that is the last: the same ones, however many workers ran. */
function decisiveResults(results: readonly JobResult[], work: SampleWork): readonly JobResult[] {
  const sorted = [...results].sort((one, other) => one.job - other.job);
  const first = sorted.findIndex(isLast);
  const decisive = first === -1 ? sorted : sorted.slice(0, first + 1);
  if (decisive.some((result, index) => result.job !== index))
    throw new InternalError("a sample job was not run");
  if (first === -1 && decisive.length !== work.jobs.length)
    throw new InternalError("sample jobs were left out");
  return decisive;
}

function progressOf(work: SampleWork, onProgress: VerifyProgress): (packets: number) => void {
  const total = work.jobs.reduce((sum, job) => sum + job.packets, 0);
  let done = 0;
  return (packets) => {
    done += packets;
    onProgress(done, total);
  };
}
