/**
 * How a plan changes the policy: groups with members that no flat rule has (`added`), and without some that flat rules have (`removed`).
 */
import type { Plan, PlanGroup } from "./types.ts";

/** What a plan changes in one group. */
export interface GroupChange {
  readonly group: PlanGroup;
  /** At least one of the lists holds something. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Those that the flat rules have: what a plan is compared with its ruleset by. */
export function ruleMembers({ members, removed = [] }: PlanGroup): readonly string[] {
  return removed.length === 0 ? members : [...members, ...removed];
}

/** Those that the group's chain gets. */
export function chainMembers({ members, added = [] }: PlanGroup): readonly string[] {
  return added.length === 0 ? members : [...members, ...added];
}

/** Ids of the groups that become chains: accepted, in an accepted policy rule whose other groups are accepted, too. */
export function usedGroups({ groups, policyRules }: Plan): ReadonlySet<string> {
  const refused = new Set(groups.filter(({ accept }) => !accept).map(({ id }) => id));
  const used = policyRules
    .filter(({ accept, groups: own }) => accept && !Object.values(own).some((id) => refused.has(id)))
    .flatMap(({ groups: own }) => Object.values(own));
  return new Set(used);
}

/** The changes that have an effect, in the order of the plan: those of groups that become chains; of one input, where its index is given. */
export function findPolicyChanges(plan: Plan, input?: number): readonly GroupChange[] {
  const own = plan.policyRules.filter((rule) => input === undefined || rule.input === input);
  const used = usedGroups({ ...plan, policyRules: own });
  return plan.groups
    .map((group) => ({ group, added: group.added ?? [], removed: group.removed ?? [] }))
    .filter(({ group, added, removed }) => used.has(group.id) && added.length + removed.length > 0);
}
