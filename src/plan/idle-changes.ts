/**
 * What a plan says and nothing does: a changed policy in a chain whose rules stay as they are, or in a policy rule that is refused, and layouts of chains that are not there.
 */
import type { Ruleset } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { ownFormOf } from "./layout.ts";
import { turnedGroups } from "./negated.ts";
import { usedRules } from "./policy-change.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "./types.ts";

/**
 * POLICY_CHANGE_STAYS_FLAT (an error: a person who removes a host thinks that it is kept out now), POLICY_CHANGE_REFUSED, LAYOUT_OF_NO_CHAIN. `rulesets` in the order of the
 * plan's inputs.
 */
export function findIdleChanges(plan: Plan, rulesets: readonly Ruleset[]): readonly Diagnostic[] {
  const used = new Set(usedRules(plan));
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  const idle = plan.policyRules.flatMap((rule) => {
    const changes = used.has(rule) ? [] : changesOf(rule, groups);
    if (changes.length === 0) return [];
    const place = `${rule.table} ${rule.chain}`;
    const args = { name: rule.name, place, changes: changes.join("; ") };
    const isFlat = rule.accept && ownFormOf(plan, rule) === "flat";
    return [makeDiagnostic(isFlat ? "POLICY_CHANGE_STAYS_FLAT" : "POLICY_CHANGE_REFUSED", null, args)];
  });
  const lost = (plan.chainLayouts ?? [])
    .filter(({ input, table, chain }) => !hasChain(rulesets[input], table, chain))
    .map(({ table, chain }) => makeDiagnostic("LAYOUT_OF_NO_CHAIN", null, { place: `${table} ${chain}` }));
  return [...idle, ...lost];
}

/** All that a policy rule would have that the old rules haven't, in words. */
function changesOf(rule: PlanPolicyRule, groups: ReadonlyMap<string, PlanGroup>): readonly string[] {
  const ofGroups = Object.values(rule.groups).flatMap((id) => {
    const { name, added = [], removed = [] } = groups.get(id)!;
    return [
      ...(added.length === 0 ? [] : [`${name} has ${added.join(", ")} added`]),
      ...(removed.length === 0 ? [] : [`${name} has ${removed.join(", ")} removed`]),
    ];
  });
  const combinations = (rule.added ?? []).map((text) => `${text} is added`);
  return [...ofGroups, ...combinations, ...turnedGroups(rule, groups)];
}

function hasChain(ruleset: Ruleset | undefined, table: string, chain: string): boolean {
  const found = ruleset?.tables.find(({ name }) => name === table);
  return found?.chains.some(({ name }) => name === chain) === true;
}
