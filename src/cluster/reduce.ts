/**
 * Thins out dependencies: of the edges of a graph, those that follow from the others go. Rules that nearly all depend on each other have millions
 * of edges, and a few thousand that say the same.
 */

import { EdgeCollector, type EdgeLists } from "./edges.ts";

/** Below that many edges a node, thinning out costs more than it saves. */
const DENSE = 16;

/** Nodes up to which the sets of ancestors (a bit a pair) take 32 MB at most. */
const MOST_NODES = 16_384;

/**
 * Collects, node by node, the earlier nodes that each depends on. As soon as the graph is dense, what depends on through others is left out; sparse graphs and very
 * large ones stay as they are. The ancestors of every node are the same either way.
 */
export class ThinEdges {
  readonly #nodes: number;
  #edges: EdgeCollector;
  #ancestors: Ancestors | null = null;

  constructor(nodes: number) {
    this.#nodes = nodes;
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
    const isDense = this.#edges.count >= DENSE * this.#nodes && this.#nodes <= MOST_NODES;
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
    return this.#edges.lists();
  }
}

/** The ancestors of nodes, and which of those are needed to reach them all. */
class Ancestors {
  readonly #words: number;
  readonly #ancestors: Uint32Array;

  constructor(nodes: number) {
    this.#words = (nodes + 31) >>> 5;
    this.#ancestors = new Uint32Array(this.#words * nodes);
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
    // Nearest first: what stands further up is often an ancestor of it.
    for (let at = before.length - 1; at >= 0; at--) {
      const other = before[at]!;
      if ((ancestors[row + (other >>> 5)]! & (1 << (other & 31))) !== 0) continue;
      direct.push(other);
      const from = other * this.#words;
      for (let word = 0; word <= other >>> 5; word++) ancestors[row + word]! |= ancestors[from + word]!;
      ancestors[row + (other >>> 5)]! |= 1 << (other & 31);
    }
    return direct;
  }
}
