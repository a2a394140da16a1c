/**
 * A segment in which each product is one item: what may stand side by side of the rest, wherever the products are put. Layouts put them in other places than the search does, and
 * what only one of these places keeps apart would be found by a second import.
 */
import type { Item, Segment } from "./dependencies.ts";
import { EdgeCollector, reverseEdges } from "./edges.ts";
import type { Movable } from "./features.ts";
import { orderSegment } from "./order.ts";

/** A segment of what is left of another one. */
export interface Contracted {
  readonly segment: Segment;
  /** Whether an item stands for a product. */
  readonly isProduct: (item: Item) => boolean;
}

/** Contracts products, given as indexes of items; null where they can't be put in order. */
export function contractSegment(
  segment: Segment,
  products: readonly (readonly number[])[],
): Contracted | null {
  const nodes = orderSegment(segment, products);
  if (nodes === null) return null;
  const standIns = new Set<Movable>();
  const items = nodes.map(({ product, items: own }, index): Item => {
    const { movable } = own[0]!;
    if (product === null) return { movable, index };
    // Of a class and a signature of its own, so that nothing is like it.
    const standIn = { ...movable, classKey: `product ${product}`, signature: `product ${product}` };
    standIns.add(standIn);
    return { movable: standIn, index };
  });
  const places: number[][] = segment.items.map(() => []);
  nodes.forEach(({ items: own }, at) => {
    for (const { index } of own) places[index]!.push(at);
  });
  const edges = new EdgeCollector(nodes.length);
  nodes.forEach(({ items: own }, at) => {
    const others = new Set<number>();
    for (const { index } of own) {
      const to = segment.before.starts[index + 1]!;
      for (let edge = segment.before.starts[index]!; edge < to; edge++)
        for (const other of places[segment.before.others[edge]!]!) if (other !== at) others.add(other);
    }
    for (const other of others) edges.add(other);
    edges.close();
  });
  const before = edges.lists();
  const placeOf = new Map(items.map(({ movable: { rule } }, index) => [rule, index]));
  return {
    segment: { items, placeOf, before, after: reverseEdges(before) },
    isProduct: ({ movable }) => standIns.has(movable),
  };
}
