/**
 * Finds out what the plan's policy rules mean for a ruleset as it stands: which rules each merges, and in which order everything comes then. An edit that
 * can't be carried out is a diagnostic, never a guess.
 */
import { findJoinedRules } from "../cluster/choose-trees.ts";
import { type Item, segmentOf } from "../cluster/dependencies.ts";
import { type CutChain, cutTable } from "../cluster/segments.ts";
import { AXES, type Rule, type Ruleset } from "../model/types.ts";
import type { Tree } from "../cluster/trees.ts";
import { type TreesByCall, treeOfPolicy } from "../plan/tree-rules.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "../plan/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { Span } from "../text/source.ts";
import { mergeTree } from "./merge-trees.ts";
import {
  type ChainChoices,
  type MergedChain,
  type OpenSegment,
  orderChains,
  type TreeCalls,
} from "./order-chain.ts";
import { isAlike, type MergedRule, mergeItems } from "./product.ts";

export type { ChainEntry, ChainUse, MergedChain } from "./order-chain.ts";
export type { MergedRule } from "./product.ts";

/** Where each movable rule is, by line. */
type ItemsByLine = ReadonlyMap<number, { readonly segment: OpenSegment; readonly item: Item }>;

/** Sorts the accepted policy rules of one input into its chains. */
export function mergeRules(
  ruleset: Ruleset,
  plan: Plan,
  input: number,
  trees: TreesByCall,
  { useOf = () => undefined, isShared = () => false, hasRests = () => true }: Partial<ChainChoices> = {},
): { readonly chains: readonly MergedChain[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  const open = new Set<Tree>();
  const calls: TreeCalls = new Map();
  const movable: { readonly policy: PlanPolicyRule; readonly used: readonly PlanGroup[] }[] = [];
  for (const policy of plan.policyRules) {
    if (policy.input !== input || !policy.accept) continue;
    const used = AXES.flatMap((axis) => groups.get(policy.groups[axis] ?? "") ?? []);
    if (used.some((group) => !group.accept)) continue;
    const tree = treeOfPolicy(policy, trees);
    if (tree === null) {
      movable.push({ policy, used });
      continue;
    }
    const result = mergeTree(tree, policy, used, ruleset.family);
    const span = lineSpan(ruleset, tree.calls[0]!.line);
    diagnostics.push(...result.diagnostics.map((diagnostic) => ({ ...diagnostic, span })));
    if (result.merged === null) continue;
    open.add(tree);
    const places = tree.place === undefined ? tree.calls : [tree.place.rule];
    for (const { line } of places)
      calls.set(line, [...(calls.get(line) ?? []), result.merged].sort(byPlaceInRun));
  }
  diagnostics.push(...findPartialRuns(ruleset, trees, open, calls));
  const joined = new Set(
    [...calls.values()]
      .flat()
      .flatMap(({ policy, rules }) => findJoinedRules({ chain: policy.chain, rules })),
  );
  const cut = ruleset.tables.flatMap((table) => cutTable(table, ruleset, plan, joined));
  const wanted = new Set(movable.flatMap(({ policy }) => policy.lines));
  const { segments, byLine } = openSegments(cut, wanted);
  for (const { policy, used } of movable) place(policy, used, ruleset, byLine, diagnostics);
  diagnostics.push(...findTwice(calls, segments, ruleset));
  const spanOf = (line: number): Span => lineSpan(ruleset, line);
  const found = { segments, calls, diagnostics, spanOf };
  const chains = orderChains(cut, ruleset, { ...found, useOf, isShared, hasRests });
  return { chains, diagnostics };
}

/** A plan may name them in another order. */
function byPlaceInRun(one: MergedRule, other: MergedRule): number {
  return (one.place?.at ?? 0) - (other.place?.at ?? 0);
}

/** Its rules without those of group chains and of its run, which it may share with others. */
function ownRules({ policy, rules, replaces, place }: MergedRule): readonly Rule[] {
  return rules.filter(
    (rule) => rule !== place?.rule && (rule.chain === policy.chain || replaces.includes(rule.chain)),
  );
}

/** A run goes as a whole or not at all: what is refused would be lost with the run's chain. */
function findPartialRuns(
  ruleset: Ruleset,
  trees: TreesByCall,
  merged: ReadonlySet<Tree>,
  calls: TreeCalls,
): readonly Diagnostic[] {
  return [...trees.values()].flatMap((tree) => {
    const others = tree.place === undefined ? undefined : calls.get(tree.place.rule.line);
    if (others === undefined || merged.has(tree)) return [];
    const args = { name: others[0]!.policy.name, chain: tree.variants[0]!.name ?? tree.calls[0]!.chain };
    return [makeDiagnostic("POLICY_RULE_OF_RUN", lineSpan(ruleset, tree.calls[0]!.line), args)];
  });
}

/** A plan may name rules of a chain that goes with a tree: those would be lost. */
function findTwice(
  calls: TreeCalls,
  segments: ReadonlyMap<object, OpenSegment>,
  ruleset: Ruleset,
): readonly Diagnostic[] {
  const all = [...new Set([...calls.values()].flat())];
  const owners = new Map<number, MergedRule>();
  for (const merged of all) for (const { line } of ownRules(merged)) owners.set(line, merged);
  const others = [...segments.values()].flatMap(({ merged }) => merged.map((each) => each.merged));
  return [...all, ...others].flatMap((merged) => {
    const twice = ownRules(merged).find(({ line }) => (owners.get(line) ?? merged) !== merged);
    if (twice === undefined) return [];
    const { line } = twice;
    const args = { name: merged.policy.name, line };
    return [makeDiagnostic("POLICY_RULE_FIXED_LINE", lineSpan(ruleset, line), args)];
  });
}

/** All segments, and where they have the lines that are asked for. */
function openSegments(
  cut: readonly CutChain[],
  wanted: ReadonlySet<number>,
): {
  readonly segments: ReadonlyMap<object, OpenSegment>;
  readonly byLine: ItemsByLine;
} {
  const segments = new Map<object, OpenSegment>();
  const byLine = new Map<number, { readonly segment: OpenSegment; readonly item: Item }>();
  for (const { pieces } of cut) {
    for (const piece of pieces) {
      if (piece.kind !== "segment") continue;
      const segment: OpenSegment = { segment: segmentOf(piece.rules), merged: [] };
      segments.set(piece, segment);
      for (const item of segment.segment.items) {
        const { line } = item.movable.rule;
        if (wanted.has(line)) byLine.set(line, { segment, item });
      }
    }
  }
  return { segments, byLine };
}

/** Puts a policy rule into the segment that its lines are in, or says why it can't be there. */
function place(
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
  ruleset: Ruleset,
  byLine: ItemsByLine,
  diagnostics: Diagnostic[],
): void {
  const places = policy.lines.map((line) => byLine.get(line));
  const missing = places.indexOf(undefined);
  if (missing !== -1) {
    const line = policy.lines[missing]!;
    diagnostics.push(
      makeDiagnostic("POLICY_RULE_FIXED_LINE", lineSpan(ruleset, line), { name: policy.name, line }),
    );
    return;
  }
  const found = places.filter((entry) => entry !== undefined);
  const first = found[0];
  if (first === undefined) return;
  const stranger = found.find(
    ({ segment, item }) => segment !== first.segment || !isAlike(item.movable, first.item.movable),
  );
  if (stranger !== undefined) {
    const { line } = stranger.item.movable.rule;
    const args = { name: policy.name, line, first: first.item.movable.rule.line };
    diagnostics.push(makeDiagnostic("POLICY_RULE_MIXED_LINES", lineSpan(ruleset, line), args));
    return;
  }
  const result = mergeItems(
    policy,
    groups,
    found.map(({ item }) => item),
    ruleset.family,
  );
  if (result.kind === "refused") {
    const span = lineSpan(ruleset, first.item.movable.rule.line);
    diagnostics.push(makeDiagnostic(result.code, span, result.args));
    return;
  }
  if (result.kind === "merged") first.segment.merged.push(result);
}

/** The place of a rule's line in its file. */
function lineSpan(ruleset: Ruleset, line: number): Span {
  const { file } = ruleset;
  const start = file.lineStarts[line - 1] ?? 0;
  const next = file.text.indexOf("\n", start);
  return { file, start, end: next === -1 ? file.text.length : next };
}
