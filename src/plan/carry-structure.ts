/**
 * Carries how groups of an old plan are put together over to one that was made afresh: what they include, and which are the same.
 */
import { hasEqualMembers } from "./twins.ts";
import type { PlanGroup } from "./types.ts";

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
