/**
 * Which policy rules of a plan stand for trees: products that are compiled into chains already.
 */
import { findMarkRules, type MarkRules } from "../cluster/marks/find.ts";
import { findTrees, type Tree } from "../cluster/trees.ts";
import type { ClusterOptions, TreeProduct } from "../cluster/types.ts";
import type { Ruleset } from "../model/types.ts";
import type { PlanPolicyRule } from "./types.ts";

/** The trees of a ruleset by the line of their first call. */
export type TreesByCall = ReadonlyMap<number, Tree>;

/** The products that a ruleset has as chains already. */
export interface OldProducts {
  readonly marks: MarkRules;
  /** Those of `marks` among them. */
  readonly trees: TreesByCall;
}

/** Finds them. */
export function findOldProducts(ruleset: Ruleset, options: ClusterOptions): OldProducts {
  const marks = findMarkRules(ruleset, options);
  const others = ruleset.tables.flatMap((table) => findTrees(table, ruleset.family, options));
  return { marks, trees: new Map([...marks.trees, ...others].map((tree) => [tree.calls[0]!.line, tree])) };
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
