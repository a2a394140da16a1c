/**
 * How far a change of a group's members goes in a plan.
 */
import type { GroupView } from "../../view.ts";

/** Names of the other groups that change with it: it has one list with them, or they include it, directly or not. */
export function findReached(group: GroupView, groups: readonly GroupView[]): readonly string[] {
  const names = new Set([group.sameAs ?? group.name]);
  for (let before = 0; before < names.size; ) {
    before = names.size;
    for (const { name, sameAs = name, includes = [] } of groups)
      if (names.has(sameAs) || includes.some((part) => names.has(part))) names.add(name);
  }
  return [...names].filter((name) => name !== group.name);
}
