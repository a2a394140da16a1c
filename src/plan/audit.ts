/**
 * Compares a plan that was read from a file with its rulesets: what only describes them has to be true. An edit there would change nothing that `apply`
 * does, but the reports would repeat it.
 */
import type { FlatReason, Product } from "../cluster/types.ts";
import { AXES, type Axis, type Ruleset } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { collectFacts, type Fact } from "./audit-facts.ts";
import { auditCombinations } from "./audit-combinations.ts";
import { auditMembers } from "./audit-members.ts";
import type { PlanPlace } from "./file-parse.ts";
import { printLineRanges } from "./line-ranges.ts";
import { summarise } from "./draft-policy.ts";
import { findOldProducts, type TreesByCall, treeOfPolicy, variantOf } from "./tree-rules.ts";
import type { Plan, PlanFlat, PlanPolicyRule } from "./types.ts";

/** An audit that is under way; `diagnostics` grows. */
interface Audit {
  readonly plan: Plan;
  readonly place: PlanPlace;
  /** For each input: its rules by line. */
  readonly facts: readonly ReadonlyMap<number, Fact>[];
  readonly trees: readonly TreesByCall[];
  readonly diagnostics: Diagnostic[];
}

/** Reasons of rules that could move. */
const MOVABLE_REASONS: readonly FlatReason[] = ["alone", "not-worth-it", "no-free-bits"];

/** PLAN_NOT_EDITABLE, PLAN_UNKNOWN_MEMBER, PLAN_BAD_MEMBER and PLAN_BAD_COMBINATION, by place. `rulesets` in the order of the plan's inputs, `place` from the parser. */
export function auditPlan(plan: Plan, place: PlanPlace, rulesets: readonly Ruleset[]): readonly Diagnostic[] {
  const facts = rulesets.map((ruleset) => collectFacts(ruleset, plan));
  const trees = rulesets.map((ruleset) => findOldProducts(ruleset, plan).trees);
  const audit: Audit = { plan, place, facts, trees, diagnostics: [] };
  auditInputs(audit, rulesets);
  audit.diagnostics.push(...auditMembers(plan, place, facts, trees));
  audit.diagnostics.push(...auditCombinations(plan, place, facts, trees));
  for (const policy of plan.policyRules) auditPolicyRule(audit, policy);
  auditFlat(audit);
  return audit.diagnostics.sort((one, other) => (one.span?.start ?? -1) - (other.span?.start ?? -1));
}

function refuse(audit: Audit, item: object, key: string, expected: string): void {
  const span = audit.place(item, key);
  audit.diagnostics.push(makeDiagnostic("PLAN_NOT_EDITABLE", span, { key, expected }));
}

function auditInputs(audit: Audit, rulesets: readonly Ruleset[]): void {
  for (const [at, input] of audit.plan.inputs.entries()) {
    const rules = audit.facts[at]!.size;
    const tables = rulesets[at]!.tables.map(({ name }) => name).join(", ");
    if (input.rules !== rules) refuse(audit, input, "rules", String(rules));
    const unparsed = countUnparsed(rulesets[at]!);
    if ((input.unparsed ?? 0) !== unparsed) refuse(audit, input, "unparsed", String(unparsed));
    if (input.tables.join(", ") !== tables) refuse(audit, input, "tables", tables);
  }
}

function auditPolicyRule(audit: Audit, policy: PlanPolicyRule): void {
  const tree = treeOfPolicy(policy, audit.trees[policy.input] ?? new Map());
  const chains = (tree?.chains ?? []).join(", ");
  if ((policy.replaces ?? []).join(", ") !== chains) refuse(audit, policy, "replaces", chains || "(none)");
  if (tree !== null) {
    // Lines or axes that don't fit are the rewriter's to refuse.
    const variant = variantOf(tree, policy);
    if (variant !== null && !isSummary(audit.plan, policy, variant))
      refuse(audit, policy, "rule", summarise(variant, policy.groups));
    return;
  }
  const facts = policy.lines.flatMap((line) => audit.facts[policy.input]?.get(line) ?? []);
  const stranger = facts.find(({ table, rule }) => table !== policy.table || rule.chain !== policy.chain);
  if (stranger !== undefined) {
    refuse(audit, policy, "where", `${stranger.table} ${stranger.rule.chain} in line ${stranger.rule.line}`);
    return;
  }
  const movable = facts.flatMap((fact) => fact.movable ?? []);
  const [first] = movable;
  // Lines that can't be merged at all are the rewriter's to refuse.
  if (first === undefined || movable.some((template) => isSummary(audit.plan, policy, { template }))) return;
  refuse(audit, policy, "rule", summarise({ template: first }, policy.groups));
}

/** Whether the summary of a policy rule is that of a rule. Groups may be called by their ids or by their names. */
function isSummary(
  plan: Plan,
  policy: PlanPolicyRule,
  product: Pick<Product, "template" | "negated">,
): boolean {
  const names = new Map(plan.groups.map(({ id, name }) => [id, name]));
  let variants: Readonly<Partial<Record<Axis, string>>>[] = [policy.groups];
  for (const axis of AXES) {
    const id = policy.groups[axis];
    const name = names.get(id ?? "");
    if (name === undefined || name === id) continue;
    variants = variants.flatMap((variant) => [variant, { ...variant, [axis]: name }]);
  }
  return variants.some((groups) => summarise(product, groups) === policy.summary);
}

/** Each rule that no policy rule stands for has to be in the list once, in its place and with a reason that can be. */
function auditFlat(audit: Audit): void {
  const { plan } = audit;
  for (const [input, facts] of audit.facts.entries()) {
    const open = new Set(facts.keys());
    for (const policy of plan.policyRules) {
      if (policy.input === input) for (const line of policy.lines) open.delete(line);
    }
    const before = audit.diagnostics.length;
    for (const flat of plan.flat) {
      if (flat.input !== input) continue;
      const fault = findFlatFault(flat, facts, open);
      if (fault !== null) refuse(audit, flat, ...fault);
    }
    // One wrong line is two faults: the first is enough.
    if (open.size === 0 || audit.diagnostics.length > before) continue;
    const lines = [...open].sort((left, right) => left - right);
    refuse(audit, plan, "flat", `line ${printLineRanges(lines)}, too`);
  }
}

/** The first wrong key of an entry, and what it should say. Its lines are taken out of `open`. */
function findFlatFault(
  flat: PlanFlat,
  facts: ReadonlyMap<number, Fact>,
  open: Set<number>,
): readonly [key: string, expected: string] | null {
  let fault: readonly [string, string] | null = null;
  for (const line of flat.lines) {
    const fact = facts.get(line);
    const isOpen = open.delete(line);
    if (fact === undefined) fault ??= ["lines", `no rule in line ${line}`];
    else if (!isOpen) fault ??= ["lines", `line ${line} elsewhere in the plan`];
    else if (fact.table !== flat.table || fact.rule.chain !== flat.chain) {
      fault ??= ["where", `${fact.table} ${fact.rule.chain} in line ${line}`];
    } else if (fact.movable?.kin !== undefined && flat.reason === "effect") {
      // Logs and goes on: its place matters, though it can be in a policy rule.
    } else if (fact.reason === null && !MOVABLE_REASONS.includes(flat.reason)) {
      fault ??= ["reason", "alone or not-worth-it"];
    } else if (fact.reason !== null && fact.reason !== flat.reason) fault ??= ["reason", fact.reason];
  }
  return fault;
}
