/**
 * How a plan changes the policy: groups with members that no flat rule has (`added`), and without some that flat rules have (`removed`); policy rules with combinations that
 * no flat rule says (`added`), or with a group that the rules have the other way round (`turned`).
 */
import { ownFormOf } from "./layout.ts";
import { negatingRules, turnedGroups } from "./negated.ts";
import type { GroupsById, Plan, PlanGroup, PlanPolicyRule } from "./types.ts";

/** What a plan changes in one group. */
export interface GroupChange {
  readonly group: PlanGroup;
  /** At least one of the lists holds something. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Names of policy rules for packets that are not in the group: what it gets, they lose. */
  readonly negatedBy: readonly string[];
}

/** What a plan changes in one policy rule beside its groups. */
export interface RuleChange {
  readonly rule: PlanPolicyRule;
  /** Combinations, as `missingText`. */
  readonly added: readonly string[];
  /** Groups that the rules have the other way round, as the plan has them: `not S-LAN`. At least one of the lists holds something. */
  readonly turned: readonly string[];
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
export function usedGroups(plan: Plan): ReadonlySet<string> {
  return new Set(usedRules(plan).flatMap(({ groups: own }) => Object.values(own)));
}

/** The policy rules that become chains. */
export function usedRules({ groups, policyRules, ...plan }: Plan): readonly PlanPolicyRule[] {
  const refused = new Set(groups.filter(({ accept }) => !accept).map(({ id }) => id));
  return policyRules.filter(
    (rule) =>
      rule.accept &&
      !Object.values(rule.groups).some((id) => refused.has(id)) &&
      ownFormOf(plan, rule) !== "flat",
  );
}

/** The changes that have an effect, in the order of the plan; of one input, where its index is given. */
export function findPolicyChanges(
  plan: Plan,
  input?: number,
): { readonly groups: readonly GroupChange[]; readonly rules: readonly RuleChange[] } {
  const policyRules = plan.policyRules.filter((rule) => input === undefined || rule.input === input);
  const own = { ...plan, policyRules };
  const open = usedRules(own);
  const used = new Set(open.flatMap(({ groups }) => Object.values(groups)));
  const groups = plan.groups
    .map((group) => ({ group, added: group.added ?? [], removed: group.removed ?? [] }))
    .filter(({ group, added, removed }) => used.has(group.id) && added.length + removed.length > 0)
    .map((change) => ({ ...change, negatedBy: negatingRules(change.group, open).map(({ name }) => name) }));
  const byId: GroupsById = new Map(plan.groups.map((group) => [group.id, group]));
  const rules = open
    .map((rule) => ({ rule, added: rule.added ?? [], turned: turnedGroups(rule, byId) }))
    .filter(({ added, turned }) => added.length + turned.length > 0);
  return { groups, rules };
}
