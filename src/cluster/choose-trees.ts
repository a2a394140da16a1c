/**
 * Chooses the trees that become rule chains, before anything else is searched: somebody has made these products, so they are taken as they are, and not
 * merged with others.
 */
import type { Axis, Rule, Ruleset } from "../model/types.ts";
import { selectProducts } from "./select.ts";
import { findTrees, type Tree } from "./trees.ts";
import type { Clustering, ClusterOptions, MemberSet, Product, TreeProduct } from "./types.ts";

/** Whether a person has a name for a set. */
export type IsKnown = (axis: Axis, members: readonly string[]) => boolean;

/** The trees that pay. */
export interface ChosenTrees {
  readonly products: readonly TreeProduct[];
  /** `table chain` of the chains that go. */
  readonly gone: ReadonlySet<string>;
  /** The outermost of the others. */
  readonly declined: readonly TreeProduct[];
}

/** Chooses; of trees inside each other the outermost that pays. `certain`: those that are taken in any case. */
export function chooseTrees(
  ruleset: Ruleset,
  options: ClusterOptions,
  isKnown: IsKnown,
  certain: readonly TreeProduct[] = [],
): ChosenTrees {
  const gone = new Set<string>();
  const products: TreeProduct[] = [];
  const declined: TreeProduct[] = [];
  const take = (product: TreeProduct): void => {
    products.push(product);
    for (const chain of product.replaces) gone.add(`${product.table} ${chain}`);
  };
  for (const product of certain) take(product);
  let open: TreeProduct[] = ruleset.tables.flatMap((table) =>
    findTrees(table, ruleset.family, options)
      // Neither one of the certain ones again, nor one that is called from their chains.
      .filter(({ chain, chains }) => ![chain, ...chains].some((name) => gone.has(`${table.name} ${name}`)))
      .flatMap((tree) => pickVariant(tree, isKnown) ?? []),
  );
  while (open.length > 0) {
    const candidates = new Set<Product>(outermost(open));
    if (candidates.size === 0) break;
    const chosen =
      options.compiledChains === true
        ? candidates
        : new Set<Product>(selectProducts([...candidates], products));
    for (const product of open) {
      if (chosen.has(product)) take(product);
      else if (candidates.has(product)) declined.push(product);
    }
    // What is inside a chosen one is gone; what is inside one that doesn't pay has its turn now.
    open = open.filter(
      (product) => !candidates.has(product) && !gone.has(`${product.table} ${product.chain}`),
    );
  }
  return {
    products,
    gone,
    declined: outermost(declined.filter(({ chain, table }) => !gone.has(`${table} ${chain}`))),
  };
}

/** Declined chains of exceptions that pay all the same, beside groups that were found in other rules. */
export function findLateTrees({ products, declined = [] }: Clustering): readonly TreeProduct[] {
  const candidates = declined.filter(({ negated }) => negated !== undefined);
  if (candidates.length === 0) return [];
  const inside = new Set(
    candidates.flatMap(({ table, replaces }) => replaces.map((chain) => `${table} ${chain}`)),
  );
  const others = products.filter(({ table, chain }) => !inside.has(`${table} ${chain}`));
  const chosen = new Set<Product>(selectProducts(candidates, others));
  return candidates.filter((product) => chosen.has(product));
}

/** Flat rules that a tree stands for: they have no place of their own any more. */
export function findJoinedRules({ chain, rules }: Pick<Product, "chain" | "rules">): readonly Rule[] {
  return rules.filter(
    (rule) => rule.chain === chain && rule.target.kind !== "jump" && rule.target.kind !== "goto",
  );
}

/** Those that are in no chain of another. */
function outermost(trees: readonly TreeProduct[]): readonly TreeProduct[] {
  const inner = new Set(trees.flatMap(({ table, replaces }) => replaces.map((chain) => `${table} ${chain}`)));
  return trees.filter(({ table, chain }) => !inner.has(`${table} ${chain}`));
}

/**
 * The reading of a tree that a person would give it: with its services as a set where they have a name, else the simpler one. A chain for a single set, or for none, may be
 * there for its own sake: it is only taken apart where the set has a name.
 */
function pickVariant({ chains, variants }: Tree, isKnown: IsKnown): TreeProduct | null {
  const marked = variants.map((variant) => markKnown(variant, isKnown));
  const hasNamedServices = ({ sets }: TreeProduct) =>
    sets.some(({ axis, isKnown: isNamed }) => axis === "service" && isNamed === true);
  const picked = marked.find(hasNamedServices) ?? marked[0];
  if (picked === undefined) return null;
  const isNamed = picked.sets.every((set) => set.isKnown === true);
  const isChain = chains.length > 0 && picked.sets.length > 1;
  return isNamed || isChain || picked.negated !== undefined ? picked : null;
}

/** A product whose sets say whether they have a name. */
export function markKnown<Found extends Product>(product: Found, isKnown: IsKnown): Found {
  const sets = product.sets.map(
    (set): MemberSet => (isKnown(set.axis, set.members) ? { ...set, isKnown: true } : set),
  );
  return sets.some((set) => set.isKnown === true) ? { ...product, sets } : product;
}
