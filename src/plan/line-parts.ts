/**
 * What a policy rule means of a line: all of it, or, where lists of ports are split, the parts that its group of services names.
 */
import type { Movable } from "../cluster/features.ts";
import { partOfToken } from "../cluster/port-tokens.ts";
import { AXES } from "../model/types.ts";
import { ruleMembers } from "./policy-change.ts";
import type { PlanGroup, PlanPolicyRule } from "./types.ts";

const SERVICE = AXES.indexOf("service");

/** The line itself, or its parts: the same with other services. */
export function partsOfLine(
  { combinations }: PlanPolicyRule,
  groups: readonly PlanGroup[],
  movable: Movable,
): readonly Movable[] {
  const group = groups.find(({ axis }) => axis === "service");
  const token = movable.tokens[SERVICE];
  if (combinations === undefined || group === undefined || token === null || token === undefined)
    return [movable];
  const members = ruleMembers(group);
  if (members.includes(token.key)) return [movable];
  const parts = members.flatMap((member) => partOfToken(token, member, movable.isWhole === true) ?? []);
  if (parts.length === 0) return [movable];
  return parts.map((part) => ({ ...movable, tokens: movable.tokens.with(SERVICE, part), partOf: movable }));
}
