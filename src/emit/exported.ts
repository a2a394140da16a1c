/**
 * What the exports of groups have in common.
 */
import type { PlanGroup } from "../plan/types.ts";

/** The text, and members that it can't have, as sentences: a text that lacks some is never to be used. */
export interface Exported {
  readonly text: string;
  readonly problems: readonly string[];
}

/** A name for each group that the other language takes; of two that come out the same, the second one gets a number. */
export function takeNames(
  groups: readonly PlanGroup[],
  nameOf: (group: PlanGroup) => string,
): ReadonlyMap<PlanGroup, string> {
  const taken = new Set<string>();
  const names = new Map<PlanGroup, string>();
  for (const group of groups) {
    const wanted = nameOf(group);
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted}_${number}`;
    taken.add(name);
    names.set(group, name);
  }
  return names;
}
