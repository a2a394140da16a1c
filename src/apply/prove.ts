/**
 * The proof as this package asks for it: two rulesets that should be the same one, with nothing assumed about anybody's mark bits.
 */
import type { Ruleset } from "../model/types.ts";
import type { VerifyOptions, VerifyResult } from "../verify/types.ts";

/** Compares two rulesets as `verify` does, with the workers and the clock of the command. */
export type Prove = (old: Ruleset, now: Ruleset, options?: Partial<VerifyOptions>) => Promise<VerifyResult>;

/** What the lists and the proof say together; `unknown` is never success. */
export type SameAnswer = "same" | "equal" | "different" | "unknown";

/**
 * Neither side is ours alone: bits that only one of them sets are a difference, and so are packets that only one of them counts. Samples find nothing that matters here:
 * only a proof may say that rules which were changed by others do the same.
 */
const STRICT: Partial<VerifyOptions> = Object.freeze({ ownBits: 0, counters: true, packets: 0 });

/** What is known of two rulesets whose lists differ. */
export interface Proved {
  readonly answer: Exclude<SameAnswer, "same">;
  /** Why unknown. */
  readonly reason: string | null;
  readonly result: VerifyResult;
}

/** Asks whether two rulesets do the same, although they are written otherwise. */
export async function proveSame(old: Ruleset, now: Ruleset, prove: Prove): Promise<Proved> {
  const result = await prove(old, now, STRICT);
  if (result.result === "equal" && result.basis !== "proved")
    return { answer: "unknown", reason: "nothing but samples found no difference", result };
  const reason = result.result === "unknown" ? (result.reason ?? "the proof was not finished") : null;
  return { answer: result.result, reason, result };
}
