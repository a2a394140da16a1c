/**
 * What a plan would come to with a product that it lacks: the product is put in, policy rules that then save nothing go, and the plan is carried out.
 */
import { groupCost, POLICY_RULE_COST, setKey } from "../../cluster/cost.ts";
import type { Product } from "../../cluster/types.ts";
import type { Axis } from "../../model/types.ts";
import { missingText } from "../../plan/missing.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "../../plan/types.ts";
import type { WhyCase } from "./case.ts";
import { measure } from "./saving.ts";
import type { Measure } from "./view.ts";

/** Null where the plan can't be carried out with it. `without`: names of the policy rules that go. */
export function carryOutWith(
  asked: WhyCase,
  product: Product,
  input: number,
): (Measure & { readonly without: readonly string[] }) | null {
  const added = addProduct(asked, product, input);
  const own = added.policyRules.at(-1)!;
  let plan = added;
  const without: string[] = [];
  for (;;) {
    const idle = findIdle(plan, own);
    if (idle === null) break;
    without.push(idle.name);
    plan = { ...plan, policyRules: plan.policyRules.filter((rule) => rule !== idle) };
  }
  const measured = measure(asked, plan);
  return measured === null ? null : { ...measured, without };
}

/** The plan with the product as its last policy rule; groups of the plan with the same members are its own. */
function addProduct({ plan, rulesets }: WhyCase, product: Product, input: number): Plan {
  const known = new Map(plan.groups.map((group) => [setKey(group), group]));
  const taken = new Set([
    ...[...plan.groups, ...plan.policyRules].flatMap(({ id, name }) => [id, name]),
    ...rulesets.flatMap(({ tables }) => tables.flatMap(({ chains }) => chains.map(({ name }) => name))),
  ]);
  const freeName = (): string => {
    let at = 1;
    while (taken.has(`LOST-${at}`)) at++;
    taken.add(`LOST-${at}`);
    return `LOST-${at}`;
  };
  const fresh: PlanGroup[] = [];
  const groups: { [axis in Axis]?: string } = {};
  for (const set of product.sets) {
    let group = known.get(setKey(set));
    if (group === undefined) {
      const name = freeName();
      group = { id: name, name, axis: set.axis, accept: true, nameFrom: "number", members: set.members };
      fresh.push(group);
    }
    groups[set.axis] = group.id;
  }
  const { table, chain, missing } = product;
  const name = freeName();
  const rule: PlanPolicyRule = {
    ...{ id: name, name, accept: true, input, table, chain, groups, summary: "" },
    lines: product.rules.map(({ line }) => line).sort((one, other) => one - other),
    ...(missing === undefined
      ? {}
      : { missing: missing.cells.map((tokens) => missingText(tokens.map(({ key }) => key))) }),
  };
  return { ...plan, groups: [...plan.groups, ...fresh], policyRules: [...plan.policyRules, rule] };
}

/** The policy rule beside `own` that shares lines with it and saves least, where it saves nothing; groups that only it uses are among what it costs. */
function findIdle(plan: Plan, own: PlanPolicyRule): PlanPolicyRule | null {
  const rules = plan.policyRules.filter(({ accept, input }) => accept && input === own.input);
  const merged = new Map<number, number>();
  for (const { lines } of rules) for (const line of lines) merged.set(line, (merged.get(line) ?? 0) + 1);
  const uses = new Map<string, number>();
  for (const { accept, groups } of plan.policyRules)
    if (accept) for (const id of Object.values(groups)) uses.set(id, (uses.get(id) ?? 0) + 1);
  const ownLines = new Set(own.lines);
  const gains = rules
    .filter((rule) => rule !== own && rule.lines.some((line) => ownLines.has(line)))
    .map((rule) => {
      const alone = plan.groups.filter(({ id, axis }) => rule.groups[axis] === id && uses.get(id) === 1);
      const cost = POLICY_RULE_COST + (rule.missing ?? []).length;
      const lines = rule.lines.filter((line) => merged.get(line) === 1).length;
      return { rule, gain: lines - alone.reduce((sum, group) => sum + groupCost(group), cost) };
    })
    .filter(({ gain }) => gain <= 0)
    .sort((one, other) => one.gain - other.gain);
  return gains[0]?.rule ?? null;
}
