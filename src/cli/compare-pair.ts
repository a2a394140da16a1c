/**
 * The comparison of `verify` and `diff`. What is equal whatever is in the sets that rules name needs no file of sets, and no trust in one: that is tried first.
 */
import { DEFAULT_VERIFY_OPTIONS, verify } from "../verify/verify.ts";
import type { VerifyOptions, VerifyResult } from "../verify/types.ts";
import type { ImportedPair, RulesetPair } from "./import-pair.ts";
import type { Session } from "./session.ts";

/** Compares two rulesets; `written` as in ImportedPair. */
export async function comparePair(
  { io, console }: Session,
  pair: RulesetPair,
  written: ImportedPair["written"],
  options: Partial<VerifyOptions>,
): Promise<VerifyResult> {
  const onProgress = (done: number, total: number) => console.progress("checking", done, total);
  const tools = { run: io.runShards, runSlices: await io.loadSlices(), onProgress, clock: io.now };
  const { budget = DEFAULT_VERIFY_OPTIONS.budget } = options;
  // Samples alone prove nothing, for any members or for these.
  if (written === null || budget === 0) return await verify(...pair, options, tools);
  const start = io.now();
  const forAny = await verify(...written, { ...options, budget: budget / 2 }, tools);
  if (forAny.result === "equal") return forAny;
  const left = budget - (io.now() - start) / 1000;
  return await verify(...pair, { ...options, budget: Math.max(left, budget / 2) }, tools);
}
