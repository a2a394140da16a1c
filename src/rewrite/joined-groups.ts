/**
 * Which groups have their addresses joined in their chains (`import --aggregate`): those that are no other group's twin then. Two chains with the same lines would be one group to the
 * next import, and one of the two names would be lost.
 */
import { chainMembers } from "../plan/policy-change.ts";
import type { Plan, PlanGroup } from "../plan/types.ts";
import { aggregateLines, type GroupLine } from "./aggregate.ts";

const NO_NAMES: ReadonlySet<string> = new Set();

/** Their ids. Of several that would be the same, the one that is so already is joined, else the first. */
export function findJoinedGroups({ aggregate, groups }: Plan): ReadonlySet<string> {
  if (aggregate !== true) return new Set();
  const owners = new Map<string, PlanGroup>();
  for (const group of groups) {
    const form = formOf(group);
    const owner = owners.get(form.joined);
    if (owner === undefined || (form.isSame && !formOf(owner).isSame)) owners.set(form.joined, group);
  }
  return new Set([...owners.values()].map(({ id }) => id));
}

/** What the chain of a group would say, in any order, and whether that is what the plan says. */
function formOf(group: PlanGroup): { readonly joined: string; readonly isSame: boolean } {
  const { axis, removed = [] } = group;
  const gone = new Set(removed);
  const option = axis === "source" ? "-s" : "-d";
  const lines = chainMembers(group)
    .filter((member) => !gone.has(member))
    .map((member) => ({ text: `${option} ${member}`, origins: [] }));
  const made = aggregateLines(axis, lines, NO_NAMES);
  const print = (list: readonly GroupLine[]) => [axis, ...list.map(({ text }) => text).sort()].join("\n");
  return { joined: print(made), isSame: print(made) === print(lines) };
}
