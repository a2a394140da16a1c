/**
 * Why a plan is stale, in words.
 */
import { keepAdvice, type LiveComparison, renderComparison } from "./compare-live.ts";
import type { Refusal } from "./refusal.ts";

/** `importAgain`: the command that makes the plan anew. */
export function describeStale(comparison: LiveComparison, importAgain: string): Refusal {
  const { family, answer, reason, proof } = comparison;
  const what =
    answer === "unknown"
      ? "whether the live rules are those of the plan can't be told"
      : "the live rules are not those that the plan was made from";
  const regions = (proof?.differences ?? []).slice(0, 5).map((region) => {
    const fields = Object.entries(region.fields).map(
      ([field, values]) => `${field} ${values.slice(0, 4).join(",")}`,
    );
    return `${region.table} ${region.hook}, ${fields.join(", ") || "all packets"}: ${region.old} -> ${region.new}`;
  });
  const advice = keepAdvice(comparison);
  return {
    message: `${what} (${family})${reason === null ? "" : `: ${reason}`}`,
    details: [...renderComparison(comparison), ...regions],
    next:
      advice.length > 0
        ? `${advice.join(" ")} leaves these chains as they are live; or make the plan anew: ${importAgain}`
        : importAgain,
  };
}
