/**
 * Which groups of a new plan are put together from others, and which are the same as others.
 */
import { setKey } from "../cluster/cost.ts";
import type { Product } from "../cluster/types.ts";
import type { Axis } from "../model/types.ts";
import { findIncludes, ownLists, settleIncludes } from "./includes.ts";
import { OPPOSITE } from "./twins.ts";
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
    // A chain of another table asks only what is there, too.
    chains.set(group, [...new Set([...(chains.get(group) ?? []), ...(set.includes ?? [])])]);
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

/**
 * Groups that could be the same as another one, by id. Of two, the one that others are a larger part of says the members, since the other one asks only groups that have one definition
 * with these; else the source or in-interface group does.
 */
export function findTwins(groups: readonly PlanGroup[]): ReadonlyMap<string, string> {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const own = (group: PlanGroup) => ownLists(group, byId).members.length;
  const key = (axis: Axis | undefined, members: readonly string[]) =>
    [axis, ...[...members].sort()].join("\n");
  const bySet = new Map(groups.map((group) => [key(group.axis, group.members), group]));
  return new Map(
    groups.flatMap((group) => {
      if (group.axis !== "destination" && group.axis !== "out") return [];
      const other = bySet.get(key(OPPOSITE[group.axis], group.members));
      if (other === undefined) return [];
      return own(group) < own(other) ? [[other.id, group.id] as const] : [[group.id, other.id] as const];
    }),
  );
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
