/**
 * Groups of one definition: the same hosts as sources and as destinations, the same interfaces in and out. One group of the two has the members, the other one (`sameAs`) says
 * which group that is. They are two chains all the same, since each tests and marks for its own axis. In a plan both have all members; the file has them once.
 */
import type { Axis } from "../model/types.ts";
import type { GroupsById, PlanGroup } from "./types.ts";

/** The axis on which the members of an axis can be members, too. */
export const OPPOSITE: Readonly<Partial<Record<Axis, Axis>>> = {
  source: "destination",
  destination: "source",
  in: "out",
  out: "in",
};

/** The group that has the members of a group: itself, or the one that it is the same as. */
export function findDefinition(group: PlanGroup, groups: readonly PlanGroup[]): PlanGroup {
  if (group.sameAs === undefined) return group;
  return groups.find(({ id }) => id === group.sameAs) ?? group;
}

/** Whether a group can be said to be the same as another one: all their lists are equal, and the other one says its own. */
export function isTwin(group: PlanGroup, definition: PlanGroup): boolean {
  const isSame = (key: "members" | "added" | "removed") =>
    hasEqualMembers(group[key] ?? [], definition[key] ?? []);
  return (
    OPPOSITE[group.axis] === definition.axis &&
    definition.sameAs === undefined &&
    (["members", "added", "removed"] as const).every(isSame)
  );
}

/** Whether two lists have the same members, in any order. */
export function hasEqualMembers(one: readonly string[], other: readonly string[]): boolean {
  const all = new Set(one);
  return one.length === other.length && other.every((member) => all.has(member));
}

/** A group with all that its definition has; it includes the groups that are the same as those that its definition includes. */
export function asTwin(group: PlanGroup, definition: PlanGroup, groups: GroupsById): PlanGroup {
  const { includes: _includes, added: _added, removed: _removed, ...rest } = group;
  const { members, added, removed } = definition;
  const includes = (definition.includes ?? []).flatMap((id) => findOpposite(id, group.axis, groups) ?? []);
  return {
    ...rest,
    ...{ sameAs: definition.id, members },
    ...(includes.length === 0 ? {} : { includes }),
    ...(added === undefined ? {} : { added }),
    ...(removed === undefined ? {} : { removed }),
  };
}

/** Id of the group of an axis that has one definition with a group. */
function findOpposite(id: string, axis: Axis, groups: GroupsById): string | undefined {
  const own = groups.get(id)?.sameAs;
  if (own !== undefined) return own;
  return [...groups.values()].find((group) => group.sameAs === id && group.axis === axis)?.id;
}
