/**
 * Which groups of a new plan are put together from others, and which are the same as others.
 */
import { setKey } from "../cluster/cost.ts";
import type { Product } from "../cluster/types.ts";
import { findIncludes, settleIncludes } from "./includes.ts";
import { findTwins } from "./twins.ts";
import type { PlanGroup } from "./types.ts";

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
  return joinTwins(settleIncludes(findIncludes(known, ({ id }) => !settled.has(id))), settled);
}

/** Groups of one definition say so; chains (`settled`) only where they stay what they are by that: an import of what was written changes nothing. */
function joinTwins(groups: readonly PlanGroup[], settled: ReadonlySet<string>): readonly PlanGroup[] {
  const twins = new Map(findTwins(groups));
  const shape = ({ members, includes = [] }: PlanGroup) => JSON.stringify([members, includes]);
  const before = new Map(groups.map((group) => [group.id, shape(group)]));
  for (;;) {
    const joined = settleIncludes(
      groups.map((group) => {
        const sameAs = twins.get(group.id);
        return sameAs === undefined ? group : { ...group, sameAs };
      }),
    );
    const odd = joined.filter(
      (group) => settled.has(group.id) && group.sameAs !== undefined && shape(group) !== before.get(group.id),
    );
    if (odd.length === 0) return joined;
    // Larger groups may have been the same because these are.
    for (const { id } of odd) twins.delete(id);
  }
}
