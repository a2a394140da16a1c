/**
 * Finds the groups of an old plan again in one that was made afresh, and tells what a person took out of them.
 *
 * A plan doesn't say which members a group had before a person took some out. But its policy rules say how many lines they stand for: more than
 * the members of their groups make, where some are gone.
 */
import { AXES } from "../model/types.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "./types.ts";

/** An old group that a fresh one was found to be. */
export interface GroupPair {
  readonly old: PlanGroup;
  /** Members of the fresh group that a person took out of the old one; empty where nobody did, null where that can't be told. */
  readonly takenOut: readonly string[] | null;
}

/**
 * Fresh group id to its pair; each old group is given once. The same group is, on the same axis and in this order: one with the same members; one with the
 * same id, or else the same name, that holds all members of the other, or is held by it (`sameInputs`: that shares one); for a group that members were taken out of,
 * one that holds it, at best one whose rules stand for as many lines as before, at best a small one.
 */
export function pairGroups(previous: Plan, fresh: Plan, sameInputs: boolean): ReadonlyMap<string, GroupPair> {
  const partners = new Map<string, PlanGroup>();
  const used = new Set<PlanGroup>();
  const pair = (group: PlanGroup, old: PlanGroup | undefined): void => {
    if (old === undefined || old.axis !== group.axis || used.has(old) || partners.has(group.id)) return;
    partners.set(group.id, old);
    used.add(old);
  };
  // Same members is the stronger sign: ids are numbered, and another option may have shifted the numbers.
  for (const group of fresh.groups) pair(group, findSameMembers(group, previous));
  const isKin = sameInputs ? sharesMember : holdsOther;
  for (const key of ["id", "name"] as const) {
    const byKey = new Map(previous.groups.map((group) => [group[key], group]));
    for (const group of fresh.groups) {
      const old = byKey.get(group[key]);
      if (old !== undefined && isKin(old, group)) pair(group, old);
    }
  }
  for (const old of previous.groups) {
    if (used.has(old) || !isTrimmed(previous, old)) continue;
    const open = fresh.groups.filter(({ id, axis }) => !partners.has(id) && axis === old.axis);
    const best = bestFit(old, open, previous, fresh);
    if (best !== undefined) pair(best, old);
  }
  const takenOut = (old: PlanGroup, group: PlanGroup) =>
    findTakenOut(
      old,
      group,
      previous,
      (one, other) => sameInputs || hasSameLines(one, other, previous, fresh),
    );
  return new Map(
    [...partners].map(([id, old]) => {
      const group = fresh.groups.find((each) => each.id === id)!;
      return [id, { old, takenOut: takenOut(old, group) }];
    }),
  );
}

/** Whether some policy rule of the group stands for more lines than its groups' members make: members are gone, of this group or of another of the rule's. */
export function isTrimmed(plan: Plan, group: PlanGroup): boolean {
  const sizes = new Map(plan.groups.map(({ id, members }) => [id, members.length]));
  const cells = (rule: PlanPolicyRule) =>
    AXES.reduce((count, axis) => count * (sizes.get(rule.groups[axis] ?? "") ?? 1), 1);
  // Chains that are replaced go as a whole: no member can be taken out.
  return rulesOf(plan, group).some(
    (rule) => rule.replaces === undefined && (rule.combinations ?? rule.lines.length) > cells(rule),
  );
}

/** The group with the same members; of two, which a plan has where members were taken out, the one with the same id. */
function findSameMembers(group: PlanGroup, { groups }: Plan): PlanGroup | undefined {
  const key = membersKey(group);
  const same = groups.filter((each) => membersKey(each) === key);
  return same.find(({ id }) => id === group.id) ?? same[0];
}

function findTakenOut(
  old: PlanGroup,
  group: PlanGroup,
  previous: Plan,
  isSame: (old: PlanGroup, group: PlanGroup) => boolean,
): readonly string[] | null {
  const missing = group.members.filter((member) => !old.members.includes(member));
  if (missing.length === 0 || !isTrimmed(previous, old)) return [];
  return holds(group, old) && isSame(old, group) ? missing : null;
}

/** Whether a rule of each stands in the same chain for as many lines: then the group has the members that it had at first. */
function hasSameLines(old: PlanGroup, group: PlanGroup, previous: Plan, fresh: Plan): boolean {
  const key = ({ inputs }: Plan, { input, table, chain, lines }: PlanPolicyRule) =>
    [inputs[input]?.family, table, chain, lines.length].join("\n");
  const before = new Set(rulesOf(previous, old).map((rule) => key(previous, rule)));
  return rulesOf(fresh, group).some((rule) => before.has(key(fresh, rule)));
}

function bestFit(
  old: PlanGroup,
  open: readonly PlanGroup[],
  previous: Plan,
  fresh: Plan,
): PlanGroup | undefined {
  const rank = (group: PlanGroup) => (hasSameLines(old, group, previous, fresh) ? 0 : 1);
  const ranked = open
    .filter((group) => holds(group, old))
    .map((group) => ({ group, rank: rank(group), size: group.members.length }));
  return ranked.sort((one, other) => one.rank - other.rank || one.size - other.size)[0]?.group;
}

function rulesOf(plan: Plan, group: PlanGroup): readonly PlanPolicyRule[] {
  return plan.policyRules.filter((rule) => rule.groups[group.axis] === group.id);
}

function holds(larger: PlanGroup, smaller: PlanGroup): boolean {
  return smaller.members.every((member) => larger.members.includes(member));
}

function holdsOther(one: PlanGroup, other: PlanGroup): boolean {
  return holds(one, other) || holds(other, one);
}

function sharesMember(one: PlanGroup, other: PlanGroup): boolean {
  return one.members.some((member) => other.members.includes(member));
}

function membersKey(group: PlanGroup): string {
  return [group.axis, ...[...group.members].sort()].join("\n");
}
