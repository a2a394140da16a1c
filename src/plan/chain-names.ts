/**
 * Names that are given before any are made up: groups and policy rules that are chains already keep those of their chains.
 */
import { setKey } from "../cluster/cost.ts";
import type { Clustering } from "../cluster/types.ts";
import { NameBook } from "./names.ts";

/** The names of all inputs: those of chains that stay are taken. Sets keep theirs under their `setKey`, policy rules under `INPUT CHAIN`. */
export function openNames(sources: readonly { readonly clustering: Clustering }[]): NameBook {
  const made = sources.map(({ clustering }) => clustering.products.filter(({ name }) => name !== undefined));
  const names = new NameBook(
    sources.flatMap(({ clustering }, input) => {
      const own = new Set(
        made[input]!.flatMap(({ name, sets }) => [name, ...sets.map(({ chain }) => chain)]),
      );
      const chains = clustering.ruleset.tables.flatMap((table) => table.chains);
      return chains.map(({ name }) => name).filter((name) => !own.has(name));
    }),
  );
  for (const products of made) {
    for (const { sets } of products) {
      for (const set of sets) if (set.chain !== undefined) names.keep(setKey(set), set.chain);
    }
  }
  made.forEach((products, input) => {
    for (const { name } of products) if (name !== undefined) names.keep(`${input} ${name}`, name);
  });
  return names;
}
