/**
 * Which policy rules of a plan stand for trees: products that are compiled into chains already.
 */
import { findMarkRules } from "../cluster/marks/find.ts";
import { findTrees, type Tree } from "../cluster/trees.ts";
import type { ClusterOptions, TreeProduct } from "../cluster/types.ts";
import type { Ruleset } from "../model/types.ts";
import type { PlanPolicyRule } from "./types.ts";

/** The trees of a ruleset by the line of their first call. */
export type TreesByCall = ReadonlyMap<number, Tree>;

/** Finds them. */
export function indexTrees(ruleset: Ruleset, options: ClusterOptions): TreesByCall {
  const { trees: marked } = findMarkRules(ruleset, options);
  const trees = [...marked, ...ruleset.tables.flatMap((table) => findTrees(table, ruleset.family, options))];
  return new Map(trees.map((tree) => [tree.calls[0]!.line, tree]));
}

/** The tree that a policy rule stands for; null for rules that can be moved. */
export function treeOfPolicy(policy: PlanPolicyRule, trees: TreesByCall): Tree | null {
  for (const line of policy.lines) {
    const tree = trees.get(line);
    if (tree !== undefined && tree.table === policy.table && tree.chain === policy.chain) return tree;
  }
  return null;
}

/** The reading of a tree with exactly these axes. */
export function variantOf(tree: Tree, policy: PlanPolicyRule): TreeProduct | null {
  const axes = Object.keys(policy.groups).sort().join();
  return (
    tree.variants.find(
      ({ sets }) =>
        sets
          .map(({ axis }) => axis)
          .sort()
          .join() === axes,
    ) ?? null
  );
}
