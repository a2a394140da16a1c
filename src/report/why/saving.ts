/**
 * What a group or a policy rule saves: the plan is carried out with it and without it.
 */
import { GROUP_COST, POLICY_RULE_COST } from "../../cluster/cost.ts";
import type { Plan } from "../../plan/types.ts";
import { rewriteRuleset } from "../../rewrite/rewrite.ts";
import type { WhyCase } from "./case.ts";
import type { Measure, SavingView } from "./view.ts";

/** Null where one of the two can't be carried out. */
export function findSaving(asked: WhyCase): SavingView | null {
  const withIt = measure(asked, decide(asked, true));
  const without = measure(asked, decide(asked, false));
  if (withIt === null || without === null) return null;
  return {
    rulesWithout: without.rules,
    rulesWith: withIt.rules,
    readingWithout: without.reading,
    readingWith: withIt.reading,
  };
}

/** The plan with it accepted or refused. */
function decide({ plan, item }: WhyCase, accept: boolean): Plan {
  const set = <Item extends { readonly id: string }>(items: readonly Item[], id: string) =>
    items.map((each) => (each.id === id ? { ...each, accept } : each));
  return item.kind === "group"
    ? { ...plan, groups: set(plan.groups, item.group.id) }
    : { ...plan, policyRules: set(plan.policyRules, item.policy.id) };
}

/** Null where the plan can't be carried out. */
export function measure({ rulesets }: Pick<WhyCase, "rulesets">, plan: Plan): Measure | null {
  let rules = 0;
  let reading = 0;
  for (const [input, ruleset] of rulesets.entries()) {
    const { rewritten } = rewriteRuleset(ruleset, plan, input);
    if (rewritten === null) return null;
    rules += rewritten.rulesAfter;
    reading += rewritten.rulesBefore - rewritten.mergedLines.size + rewritten.partLines.size;
  }
  const refused = new Set(plan.groups.filter(({ accept }) => !accept).map(({ id }) => id));
  const policies = plan.policyRules.filter(
    ({ accept, groups }) => accept && !Object.values(groups).some((id) => refused.has(id)),
  );
  const used = new Set(policies.flatMap(({ groups }) => Object.values(groups)));
  const groups = plan.groups.filter(({ id }) => used.has(id));
  reading += policies.reduce((sum, { missing = [] }) => sum + POLICY_RULE_COST + missing.length, 0);
  reading += groups.reduce((sum, { members }) => sum + GROUP_COST + members.length, 0);
  return { rules, reading };
}
