/**
 * Which groups share members.
 */
import type { GroupView } from "../../view.ts";
import { type Pair, orderSides } from "./order.ts";

/** How two groups are to each other. */
export type Relation = "equal" | "within" | "overlap";

/** Two groups that share members; `within`: the first is in the other. */
export interface Overlap {
  /** Stands in addresses. */
  readonly id: string;
  readonly one: GroupView;
  readonly other: GroupView;
  readonly shared: readonly string[];
  readonly relation: Relation;
  /** Shared members in all members of both, 0 to 1. */
  readonly likeness: number;
}

/** Addresses are of one kind, whether packets come from them or go to them; so are interfaces. */
const KINDS = {
  source: "address",
  destination: "address",
  service: "service",
  in: "device",
  out: "device",
} as const;

/** Finds them, the most alike first; groups without a common member are never compared. */
export function findOverlaps(groups: readonly GroupView[]): readonly Overlap[] {
  const holders = new Map<string, number[]>();
  const pairs = new Map<string, string[]>();
  for (const [at, { axis, members }] of groups.entries()) {
    for (const member of new Set(members)) {
      const key = `${KINDS[axis]} ${member}`;
      const before = holders.get(key) ?? [];
      for (const other of before) {
        const pair = `${other} ${at}`;
        const shared = pairs.get(pair);
        if (shared === undefined) pairs.set(pair, [member]);
        else shared.push(member);
      }
      holders.set(key, [...before, at]);
    }
  }
  const found = [...pairs].map(([pair, shared]) => {
    const [one, other] = pair.split(" ").map((at) => groups[Number(at)]!);
    return describe(one!, other!, shared);
  });
  return found.sort((one, other) => other.likeness - one.likeness || other.shared.length - one.shared.length);
}

function describe(one: GroupView, other: GroupView, shared: readonly string[]): Overlap {
  const [small, large] = one.members.length <= other.members.length ? [one, other] : [other, one];
  const isWithin = shared.length === small.members.length;
  const relation = !isWithin ? "overlap" : small.members.length === large.members.length ? "equal" : "within";
  return {
    id: `${small.id}&${large.id}`,
    ...{ one: small, other: large, shared, relation },
    likeness: shared.length / (small.members.length + large.members.length - shared.length),
  };
}

/** The groups of some overlaps as a matrix: each a row and a column, those that share much near each other. */
export interface OverlapMatrix {
  readonly groups: readonly GroupView[];
  /** By row, then column; each overlap stands there twice. */
  readonly cells: readonly { readonly row: number; readonly column: number; readonly overlap: Overlap }[];
}

/** Makes it of the groups that share most, `most` of them. */
export function makeOverlapMatrix(overlaps: readonly Overlap[], most: number): OverlapMatrix {
  const weights = new Map<GroupView, number>();
  for (const { one, other, likeness } of overlaps)
    for (const group of [one, other]) weights.set(group, (weights.get(group) ?? 0) + likeness);
  const heaviest = [...weights].sort(([, one], [, other]) => other - one).slice(0, most);
  const groups = heaviest.map(([group]) => group);
  const at = new Map(groups.map((group, index) => [group, index]));
  const shown = overlaps.filter(({ one, other }) => at.has(one) && at.has(other));
  const pairs = shown.flatMap(({ one, other }): readonly Pair[] => {
    const [row, column] = [at.get(one)!, at.get(other)!];
    return [
      [row, column],
      [column, row],
    ];
  });
  const own = groups.map((_, index): Pair => [index, index]);
  const order = orderSides([...own, ...pairs], groups.length, groups.length).rows;
  const placeOf = new Map(order.map((index, place) => [groups[index]!, place]));
  const cells = shown.flatMap((overlap) => {
    const [row, column] = [placeOf.get(overlap.one)!, placeOf.get(overlap.other)!];
    return [
      { row, column, overlap },
      { row: column, column: row, overlap },
    ];
  });
  cells.sort((one, other) => one.row - other.row || one.column - other.column);
  return { groups: order.map((index) => groups[index]!), cells };
}
