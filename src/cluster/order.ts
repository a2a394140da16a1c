/**
 * The order of a segment once some of its rules are merged: as near to the user's own as the dependencies allow.
 */
import { indexConflicts, type Item } from "./dependencies.ts";

/** A place in the new order: a product (its number), or one flat rule. */
export interface OrderedNode {
  readonly product: number | null;
  /** The product's items, or the one flat item; in source order. */
  readonly items: readonly Item[];
}

/**
 * Orders products and flat rules. `products` hold indexes of items; a rule may be in several. Null: the products can't all be
 * merged, since one would have to stand both before and after another.
 */
export function orderSegment(
  items: readonly Item[],
  products: readonly (readonly number[])[],
): readonly OrderedNode[] | null {
  if (products.length === 0) return items.map((item) => ({ product: null, items: [item] }));
  const nodes: OrderedNode[] = products.map((indexes, product) => ({
    product,
    items: [...indexes].sort((left, right) => left - right).map((index) => items[index]!),
  }));
  const nodesOf: number[][] = items.map(() => []);
  products.forEach((indexes, product) => {
    for (const index of indexes) nodesOf[index]!.push(product);
  });
  for (const item of items) {
    if (nodesOf[item.index]!.length > 0) continue;
    nodesOf[item.index]!.push(nodes.length);
    nodes.push({ product: null, items: [item] });
  }
  return topologicalOrder(nodes, findEdges(items, nodesOf, nodes.length));
}

/** Successors of each node, without repeats. */
function findEdges(
  items: readonly Item[],
  nodesOf: readonly (readonly number[])[],
  count: number,
): Set<number>[] {
  const successors: Set<number>[] = Array.from({ length: count }, () => new Set<number>());
  const index = indexConflicts(items);
  for (const item of items) {
    index.forEachEarlierConflict(item, (other) => {
      for (const before of nodesOf[other.index]!) {
        for (const after of nodesOf[item.index]!) successors[before]!.add(after);
      }
    });
  }
  return successors;
}

function topologicalOrder(
  nodes: readonly OrderedNode[],
  successors: readonly Set<number>[],
): OrderedNode[] | null {
  const waitingFor = new Int32Array(nodes.length);
  for (const set of successors) for (const after of set) waitingFor[after]!++;
  const queue = new FirstLineQueue(nodes);
  nodes.forEach((_, at) => {
    if (waitingFor[at] === 0) queue.push(at);
  });
  const ordered: OrderedNode[] = [];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    ordered.push(nodes[at]!);
    for (const after of successors[at]!) if (--waitingFor[after]! === 0) queue.push(after);
  }
  return ordered.length === nodes.length ? ordered : null;
}

/** A binary heap of node numbers; the node whose first rule stands first comes out first. */
class FirstLineQueue {
  readonly #heap: number[] = [];
  readonly #nodes: readonly OrderedNode[];

  constructor(nodes: readonly OrderedNode[]) {
    this.#nodes = nodes;
  }

  #isBefore(left: number, right: number): boolean {
    const difference = this.#nodes[left]!.items[0]!.index - this.#nodes[right]!.items[0]!.index;
    return difference < 0 || (difference === 0 && left < right);
  }

  push(node: number): void {
    const heap = this.#heap;
    let at = heap.push(node) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(heap[at]!, heap[parent]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  pop(): number | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#isBefore(heap[child]!, heap[least]!)) least = child;
      }
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}
