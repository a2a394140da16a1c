/**
 * Thins out dependencies: of the edges of a graph, those that follow from the others go. Rules that nearly all depend on each other have millions
 * of edges, and a few thousand that say the same.
 */

import { EdgeCollector, type EdgeLists } from "./edges.ts";

/** Below that many edges a node, thinning out costs more than it saves. */
const DENSE = 16;

/** Nodes up to which the sets of ancestors (a bit a pair) take 32 MB at most. */
export const MOST_NODES = 16_384;

/**
 * Collects, node by node, the earlier nodes that each depends on. As soon as the graph is dense, what follows from others is left out; of very large graphs, it is
 * among the nodes with most edges. Sparse ones stay as they are. The ancestors of every node are the same either way.
 */
export class ThinEdges {
  readonly #nodes: number;
  readonly #mostNodes: number;
  #edges: EdgeCollector;
  #ancestors: Ancestors | null = null;

  constructor(nodes: number, mostNodes = MOST_NODES) {
    this.#nodes = nodes;
    this.#mostNodes = mostNodes;
    this.#edges = new EdgeCollector(nodes);
  }

  /** Edges so far. */
  get count(): number {
    return this.#edges.count;
  }

  /** An earlier node that the open node depends on. */
  add(earlier: number): void {
    this.#edges.add(earlier);
  }

  /** Closes the open node; the next one is open then. */
  close(): void {
    const { node } = this.#edges;
    if (this.#ancestors !== null) this.#edges.replace(this.#ancestors.direct(node, this.#edges.open()));
    this.#edges.close();
    const isDense = this.#edges.count >= DENSE * this.#nodes && this.#nodes <= this.#mostNodes;
    if (isDense && this.#ancestors === null) this.#startAgain(node + 1);
  }

  #startAgain(closed: number): void {
    const old = this.#edges.lists();
    this.#edges = new EdgeCollector(this.#nodes);
    this.#ancestors = new Ancestors(this.#nodes);
    for (let node = 0; node < closed; node++) {
      const list = old.others.subarray(old.starts[node], old.starts[node + 1]);
      for (const other of this.#ancestors.direct(node, list)) this.#edges.add(other);
      this.#edges.close();
    }
  }

  /** The lists; every node has to be closed. */
  lists(): EdgeLists {
    const lists = this.#edges.lists();
    return this.#nodes <= this.#mostNodes ? lists : thinBusiest(lists, this.#mostNodes);
  }
}

/** Leaves out what follows from edges between the nodes that have most of them. */
function thinBusiest(lists: EdgeLists, mostNodes: number): EdgeLists {
  const { starts, others } = lists;
  const nodes = starts.length - 1;
  const numbers = numberBusiest(lists, mostNodes);
  const ancestors = new Ancestors(numbers.busy.length);
  const thin = new EdgeCollector(nodes);
  for (let node = 0; node < nodes; node++) {
    const list = others.subarray(starts[node], starts[node + 1]);
    if (numbers.of[node] === -1) for (const other of list) thin.add(other);
    else {
      for (const other of list) if (numbers.of[other] === -1) thin.add(other);
      const busy = Int32Array.from(list, (other) => numbers.of[other]!).filter((number) => number !== -1);
      for (const number of ancestors.direct(numbers.of[node]!, busy)) thin.add(numbers.busy[number]!);
    }
    thin.close();
  }
  return thin.lists();
}

/** The nodes with most edges at either end, numbered in their order; others have -1. */
function numberBusiest(
  { starts, others }: EdgeLists,
  mostNodes: number,
): { readonly busy: readonly number[]; readonly of: Int32Array } {
  const edges = new Int32Array(starts.length - 1);
  for (const other of others) edges[other]!++;
  edges.forEach((after, node) => {
    edges[node] = Math.max(after, starts[node + 1]! - starts[node]!);
  });
  const most = [...edges.keys()].filter((node) => edges[node]! >= DENSE);
  most.sort((one, other) => edges[other]! - edges[one]! || one - other);
  const busy = most.slice(0, mostNodes).sort((one, other) => one - other);
  const of = new Int32Array(edges.length).fill(-1);
  busy.forEach((node, number) => {
    of[node] = number;
  });
  return { busy, of };
}

/** The ancestors of nodes, and which of those are needed to reach them all. */
class Ancestors {
  readonly #words: number;
  readonly #ancestors: Uint32Array;
  /** For each node how many words of its row may have bits: none where it has no ancestor, as the thousands of rules of a list of refused addresses. */
  readonly #used: Int32Array;

  constructor(nodes: number) {
    this.#words = (nodes + 31) >>> 5;
    this.#ancestors = new Uint32Array(this.#words * nodes);
    this.#used = new Int32Array(nodes);
  }

  /**
   * The nodes that `node` depends on directly; `before`, sorted by this call, has lower numbers only, of nodes that were given before. Its ancestors
   * stay the same.
   */
  direct(node: number, before: Int32Array): number[] {
    const ancestors = this.#ancestors;
    const row = node * this.#words;
    const direct: number[] = [];
    before.sort();
    const last = before.at(-1);
    if (last !== undefined) this.#used[node] = (last >>> 5) + 1;
    // Nearest first: what stands further up is often an ancestor of it.
    for (let at = before.length - 1; at >= 0; at--) {
      const other = before[at]!;
      if ((ancestors[row + (other >>> 5)]! & (1 << (other & 31))) !== 0) continue;
      direct.push(other);
      const from = other * this.#words;
      const used = this.#used[other]!;
      for (let word = 0; word < used; word++) ancestors[row + word]! |= ancestors[from + word]!;
      ancestors[row + (other >>> 5)]! |= 1 << (other & 31);
    }
    return direct;
  }
}
