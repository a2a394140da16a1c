/**
 * Gives groups mark bits. A group that is the union of smaller ones needs none of its own: a packet with one of theirs is in it.
 */
import { chainMembers } from "../../plan/policy-change.ts";
import type { PlanGroup } from "../../plan/types.ts";

/** The bits of each group; null where there are not enough. Unions have bits of their own as long as there are, since that is easier to read. */
export function giveBits(
  groups: ReadonlySet<PlanGroup>,
  free: number,
): ReadonlyMap<PlanGroup, number> | null {
  const open = Array.from({ length: 32 }, (_, at) => (1 << at) >>> 0).filter((bit) => (free & bit) !== 0);
  const sorted = [...groups].sort((one, other) => (key(one) < key(other) ? -1 : 1));
  const unions =
    sorted.length <= open.length ? new Map<PlanGroup, readonly PlanGroup[]>() : findUnions(sorted);
  const basis = sorted.filter((group) => !unions.has(group));
  if (basis.length > open.length) return null;
  const bits = new Map(basis.map((group, at) => [group, open[at]!]));
  for (const [union, parts] of unions)
    bits.set(
      union,
      parts.reduce((all, part) => (all | bits.get(part)!) >>> 0, 0),
    );
  return bits;
}

/** Names stay from one import to the next. */
function key({ axis, name }: PlanGroup): string {
  return `${axis} ${name}`;
}

/** Groups that have the members of smaller ones and no others, each with those among them that are no unions: they are the same for whatever asks for them. */
function findUnions(groups: readonly PlanGroup[]): ReadonlyMap<PlanGroup, readonly PlanGroup[]> {
  const members = new Map(groups.map((group) => [group, new Set(chainMembers(group))]));
  const size = (group: PlanGroup): number => members.get(group)!.size;
  const unions = new Map<PlanGroup, readonly PlanGroup[]>();
  for (const group of [...groups].sort((one, other) => size(one) - size(other))) {
    const own = members.get(group)!;
    const parts = groups.filter(
      (part) =>
        part.axis === group.axis &&
        size(part) < own.size &&
        !unions.has(part) &&
        [...members.get(part)!].every((member) => own.has(member)),
    );
    const covered = new Set(parts.flatMap((part) => [...members.get(part)!]));
    if (covered.size === own.size) unions.set(group, parts);
  }
  return unions;
}
