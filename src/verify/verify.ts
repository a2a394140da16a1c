/**
 * Are two rulesets equal? Runs the checkers and joins what they say into one answer. So far one checker stands behind it: sampled packets, which can find a
 * difference and never prove that there is none.
 */
import type { Ruleset } from "../model/types.ts";
import { InternalError } from "../text/internal-error.ts";
import { findOwnBits, restoresBits, usedBits } from "./own-bits.ts";
import { type PairedTable, pairTables } from "./pairs.ts";
import { checksOf, countPackets, limitsOf } from "./results.ts";
import { compileTable, type TablePair } from "./sample/compile.ts";
import { hex } from "./sample/describe.ts";
import { isLast, type JobResult, makeJobs, runJobs, type SampleWork } from "./sample/jobs.ts";
import { findFault } from "./sample/reach.ts";
import { makeWitness } from "./sample/witness.ts";
import type { VerifyOptions, VerifyResult } from "./types.ts";

/** What `verify` does when it isn't told otherwise. */
export const DEFAULT_VERIFY_OPTIONS: VerifyOptions = Object.freeze({
  seed: 1,
  packets: 100_000,
  ownBits: null,
  anyMark: false,
  demandAnyMark: false,
});

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

/** Compares two rulesets of one family, table by table and hook by hook. Throws only what `run` throws. */
export async function verify(
  old: Ruleset,
  now: Ruleset,
  options: Partial<VerifyOptions> = {},
  run: ShardRunner = runInline,
  onProgress: VerifyProgress = () => {},
): Promise<VerifyResult> {
  const all: VerifyOptions = { ...DEFAULT_VERIFY_OPTIONS, ...options };
  const ownBits = (all.ownBits ?? findOwnBits(old, now)) >>> 0;
  const paired = pairTables(old, now);
  const connections = restoresBits([old, now], ownBits);
  const assumptions = assumptionsOf(ownBits, connections, all);
  const start = { basis: "sampled", assumptions, ownBits, seed: all.seed } as const;
  const fault = faultOf(old, now, paired);
  if (fault !== null) {
    return { ...start, result: "unknown", checks: [], limits: [], packets: 0, reason: fault };
  }
  const changed = paired.filter(({ isIdentical }) => !isIdentical).map(({ pair }) => pair);
  const work = makeWork(changed, ownBits, connections && !all.anyMark ? ownBits : 0, all);
  const results = decisiveResults(await run(work, progressOf(work, onProgress)), work);
  const answer = {
    ...start,
    checks: checksOf(paired, work, results),
    limits: [
      ...sharedBits(old, ownBits),
      ...paired.flatMap((pair) => pair.limits),
      ...limitsOf(work, results),
    ],
    packets: countPackets(results),
  };
  const last = results[results.length - 1];
  if (last !== undefined && last.stuckIn !== undefined) {
    const { name } = changed[work.jobs[last.job]!.table]!;
    const reason = `table ${name}: chain ${last.stuckIn} is walked too many times`;
    return { ...answer, result: "unknown", reason };
  }
  if (last !== undefined && last.difference !== -1) {
    const files = [old.file.path, now.file.path] as const;
    const pair = changed[work.jobs[last.job]!.table]!;
    const place = { work, pair, job: last.job, position: last.difference, files, seed: all.seed };
    return { ...answer, result: "different", witness: makeWitness(place) };
  }
  const isUntried = work.jobs.length > 0 && answer.packets === 0;
  const unsampled = isUntried ? "no packet was evaluated" : findUnsampled(work);
  return unsampled === null
    ? { ...answer, result: "equal" }
    : { ...answer, result: "unknown", reason: unsampled };
}

function makeWork(
  pairs: readonly TablePair[],
  ownBits: number,
  connmarkBits: number,
  options: VerifyOptions,
): SampleWork {
  const tables = pairs.map((pair) => compileTable(pair, ownBits, connmarkBits));
  return {
    tables,
    jobs: makeJobs(tables, options.packets, options.seed),
    markMode: options.anyMark ? "all" : "some",
    anyMarkDecides: options.anyMark || options.demandAnyMark,
  };
}

/** A hook of a changed table that no packet is drawn for, as a reason not to know. */
function findUnsampled(work: SampleWork): string | null {
  for (const [index, table] of work.tables.entries()) {
    for (const [number, hook] of table.hooks.entries()) {
      if (!work.jobs.some((job) => job.table === index && job.hook === number)) {
        return `no packets were drawn for ${table.name} ${hook.name}`;
      }
    }
  }
  return null;
}

function faultOf(old: Ruleset, now: Ruleset, paired: readonly PairedTable[]): string | null {
  if (old.family !== now.family) return `the old ruleset is ${old.family}, the new one ${now.family}`;
  for (const table of paired.flatMap(({ pair }) => [pair.old, pair.new])) {
    const fault = findFault(table);
    if (fault !== null) return fault;
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

/** Own bits that somebody gave, although the old ruleset uses them too: then the assumption hides what it does with them. */
function sharedBits(old: Ruleset, ownBits: number): readonly string[] {
  const shared = (usedBits(old) & ownBits) >>> 0;
  if (shared === 0) return [];
  return [
    `The old ruleset itself uses the mark bits ${hex(shared)}: what it does with packets that bring them is not compared.`,
  ];
}

function assumptionsOf(ownBits: number, connections: boolean, options: VerifyOptions): readonly string[] {
  if (ownBits === 0 || options.anyMark) return [];
  const also = connections ? ", and no connection mark carries them" : "";
  return [`Packets enter with the mark bits ${hex(ownBits)} at 0${also}.`];
}
