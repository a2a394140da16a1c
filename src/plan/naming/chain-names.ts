/**
 * Names that are given before any are made up: groups and policy rules that are chains already keep those of their chains.
 */
import { setKey } from "../../cluster/cost.ts";
import type { Clustering, Product } from "../../cluster/types.ts";
import { NameBook } from "./name-book.ts";

/** What was found in one ruleset. */
export type Found = Pick<Clustering, "ruleset" | "products">;

/** Names of chains that stay names. */
export interface ChainNames {
  /** Of sets, by key. */
  readonly sets: ReadonlyMap<string, string>;
  readonly policies: ReadonlyMap<Product, string>;
}

/** A book in which all chains have their names. Where several chains of one name, or several names of one set, are in the way of each other, the first has its own. */
export function openNames(found: readonly Found[]): {
  readonly book: NameBook;
  readonly chainNames: ChainNames;
} {
  const book = new NameBook(found.flatMap(findStaying));
  const products = found.flatMap((each) => each.products);
  const sets = new Map<string, string>();
  const policies = new Map<Product, string>();
  for (const set of products.flatMap((product) => product.sets)) {
    const key = setKey(set);
    if (set.chain !== undefined && !sets.has(key) && book.takeExactly(set.chain)) sets.set(key, set.chain);
  }
  for (const product of products) {
    const { name } = product;
    if (name !== undefined && book.takeExactly(name)) policies.set(product, name);
  }
  // What is left over is a chain's name all the same.
  for (const name of found.flatMap(findChains)) book.takeExactly(name);
  return { book, chainNames: { sets, policies } };
}

function findChains({ ruleset }: Found): readonly string[] {
  return ruleset.tables.flatMap(({ chains }) => chains.map(({ name }) => name));
}

/** Names of chains that are no group and no policy rule. */
function findStaying(each: Found): readonly string[] {
  const own = new Set(each.products.flatMap(({ name, sets }) => [name, ...sets.map(({ chain }) => chain)]));
  return findChains(each).filter((name) => !own.has(name));
}
