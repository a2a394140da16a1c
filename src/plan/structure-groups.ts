/**
 * Which groups of a new plan are put together from others.
 */
import { setKey } from "../cluster/cost.ts";
import type { Product } from "../cluster/types.ts";
import { findIncludes, settleIncludes } from "./includes.ts";
import type { PlanGroup, PlanOptions } from "./types.ts";

/** Groups that are chains already are put together as these are, others as they read best. */
export function structureGroups(
  groups: ReadonlyMap<string, PlanGroup>,
  products: readonly Product[],
): readonly PlanGroup[] {
  const chains = new Map<PlanGroup, readonly string[]>();
  const byChain = new Map<string, string>();
  for (const set of products.flatMap(({ sets }) => sets)) {
    if (set.chain === undefined) continue;
    const group = groups.get(setKey(set))!;
    byChain.set(`${set.axis} ${set.chain}`, group.id);
    chains.set(group, set.includes ?? []);
  }
  const known = [...groups.values()].map((group) => {
    const includes = (chains.get(group) ?? []).flatMap(
      (chain) => byChain.get(`${group.axis} ${chain}`) ?? [],
    );
    return includes.length === 0 ? group : { ...group, includes };
  });
  const settled = new Set([...chains.keys()].map(({ id }) => id));
  return settleIncludes(findIncludes(known, ({ id }) => !settled.has(id)));
}

/** Groups whose chains keep their members in a set already go on so, unless somebody says where all groups keep theirs. */
export function keepStored(
  groups: readonly PlanGroup[],
  products: readonly Product[],
  { storage }: PlanOptions,
): readonly PlanGroup[] {
  if (storage !== undefined) return groups;
  const stored = new Set(
    products.flatMap(({ sets }) => sets.filter(({ isStored }) => isStored)).map((set) => setKey(set)),
  );
  return groups.map((group) => (stored.has(setKey(group)) ? { ...group, storage: "ipset" } : group));
}
