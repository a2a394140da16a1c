/**
 * Policy rules that stand for trees (`cluster/trees.ts`): calls and chains that are a product already. They go as a whole or not at all.
 */
import type { Tree } from "../cluster/trees.ts";
import type { TreeProduct } from "../cluster/types.ts";
import type { Axis, Family } from "../model/types.ts";
import { missingText } from "../plan/missing.ts";
import { ruleMembers } from "../plan/policy-change.ts";
import { variantOf } from "../plan/tree-rules.ts";
import type { PlanGroup, PlanPolicyRule } from "../plan/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { combine, type Combinations, sortCombinations } from "./combinations.ts";
import { type MergedRule, negationOf, turnFault, whyNotTurned, withAddedTexts } from "./product.ts";

/** A policy rule as the rule chain that it becomes, or what keeps it from that; `diagnostics` without place. */
export function mergeTree(
  tree: Tree,
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
  family: Family,
): { readonly merged: MergedRule | null; readonly diagnostics: readonly Diagnostic[] } {
  const { name } = policy;
  const refuse = (...diagnostics: readonly Diagnostic[]) => ({ merged: null, diagnostics });
  const variant = variantOf(tree, policy);
  const lines = new Set((variant?.rules ?? []).map(({ line }) => line));
  const odd =
    policy.lines.find((line) => !lines.has(line)) ?? [...lines].find((line) => !policy.lines.includes(line));
  if (variant === null || odd !== undefined) {
    const args = { name, line: odd ?? tree.calls[0]!.line };
    return refuse(makeDiagnostic("POLICY_RULE_FIXED_LINE", null, args));
  }
  for (const group of groups) {
    const set = variant.sets.find(({ axis }) => axis === group.axis)!;
    const members = ruleMembers(group);
    const added = members.filter((member) => !set.members.includes(member));
    if (added.length > 0) {
      const args = { name, cells: added.slice(0, 3).join("; "), count: added.length };
      return refuse(makeDiagnostic("POLICY_RULE_ADDS_ACCESS", null, args));
    }
    const lacking = set.members.filter((member) => !members.includes(member));
    if (lacking.length > 0) {
      const args = {
        name,
        group: group.name,
        members: lacking.slice(0, 3).join(", "),
        count: lacking.length,
      };
      return refuse(makeDiagnostic("POLICY_RULE_WHOLE_CHAINS", null, args));
    }
  }
  const { missing, fault } = missingOf(variant, policy, groups);
  if (fault !== null) return refuse(makeDiagnostic(fault.code, null, fault.args));
  const merged = { ...describeMerged(variant, policy, groups, family), missing, place: tree.place ?? null };
  const why = merged.turned.length === 0 ? null : whyNotTurned(merged);
  if (why === null) return { merged, diagnostics: [] };
  const { code, args } = turnFault(merged, why);
  return refuse(makeDiagnostic(code, null, args));
}

function describeMerged(
  variant: TreeProduct,
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
  family: Family,
): Omit<MergedRule, "place" | "missing"> {
  const known: { [axis in Axis]?: ReadonlyMap<string, string> } = {};
  const memberLines: { [axis in Axis]?: ReadonlyMap<string, readonly number[]> } = {};
  for (const { axis, tokens, lines } of variant.axes) {
    known[axis] = new Map(tokens.map(({ key, text }) => [key, text]));
    memberLines[axis] = lines;
  }
  const { rules, template, replaces, servicesFirst } = variant;
  const memberTexts = withAddedTexts(groups, family, known);
  return {
    ...{ policy, groups, rules, template, memberTexts, memberLines, replaces, servicesFirst },
    ...negationOf(policy, variant.negated ?? []),
    ...{ parts: new Map(), added: [] },
  };
}

/** The combinations that its chains let leave, of the members that the plan has. */
function missingOf(
  { sets, missing }: TreeProduct,
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
): Pick<Combinations, "missing" | "fault"> {
  if (missing === undefined) return { missing: [], fault: null };
  const absent = new Set(missing.cells.map((cell) => missingText(cell.map(({ key }) => key))));
  const said = combine(sets.map(({ members }) => members)).filter((cell) => !absent.has(missingText(cell)));
  return sortCombinations(policy, groups, said);
}
