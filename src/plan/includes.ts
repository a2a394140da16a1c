/**
 * Groups that are written with the help of others: `includes` names groups whose members are a group's own, too. In a plan every group has all of its members, whatever
 * includes say; files and chains have only what is not included.
 */
import { INCLUDE_COST } from "../cluster/cost.ts";
import { asTwin, isTwin } from "./twins.ts";
import type { GroupsById, PlanGroup } from "./types.ts";

/** The lists of a group. */
export type GroupLists = Readonly<Record<"members" | "added" | "removed", readonly string[]>>;

/** What a group has beside those that it includes: what its entry in the plan file says. Nothing, where it is the same as another one. */
export function ownLists(group: PlanGroup, groups: GroupsById): GroupLists {
  if (group.sameAs !== undefined) return { members: [], added: [], removed: [] };
  const parts = partsOf(group, groups);
  const without = (key: keyof GroupLists) => {
    const theirs = new Set(parts.flatMap((part) => part[key] ?? []));
    return (group[key] ?? []).filter((member) => !theirs.has(member));
  };
  return { members: without("members"), added: without("added"), removed: without("removed") };
}

/** A group with all members of those that it includes; `own` are the lists of its entry. */
export function joinLists(own: GroupLists, parts: readonly PlanGroup[]): GroupLists {
  const join = (key: keyof GroupLists) => [
    ...new Set([...parts.flatMap((part) => part[key] ?? []), ...own[key]]),
  ];
  const members = join("members");
  const there = new Set(members);
  const rest = (key: "added" | "removed") => join(key).filter((member) => !there.has(member));
  return { members, added: rest("added"), removed: rest("removed") };
}

/** The groups that a group includes, as far as there are such. */
export function partsOf({ includes = [] }: PlanGroup, groups: GroupsById): readonly PlanGroup[] {
  return includes.flatMap((id) => groups.get(id) ?? []);
}

/** The groups that have what a group has, directly or not: they include it, or are the same. */
export function findHolders(group: PlanGroup, groups: readonly PlanGroup[]): readonly PlanGroup[] {
  const ids = new Set([group.id]);
  for (let before = 0; before < ids.size; ) {
    before = ids.size;
    for (const { id, sameAs = id, includes = [] } of groups)
      if (ids.has(sameAs) || includes.some((part) => ids.has(part))) ids.add(id);
  }
  return groups.filter(({ id }) => id !== group.id && ids.has(id));
}

/** What a change of a group reaches beside it, as a remark. */
export function remarkOnHolders(group: PlanGroup, groups: readonly PlanGroup[]): readonly string[] {
  const holders = findHolders(group, groups).map(({ name }) => name);
  return holders.length === 0 ? [] : [`what is in ${group.name} is in ${holders.join(", ")}, too`];
}

/**
 * Groups with includes that hold: what is not a part any more is not included, and the members of parts come first. So it is with groups that are the same: where the members
 * are others by now, a group has its own.
 */
export function settleIncludes(groups: readonly PlanGroup[]): readonly PlanGroup[] {
  const byId = new Map(groups.map((group) => [group.id, group]));
  // Parts first, since their own order counts: they have fewer members. Then who says the members before who has them from there.
  const rank = ({ members, sameAs }: PlanGroup) => members.length + (sameAs === undefined ? 0 : 0.5);
  for (const group of [...groups].sort((one, other) => rank(one) - rank(other))) {
    const definition = byId.get(group.sameAs ?? "");
    if (definition !== undefined && isTwin(group, definition)) {
      byId.set(group.id, asTwin(group, definition, byId));
      continue;
    }
    const includes = partsOf(group, byId).filter((part) => isPart(part, group));
    const { includes: _, sameAs: _sameAs, ...rest } = group;
    const { members } = joinLists({ members: group.members, added: [], removed: [] }, includes);
    const parts = includes.length === 0 ? {} : { includes: includes.map(({ id }) => id) };
    byId.set(group.id, { ...rest, ...parts, members });
  }
  return groups.map(({ id }) => byId.get(id)!);
}

/** Whether all that a group has is in another one, which has more. */
function isPart(part: PlanGroup, whole: PlanGroup): boolean {
  const has = (members: readonly string[] = [], ...lists: readonly (readonly string[] | undefined)[]) => {
    const all = new Set(lists.flatMap((list) => list ?? []));
    return members.every((member) => all.has(member));
  };
  return (
    part.axis === whole.axis &&
    part.members.length < whole.members.length &&
    has(part.members, whole.members) &&
    has(part.added, whole.added, whole.members) &&
    has(part.removed, whole.removed, whole.members)
  );
}

/** Includes for groups that are not written yet, where that saves reading: the largest first, as long as each saves some. */
export function findIncludes(
  groups: readonly PlanGroup[],
  isOpen: (group: PlanGroup) => boolean,
): readonly PlanGroup[] {
  const holders = new Map<string, PlanGroup[]>();
  for (const group of groups)
    for (const member of group.members) {
      const key = `${group.axis} ${member}`;
      const list = holders.get(key);
      if (list === undefined) holders.set(key, [group]);
      else list.push(group);
    }
  return groups.map((group) => {
    if (!isOpen(group) || group.members.length <= INCLUDE_COST) return group;
    const includes = chooseParts(group, findParts(group, holders));
    return includes.length === 0 ? group : { ...group, includes };
  });
}

/** Proper parts of a group: each of their members counts once, so that nobody looks at all pairs. */
function findParts(
  { axis, members }: PlanGroup,
  holders: ReadonlyMap<string, readonly PlanGroup[]>,
): readonly PlanGroup[] {
  const shared = new Map<PlanGroup, number>();
  for (const member of members)
    for (const other of holders.get(`${axis} ${member}`)!) shared.set(other, (shared.get(other) ?? 0) + 1);
  return [...shared]
    .filter(([part, count]) => count === part.members.length && count < members.length)
    .map(([part]) => part);
}

function chooseParts({ members }: PlanGroup, parts: readonly PlanGroup[]): readonly string[] {
  const open = new Set(members);
  const chosen: string[] = [];
  const gainOf = (part: PlanGroup) => part.members.filter((member) => open.has(member)).length - INCLUDE_COST;
  for (;;) {
    let best: { readonly part: PlanGroup; readonly gain: number } | null = null;
    for (const part of parts) {
      const gain = gainOf(part);
      // A group that is nothing but others is no easier to read for it: something of its own has to be left.
      if (gain > (best?.gain ?? 0) && open.size > gain + INCLUDE_COST) best = { part, gain };
    }
    if (best === null) return chosen;
    chosen.push(best.part.id);
    for (const member of best.part.members) open.delete(member);
  }
}
