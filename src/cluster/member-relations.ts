/**
 * Which packets members of groups have in common.
 */
import type { Interval } from "../import/named-set.ts";
import type { Axis } from "../model/types.ts";
import { memberIntervals } from "./member-intervals.ts";

/** Compares members by their texts; a class because it remembers their intervals. */
export class MemberRelations {
  readonly #intervals = new Map<string, readonly Interval[] | null>();

  /** Whether some packet is meant by both members, as far as that can be told: equal texts alone where intervals don't say. */
  overlap(axis: Axis, one: string, other: string): boolean {
    if (one === other) return true;
    if (axis === "in" || axis === "out") return isWildcardOf(one, other) || isWildcardOf(other, one);
    const [left, right] = [this.#intervalsOf(axis, one), this.#intervalsOf(axis, other)];
    if (left === null || right === null) return false;
    return left.some((piece) =>
      right.some(
        ({ lane, first, last }) => lanesMeet(piece.lane, lane) && piece.first <= last && first <= piece.last,
      ),
    );
  }

  /** Whether all packets that are meant by the second member are meant by the first; null where intervals don't say. */
  contains(axis: Axis, one: string, other: string): boolean | null {
    if (one === other) return true;
    if (axis === "in" || axis === "out") return isWildcardOf(one, other);
    const [outer, inner] = [this.#intervalsOf(axis, one), this.#intervalsOf(axis, other)];
    if (outer === null || inner === null) return null;
    return inner.every((piece) =>
      outer.some(
        ({ lane, first, last }) =>
          isLaneInside(piece.lane, lane) && first <= piece.first && piece.last <= last,
      ),
    );
  }

  #intervalsOf(axis: Axis, member: string): readonly Interval[] | null {
    const key = `${axis} ${member}`;
    let intervals = this.#intervals.get(key);
    if (intervals === undefined) {
      intervals = memberIntervals(axis, member);
      this.#intervals.set(key, intervals);
    }
    return intervals;
  }
}

function isWildcardOf(wildcard: string, name: string): boolean {
  return wildcard.endsWith("+") && name.startsWith(wildcard.slice(0, -1));
}

/** A service's lane is its protocol and its source ports, which may overlap. */
function lanesMeet(one: string, other: string): boolean {
  if (one === other) return true;
  const [left, right] = [portLane(one), portLane(other)];
  if (left === null || right === null || left.protocol !== right.protocol) return false;
  return left.first <= right.last && right.first <= left.last;
}

function isLaneInside(inner: string, outer: string): boolean {
  if (inner === outer) return true;
  const [left, right] = [portLane(inner), portLane(outer)];
  if (left === null || right === null || left.protocol !== right.protocol) return false;
  return right.first <= left.first && left.last <= right.last;
}

function portLane(
  lane: string,
): { readonly protocol: number; readonly first: number; readonly last: number } | null {
  const [protocol, first, last] = /^(\d+) (\d+):(\d+)$/.exec(lane)?.slice(1).map(Number) ?? [];
  return protocol === undefined ? null : { protocol, first: first!, last: last! };
}
