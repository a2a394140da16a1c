/**
 * Brings places of a chain side by side that have something in common, as far as the dependencies allow.
 */
import type { Segment } from "./dependencies.ts";
import type { OrderedNode } from "./order.ts";
import { placesBefore } from "./order-by-use.ts";

/**
 * The order in which each place stands behind the last one of its key, if it may go there; the others stay. `keyOf` gives null for places that have nothing in common with others.
 * The same array where nothing moves.
 */
export function orderTogether(
  nodes: readonly OrderedNode[],
  segment: Segment,
  keyOf: (node: OrderedNode) => string | null,
): readonly OrderedNode[] {
  const keys = nodes.map(keyOf);
  const known = keys.filter((key) => key !== null);
  if (new Set(known).size === known.length) return nodes;
  const before = placesBefore(nodes, segment);
  const order: number[] = [];
  let isMoved = false;
  for (const [place, key] of keys.entries()) {
    const last = key === null ? -1 : order.findLastIndex((other) => keys[other] === key);
    // What has to stand between two places would be among those that are passed: direct dependencies are all.
    const mayMove = last !== -1 && order.slice(last + 1).every((other) => !before[place]!.has(other));
    isMoved ||= mayMove && last < order.length - 1;
    order.splice(mayMove ? last + 1 : order.length, 0, place);
  }
  return isMoved ? order.map((at) => nodes[at]!) : nodes;
}
