/**
 * Compares the combinations that policy rules add with the rules of the plan's inputs: each is one of their groups' members, and no rule says it.
 */
import { AXES } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { Fact } from "./audit-facts.ts";
import type { PlanPlace } from "./file-parse.ts";
import { missingMembers, missingText } from "./missing.ts";
import { ruleMembers } from "./policy-change.ts";
import { type TreesByCall, treeOfPolicy } from "./tree-rules.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "./types.ts";
import { didYouMean } from "./yaml-reader.ts";

/** PLAN_BAD_COMBINATION. Refused policy rules are looked at, too: they may be accepted tomorrow. */
export function auditCombinations(
  plan: Plan,
  place: PlanPlace,
  facts: readonly ReadonlyMap<number, Fact>[],
  trees: readonly TreesByCall[],
): readonly Diagnostic[] {
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  return plan.policyRules.flatMap((policy) => {
    const used = AXES.flatMap((axis) => groups.get(policy.groups[axis] ?? "") ?? []);
    const isTree = treeOfPolicy(policy, trees[policy.input] ?? new Map()) !== null;
    const said = saidBy(policy, used, facts[policy.input]!);
    return (policy.added ?? []).flatMap((text) => {
      const problem = findProblem(policy, used, text, isTree ? "its chains" : said.get(text));
      if (problem === null) return [];
      const help = said.has(text) ? undefined : didYouMean(text, policy.missing ?? []);
      const args = { name: policy.name, combination: text, problem };
      const more = help === undefined ? {} : { help };
      return [makeDiagnostic("PLAN_BAD_COMBINATION", place(policy, `added ${text}`), args, more)];
    });
  });
}

/** What has to be mended; `sayer` has the combination already. */
function findProblem(
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
  text: string,
  sayer: string | undefined,
): string | null {
  const members = missingMembers(text);
  const isOne =
    members.length === groups.length &&
    groups.every((group, at) => ruleMembers(group).includes(members[at]!));
  if (!isOne) return `is not a member of each of ${groups.map(({ name }) => name).join(" | ")}`;
  if (sayer !== undefined) return `is in ${sayer} already`;
  return policy.missing?.includes(text) === true ? "is under missing, too" : null;
}

/** The combinations of a policy rule's own lines. */
function saidBy(
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
  facts: ReadonlyMap<number, Fact>,
): ReadonlyMap<string, string> {
  if (policy.added === undefined) return new Map();
  return new Map(
    policy.lines.flatMap((line) => {
      const movable = facts.get(line)?.movable;
      if (movable === null || movable === undefined) return [];
      const members = groups.map(({ axis }) => movable.tokens[AXES.indexOf(axis)]?.key ?? "");
      return [[missingText(members), `line ${line}`] as const];
    }),
  );
}
