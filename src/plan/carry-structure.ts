/**
 * Carries how groups of an old plan are put together over to one that was made afresh: what they include, and which are the same; and which of a policy rule's groups a person has turned round.
 */
import { AXES, type Axis } from "../model/types.ts";
import { groupPhrase, turnSummary } from "./negated.ts";
import { hasEqualMembers } from "./twins.ts";
import type { PlanGroup, PlanPolicyRule } from "./types.ts";

/** Fresh group id to the old group that it is. */
type Partners = ReadonlyMap<string, PlanGroup>;

/**
 * A group that is found again, with what it includes, and is the same as: what it was in the old plan, as far as that still holds (`settleIncludes`). A group that has become the same as
 * another one since then is that; one that had the same members without being called the same was parted by a person.
 */
export function carryStructure(old: PlanGroup, fresh: PlanGroup, partners: Partners): PlanGroup {
  const now = new Map([...partners].map(([id, { id: before }]) => [before, id]));
  const { includes = [] } = old;
  const same = old.sameAs === undefined ? findNewTwin(old, fresh, partners) : now.get(old.sameAs);
  const { sameAs: _, ...rest } = fresh;
  return {
    ...rest,
    includes: includes.flatMap((id) => now.get(id) ?? []),
    ...(same === undefined ? {} : { sameAs: same }),
  };
}

function findNewTwin(old: PlanGroup, { sameAs }: PlanGroup, partners: Partners): string | undefined {
  if (sameAs === undefined) return undefined;
  const other = partners.get(sameAs);
  return other !== undefined && hasEqualMembers(other.members, old.members) ? undefined : sameAs;
}

/** What is to say about groups that were the same as others, and are not any more; sentences without a full stop. */
export function describeParted(groups: readonly PlanGroup[], partners: Partners): readonly string[] {
  const former = new Map([...partners.values()].map((old) => [old.id, old]));
  return groups.flatMap(({ id, name, sameAs }) => {
    const old = partners.get(id)?.sameAs;
    if (old === undefined || sameAs !== undefined) return [];
    return [`${name} no longer has the members of ${former.get(old)?.name ?? old}; it has its own now`];
  });
}

/** Groups that a person turned round stay as they were, whatever the rules say now. */
export function carryTurned(
  old: PlanPolicyRule,
  fresh: PlanPolicyRule,
  kept: string[],
): Partial<PlanPolicyRule> {
  const wanted = old.negated ?? [];
  const said = fresh.negated ?? [];
  const turned: Axis[] = [];
  const negated = AXES.filter((axis) => {
    const isTurned = old.turned?.includes(axis) === true && fresh.groups[axis] !== undefined;
    const isNegated = (isTurned ? wanted : said).includes(axis);
    if (isTurned && isNegated !== said.includes(axis)) turned.push(axis);
    if (isTurned && isNegated === said.includes(axis))
      kept.push(
        `${fresh.id} has rules for ${groupPhrase(fresh.groups[axis]!, isNegated)} now, which was turned round`,
      );
    return isNegated;
  });
  return turned.length === 0 ? {} : { turned, ...(negated.length === 0 ? { negated: [] } : { negated }) };
}

/** A policy rule as the rules had it, and as it is where a person has turned a group round: the ruleset may say so by now. */
export function summaryForms(rule: PlanPolicyRule): readonly PlanPolicyRule[] {
  return rule.turned === undefined ? [rule] : [{ ...rule, summary: turnSummary(rule) }, rule];
}
