/**
 * The order of a segment once some of its rules are merged: as near to the user's own as the dependencies allow.
 */
import type { Item, Segment } from "./dependencies.ts";
import type { EdgeLists } from "./edges.ts";

/** A place in the new order: a product (its number), or one flat rule. */
export interface OrderedNode {
  readonly product: number | null;
  /** The product's items, or the one flat item; in source order. */
  readonly items: readonly Item[];
}

/**
 * Orders products and flat rules. `products` hold indexes of items; a rule may be in several, and with `alsoFlat` have a place of its own beside them. Null: the products can't all be
 * merged, since one would have to stand both before and after another.
 */
export function orderSegment(
  { items, before, after }: Segment,
  products: readonly (readonly number[])[],
  alsoFlat: { has(index: number): boolean } = NOTHING,
): readonly OrderedNode[] | null {
  if (products.length === 0) return items.map((item) => ({ product: null, items: [item] }));
  const nodes: OrderedNode[] = products.map((indexes, product) => ({
    product,
    items: [...indexes].sort((left, right) => left - right).map((index) => items[index]!),
  }));
  const nodesOf = new NodesOfItems(items.length);
  products.forEach((indexes, product) => {
    for (const index of indexes) nodesOf.add(index, product);
  });
  for (const item of items) {
    if (nodesOf.has(item.index) && !alsoFlat.has(item.index)) continue;
    nodesOf.add(item.index, nodes.length);
    nodes.push({ product: null, items: [item] });
  }
  return topologicalOrder(nodes, nodesOf, before, after);
}

const NOTHING: ReadonlySet<number> = new Set();

/** The nodes that each item is in: nearly always one. */
class NodesOfItems {
  readonly #first: Int32Array;
  readonly #more = new Map<number, number[]>();

  constructor(items: number) {
    this.#first = new Int32Array(items).fill(-1);
  }

  has(item: number): boolean {
    return this.#first[item] !== -1;
  }

  add(item: number, node: number): void {
    if (!this.has(item)) this.#first[item] = node;
    else this.#more.set(item, [...(this.#more.get(item) ?? []), node]);
  }

  first(item: number): number {
    return this.#first[item]!;
  }

  /** Its nodes but the first. */
  more(item: number): readonly number[] {
    return this.#more.size === 0 ? NO_NODES : (this.#more.get(item) ?? NO_NODES);
  }
}

const NO_NODES: readonly number[] = [];

function topologicalOrder(
  nodes: readonly OrderedNode[],
  nodesOf: NodesOfItems,
  before: EdgeLists,
  after: EdgeLists,
): OrderedNode[] | null {
  // Counts edges between items, so that they need not be gathered for nodes: an edge counts once for each node that its ends are in. Inside a node, order is no question.
  const waitingFor = new Float64Array(nodes.length);
  const queue = new FirstLineQueue(nodes);
  nodes.forEach(({ items }, at) => {
    let count = 0;
    for (const { index } of items) {
      const to = before.starts[index + 1]!;
      for (let edge = before.starts[index]!; edge < to; edge++) {
        const item = before.others[edge]!;
        if (nodesOf.first(item) !== at) count++;
        for (const node of nodesOf.more(item)) if (node !== at) count++;
      }
    }
    waitingFor[at] = count;
    if (count === 0) queue.push(at);
  });
  const ordered: OrderedNode[] = [];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    ordered.push(nodes[at]!);
    for (const { index } of nodes[at]!.items) {
      const to = after.starts[index + 1]!;
      for (let edge = after.starts[index]!; edge < to; edge++) {
        const item = after.others[edge]!;
        const first = nodesOf.first(item);
        if (first !== at && --waitingFor[first]! === 0) queue.push(first);
        for (const node of nodesOf.more(item)) if (node !== at && --waitingFor[node]! === 0) queue.push(node);
      }
    }
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
