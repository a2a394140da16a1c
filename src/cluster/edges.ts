/**
 * Edges between numbered nodes in two arrays: graphs of a ruleset have millions of them.
 */

/** For each node others: those of node `n` are `others[starts[n]]` up to `others[starts[n + 1]]`, that one excluded. */
export interface EdgeLists {
  readonly starts: Int32Array;
  readonly others: Int32Array;
}

/** Collects the lists of nodes 0, 1, 2 …, one after the other. */
export class EdgeCollector {
  readonly #starts: Int32Array;
  #others = new Int32Array(1024);
  #count = 0;
  #node = 0;

  constructor(nodes: number) {
    this.#starts = new Int32Array(nodes + 1);
  }

  /** Edges so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds to the list of the node that is open. */
  add(other: number): void {
    if (this.#count === this.#others.length) {
      const wider = new Int32Array(2 * this.#count);
      wider.set(this.#others);
      this.#others = wider;
    }
    this.#others[this.#count++] = other;
  }

  /** What the open node has; valid until something is added. */
  open(): Int32Array {
    return this.#others.subarray(this.#starts[this.#node], this.#count);
  }

  /** Puts `others` in the place of what the open node has. */
  replace(others: readonly number[]): void {
    this.#count = this.#starts[this.#node]!;
    for (const other of others) this.add(other);
  }

  /** Closes the open node; the next one is open then. */
  close(): void {
    this.#starts[++this.#node] = this.#count;
  }

  /** The node that is open. */
  get node(): number {
    return this.#node;
  }

  /** The lists of the nodes that are closed. */
  lists(): EdgeLists {
    return { starts: this.#starts, others: this.#others.slice(0, this.#count) };
  }
}

/** The same edges from the other end. */
export function reverseEdges({ starts, others }: EdgeLists): EdgeLists {
  const nodes = starts.length - 1;
  const reversed = new Int32Array(nodes + 1);
  for (const other of others) reversed[other + 1]!++;
  for (let node = 0; node < nodes; node++) reversed[node + 1]! += reversed[node]!;
  const next = reversed.slice();
  const from = new Int32Array(others.length);
  for (let node = 0; node < nodes; node++) {
    for (let at = starts[node]!; at < starts[node + 1]!; at++) from[next[others[at]!]!++] = node;
  }
  return { starts: reversed, others: from };
}
