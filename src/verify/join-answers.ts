/**
 * What the proof and the samples say together: the proof decides where it is complete; where it isn't, samples can find a difference, and nothing else is known.
 */
import { InternalError } from "../text/internal-error.ts";
import { answerOfProof, type TableFinding } from "./proving.ts";
import type { judgeSamples } from "./sampling.ts";
import { differencesOf, witnessOfProof } from "./show-difference.ts";
import type { VerifyOptions, VerifyResult } from "./types.ts";

/** The part of a result that answers. */
export type Answer = Pick<
  VerifyResult,
  "result" | "basis" | "reason" | "needsTime" | "witness" | "differences" | "moreDifferences"
>;

/** The answer of both checkers. Throws InternalError where they contradict each other. */
export function joinAnswers(
  sampled: ReturnType<typeof judgeSamples>,
  tables: readonly TableFinding[] | null,
  work: Parameters<typeof witnessOfProof>[1],
  options: VerifyOptions,
  files: readonly [string, string],
): Answer {
  const { answer: seen, reason: unseen, witness } = sampled;
  const shown = witness === undefined ? {} : { witness };
  if (tables === null)
    return { basis: "sampled", result: seen, ...(unseen === undefined ? {} : { reason: unseen }), ...shown };
  const { answer, reason, isFinal, needsTime } = answerOfProof(tables, options);
  if (answer === "equal") {
    if (seen === "different")
      throw new InternalError(`the samples contradict the proof: ${JSON.stringify(witness)}`);
    return { basis: "proved", result: "equal" };
  }
  if (answer === "different") {
    const found = witnessOfProof(tables, work, options, files);
    const regions = differencesOf(tables, options);
    return {
      basis: "proved",
      result: "different",
      ...(found === null ? {} : { witness: found }),
      ...regions,
    };
  }
  if (seen === "different" && !isFinal) return { basis: "sampled", result: "different", ...shown };
  const more = needsTime ? { needsTime } : {};
  return { basis: "sampled", result: "unknown", reason: `not proved: ${reason}`, ...more };
}
