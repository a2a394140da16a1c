/**
 * The part of the view of `verify` and `apply` that speaks of assertions.
 */
import type { Family } from "../model/types.ts";
import type { AssertionCheck } from "../verify/assert/types.ts";
import type { VerifyView } from "./verify-view.ts";

/** The assertions, checked on one ruleset. */
export interface CheckedAssertions {
  readonly family: Family;
  readonly check: AssertionCheck;
}

/** The view with what became of the assertions, ruleset by ruleset. The answer about equality stays what it is. */
export function withAssertions<View extends VerifyView>(
  view: View,
  checked: readonly CheckedAssertions[],
): View {
  const assertions = checked.flatMap(({ family, check }) => check.results.map((one) => ({ family, ...one })));
  const limits = new Set([...view.limits, ...checked.flatMap(({ check }) => check.limits)]);
  const assumptions = new Set([...view.assumptions, ...checked.flatMap(({ check }) => check.assumptions)]);
  return { ...view, assumptions: [...assumptions], limits: [...limits], assertions };
}

/** The worst answer: what is broken is worse than what is not known. `kept` also where there are no assertions. */
export function judgePromises({ assertions = [] }: VerifyView): "kept" | "broken" | "unknown" {
  const has = (answer: string): boolean => assertions.some(({ result }) => result === answer);
  return has("broken") ? "broken" : has("unknown") ? "unknown" : "kept";
}
