/**
 * What a policy rule costs and saves, for the person who reads the ruleset and for the file.
 *
 * The unit is one line that a person has to read. A flat rule is one line. A policy rule is worth two: its name and the groups it names. A group is
 * its name and its members, paid once by all rules that share it; that is why shared groups win over many small ones.
 */
import type { MemberSet } from "./types.ts";

/** Reading cost of one policy rule. */
export const POLICY_RULE_COST = 2;

/** Reading cost of a group's name and chain; each member adds one. */
export const GROUP_COST = 1;

/** Reading cost of a group, all of it. */
export function groupCost(set: MemberSet): number {
  return GROUP_COST + set.members.length;
}

/** Rules that a rule chain takes, the jump to it counted: jump, reset, a call and a test an axis, clear, verdict. */
export function ruleChainRules(axes: number): number {
  return 4 + 2 * axes;
}

/** Rules that a table pays once for having groups at all: the chain that clears the own bits. */
export const TABLE_RULES = 1;

/** Equal keys: the same group. The order of members does not count. */
export function setKey(set: MemberSet): string {
  return `${set.axis}\u0000${[...set.members].sort().join("\u0000")}`;
}
