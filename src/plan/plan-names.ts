/**
 * Names that a plan has from elsewhere (`--names`), for the plan that takes its place: a set that has its members still goes by its name.
 */
import type { Axis } from "../model/types.ts";
import type { KnownName, NameSource } from "./known-names.ts";
import type { Plan, PlanGroup } from "./types.ts";

/** The names of a plan; null where none is from elsewhere. */
export function namesOfPlan({ groups }: Plan): NameSource | null {
  const named = new Map(
    groups.filter(isNamedElsewhere).map((group) => [keyOf(group.axis, group.members), group]),
  );
  if (named.size === 0) return null;
  const find = (axis: Axis, members: readonly string[]): KnownName | null => {
    const group = named.get(keyOf(axis, members));
    return group === undefined ? null : nameOf(group);
  };
  return { find, has: (axis, members) => find(axis, members)?.isExact === true };
}

/** What is to say about such names of a plan that the one in its place does not have. */
export function describeLostNames(previous: Plan, now: Plan): readonly string[] {
  const hasName = (group: PlanGroup) => isNamedElsewhere(group) || group.nameFrom === "chain";
  const left = new Set(now.groups.filter(hasName).map(({ id }) => id));
  const lost = previous.groups.filter((group) => isNamedElsewhere(group) && !left.has(group.id));
  if (lost.length === 0) return [];
  const names = lost.map(({ id }) => id).join(", ");
  return [
    `names not kept, since no group has just their members any more (--names finds new ones): ${names}`,
  ];
}

function isNamedElsewhere({ nameFrom }: PlanGroup): boolean {
  return nameFrom === "fwbuilder" || nameFrom === "fwbuilder-near";
}

/** As the file had it, before the prefixes that names of groups get. What a person calls the group is an edit, and none of its business. */
function nameOf({ id, nameFrom, nameNote }: PlanGroup): KnownName {
  const isExact = nameFrom === "fwbuilder";
  const name = isExact ? id : id.replace(/^(?:(?:S|D|SRV|I|O)-)?like-/u, "");
  return { name, isExact, ...(nameNote === undefined ? {} : { note: nameNote }) };
}

function keyOf(axis: Axis, members: readonly string[]): string {
  return [axis, ...members.toSorted()].join("\n");
}
