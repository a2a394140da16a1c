/**
 * Are two rulesets equal? Runs the checkers and joins what they say into one answer: the proof decides where it is complete, and the samples are a second opinion that
 * may never contradict it; where it isn't, samples can find a difference, and nothing else is known.
 */
import type { Ruleset } from "../model/types.ts";
import { asksOpenSets, assumptionsOf, setAssumptions, sharedBits } from "./assumptions.ts";
import { drawFromProof } from "./drawn.ts";
import { joinAnswers } from "./join-answers.ts";
import { findOwnBits, restoresBits } from "./own-bits.ts";
import { faultOf, pairTables } from "./pairs.ts";
import {
  answerOfProof,
  type Clock,
  crossCheck,
  proofChecks,
  proveTables,
  type SliceRunner,
  type TableFinding,
} from "./proving.ts";
import { checksOf, countPackets, limitsOf } from "./results.ts";
import {
  judgeSamples,
  makeWork,
  runInline,
  runSamples,
  type ShardRunner,
  type VerifyProgress,
} from "./sampling.ts";
import { doubtDifference } from "./spellings.ts";
import { EXCLUSIONS } from "./symbolic/universe.ts";
import type { VerifyOptions, VerifyResult } from "./types.ts";

export { proveSlicesHere, type SliceRunner } from "./proving.ts";
export { runInline, type ShardRunner, type VerifyProgress } from "./sampling.ts";

/** What `verify` does when it isn't told otherwise. */
export const DEFAULT_VERIFY_OPTIONS: VerifyOptions = Object.freeze({
  seed: 1,
  packets: 100_000,
  ownBits: null,
  anyMark: false,
  demandAnyMark: false,
  backend: null,
  budget: 60,
  counters: false,
  crossCheck: false,
  cover: false,
  regions: 20,
});

/** What the checkers need from outside; everything has a default that needs nothing. */
export interface VerifyTools {
  /** Runs the samples; here, where it is missing. */
  readonly run?: ShardRunner;
  /** Proves what is too large for one proof, slice by slice; here, where it is missing. */
  readonly runSlices?: SliceRunner;
  readonly onProgress?: VerifyProgress;
  /** Without a clock the proof has no time limit. */
  readonly clock?: Clock;
}

/** What is known where nothing can be compared. */
const NOTHING = { basis: "sampled", checks: [], limits: [], exclusions: [], packets: 0 } as const;

/** Compares two rulesets of one family, table by table and hook by hook. Throws InternalError where two checkers contradict each other, and what the tools throw. */
export async function verify(
  old: Ruleset,
  now: Ruleset,
  options: Partial<VerifyOptions> = {},
  tools: VerifyTools = {},
): Promise<VerifyResult> {
  const { run = runInline, onProgress = () => {}, clock = () => 0 } = tools;
  const all: VerifyOptions = { ...DEFAULT_VERIFY_OPTIONS, ...options };
  const ownBits = (all.ownBits ?? findOwnBits(old, now)) >>> 0;
  const paired = pairTables(old, now);
  const connections = restoresBits([old, now], ownBits);
  const changed = paired.filter(({ isIdentical }) => !isIdentical).map(({ pair }) => pair);
  const compared = changed.flatMap((pair) => [pair.old, pair.new]);
  const assumptions = [...assumptionsOf(ownBits, connections, all), ...setAssumptions([old, now], compared)];
  const start = { assumptions, ownBits, seed: all.seed };
  const fault = faultOf(old, now, paired);
  if (fault !== null) {
    return { ...start, ...NOTHING, result: "unknown", reason: fault };
  }
  // Samples that run in this thread are part of the time.
  const deadline = clock() + all.budget * 1000;
  const connmarkBits = connections && !all.anyMark ? ownBits : 0;
  const work = makeWork(changed, ownBits, connmarkBits, all);
  // Workers draw packets while the proof goes on here. Where they fail, that is told when the proof has ended.
  const running = runSamples(work, run, onProgress);
  running.catch(() => {});
  const pairs = paired.map(({ pair }) => pair);
  const prove = () => proveTables(changed, pairs, ownBits, connmarkBits, all, { ...tools, deadline });
  const tables = all.budget > 0 ? await prove() : null;
  const results = await running;
  if (all.crossCheck && tables !== null) crossCheck(tables, work);
  const limits = [
    ...sharedBits(old, ownBits),
    ...paired.flatMap((pair) => pair.limits),
    ...limitsOf(changed, work, results, { isProved: tables !== null && isProved(tables, all), ...all }),
  ];
  const checks = [...(tables === null ? [] : proofChecks(tables)), ...checksOf(paired, work, results)];
  const exclusions = tables === null || changed.length === 0 ? [] : EXCLUSIONS;
  const answer = { ...start, checks, limits, exclusions, packets: countPackets(results) };
  const sampled = judgeSamples(work, results, changed, [old, now], all.seed);
  const found = joinAnswers(sampled, tables, work, all, [old.file.path, now.file.path]);
  const joined = doubtDifference(found, changed, checks);
  // Where the proof is whole it knows packets for the rules that the samples missed.
  const hasMore = all.cover && tables !== null && joined.result === "equal" && changed.length > 0;
  const coverage = hasMore ? { coverage: drawFromProof(tables, work, results, all.seed) } : {};
  const isProvedEqual = joined.result === "equal" && joined.basis === "proved";
  const anyMembers = isProvedEqual && asksOpenSets(compared) ? ({ anyMembers: true } as const) : {};
  return { ...answer, ...joined, ...anyMembers, ...coverage };
}

function isProved(tables: readonly TableFinding[], options: VerifyOptions): boolean {
  return answerOfProof(tables, options).answer !== "unknown";
}
