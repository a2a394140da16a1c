/**
 * What is asked about: a group or a policy rule of a plan, with its rulesets.
 */
import type { Ruleset } from "../../model/types.ts";
import { collectFacts, type Fact } from "../../plan/audit-facts.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "../../plan/types.ts";
import type { LineView } from "../view.ts";

/** The thing and everything around it. */
export interface WhyCase {
  readonly plan: Plan;
  /** In the order of the plan's inputs. */
  readonly rulesets: readonly Ruleset[];
  /** For each input its rules by line. */
  readonly facts: readonly ReadonlyMap<number, Fact>[];
  readonly item:
    | { readonly kind: "group"; readonly group: PlanGroup }
    | { readonly kind: "policy-rule"; readonly policy: PlanPolicyRule };
  /** Policy rules that use the group; the policy rule itself. */
  readonly policies: readonly PlanPolicyRule[];
}

/** Finds what a name or an id means; null where the plan has nothing of that name. A name goes before an id: people see names. */
export function findCase(plan: Plan, rulesets: readonly Ruleset[], word: string): WhyCase | null {
  const facts = rulesets.map((ruleset) => collectFacts(ruleset, plan));
  for (const key of ["name", "id"] as const) {
    const group = plan.groups.find((each) => each[key] === word);
    if (group !== undefined) {
      const policies = plan.policyRules.filter(({ groups }) => groups[group.axis] === group.id);
      return { plan, rulesets, facts, item: { kind: "group", group }, policies };
    }
    const policy = plan.policyRules.find((each) => each[key] === word);
    if (policy !== undefined)
      return { plan, rulesets, facts, item: { kind: "policy-rule", policy }, policies: [policy] };
  }
  return null;
}

/** Groups by id. */
export function groupsById({ groups }: Plan): ReadonlyMap<string, PlanGroup> {
  return new Map(groups.map((group) => [group.id, group]));
}

/** Lines of an input of the plan. */
export function viewLines({ inputs }: Plan, input: number, lines: readonly number[]): readonly LineView[] {
  const file = inputs[input]?.path ?? "-";
  return lines.map((line) => ({ file, line }));
}
