/**
 * The lines that log what a rule chain matches in part: before a packet leaves it for want of a bit, with the bits that it has (`MARK=0x…`).
 */
import { quoteString } from "../../model/quote.ts";
import { limitMatch } from "../../plan/log-partial.ts";
import { printMark } from "../../plan/own-bits.ts";
import type { PlanPolicyRule } from "../../plan/types.ts";
import type { RewrittenLine } from "../types.ts";

/** The kernel keeps 29 bytes of a prefix. */
const LONGEST_PREFIX = 29;

/** What the log lines of a policy rule begin with. */
export function partialPrefix({ name }: Pick<PlanPolicyRule, "name">): string {
  return `${name}: `.slice(0, LONGEST_PREFIX);
}

/** The target of these lines. */
export function partialTarget(policy: Pick<PlanPolicyRule, "name">): string {
  return `-j LOG --log-prefix ${quoteString(partialPrefix(policy))}`;
}

/** The line in front of the one where packets without all bits of `mark` leave; none where nobody asked for it. */
export function layOutPartialLog(
  policy: PlanPolicyRule,
  mark: number,
  own: string,
): readonly RewrittenLine[] {
  if (policy.logPartial === undefined) return [];
  const test = `-m mark ! --mark ${printMark(mark)}/${own}`;
  const words = ["-A", policy.name, test, limitMatch(policy.logPartial), partialTarget(policy)];
  return [{ text: words.filter((word) => word !== "").join(" "), origins: [] }];
}
