/**
 * The coarsest parts that sets of ports are made of: each set is a union of some of them, and no two of them overlap.
 */
import type { PortRange } from "../model/types.ts";
import { joinRanges } from "./port-tokens.ts";

/** Ports that are in the same sets. */
export interface PortPart {
  readonly ranges: readonly PortRange[];
  /** The sets, by their places, ascending; at least one. */
  readonly holders: readonly number[];
}

/** Sets that hang together, directly or not, through common ports: two at least. */
export interface PortKin {
  /** Their places, ascending. */
  readonly members: readonly number[];
  /** In the order of their first ports. */
  readonly parts: readonly PortPart[];
}

/** Finds the parts; sets that share no port with another are in none of the answers. */
export function findParts(sets: readonly (readonly PortRange[])[]): readonly PortKin[] {
  const pieces = cutPieces(sets);
  const kin = new Map<number, number>();
  const rootOf = (set: number): number => {
    let root = set;
    for (let parent = kin.get(root); parent !== undefined && parent !== root; parent = kin.get(root))
      root = parent;
    return root;
  };
  for (const { holders } of pieces)
    for (const other of holders.slice(1)) {
      const [left, right] = [rootOf(holders[0]!), rootOf(other)];
      kin.set(Math.max(left, right), Math.min(left, right));
    }
  const families = new Map<number, { readonly members: number[]; readonly parts: Map<string, PortPart> }>();
  sets.forEach((_, set) => {
    const root = rootOf(set);
    const family = families.get(root);
    if (family === undefined) families.set(root, { members: [set], parts: new Map() });
    else family.members.push(set);
  });
  for (const { ranges, holders } of pieces) {
    const { parts } = families.get(rootOf(holders[0]!))!;
    const key = holders.join();
    parts.set(key, { holders, ranges: [...(parts.get(key)?.ranges ?? []), ...ranges] });
  }
  return [...families.values()]
    .filter(({ members }) => members.length > 1)
    .map(({ members, parts }) => ({
      members,
      parts: [...parts.values()].map((part) => ({ ...part, ranges: joinRanges(part.ranges) })),
    }));
}

/** Stretches of ports from one border of a set to the next, ascending; those in no set aside. */
function cutPieces(sets: readonly (readonly PortRange[])[]): readonly PortPart[] {
  const borders = sets.flatMap((ranges, set) =>
    ranges.flatMap(({ first, last }) => [
      { at: first, set, opens: true },
      { at: last + 1, set, opens: false },
    ]),
  );
  borders.sort((one, other) => one.at - other.at);
  const pieces: PortPart[] = [];
  const open = new Set<number>();
  let from = 0;
  for (const { at, set, opens } of borders) {
    if (open.size > 0 && at > from) {
      const holders = [...open].sort((one, other) => one - other);
      pieces.push({ ranges: [{ first: from, last: at - 1 }], holders });
    }
    from = at;
    if (opens) open.add(set);
    else open.delete(set);
  }
  return pieces;
}
