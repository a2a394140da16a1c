/**
 * The lines that log what a rule chain matches in part: before a packet leaves it for want of a bit, with the bits that it has (`MARK=0x…`).
 */
import { limitMatch, partialTarget } from "../../cluster/marks/partial-log.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { PlanPolicyRule } from "../../plan/types.ts";
import type { RewrittenLine } from "../types.ts";

/** The line in front of the one where packets without all bits of `mark` leave; none where nobody asked for it. */
export function layOutPartialLog(
  policy: PlanPolicyRule,
  mark: number,
  own: string,
): readonly RewrittenLine[] {
  if (policy.logPartial === undefined) return [];
  const test = `-m mark ! --mark ${printMark(mark)}/${own}`;
  const words = ["-A", policy.name, test, limitMatch(policy.logPartial), partialTarget(policy.name)];
  return [{ text: words.filter((word) => word !== "").join(" "), origins: [] }];
}
