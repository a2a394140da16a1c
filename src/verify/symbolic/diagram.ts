/**
 * Decision diagrams with many leaves, in flat typed arrays: functions from packets to small numbers, reduced and shared, so that equal functions are equal
 * numbers.
 *
 * A node is an integer. Leaves are negative (`leafNode(0)` is -1); inner nodes count up from 0, test one variable (its level) and lead on to two nodes of
 * higher levels. Nothing is ever freed: a diagram lives as long as one proof.
 */

/** Thrown when a proof would take more nodes or more time than it was given. */
export class BudgetSpent extends Error {
  override readonly name = "BudgetSpent";
  readonly what: "nodes" | "time";

  constructor(what: "nodes" | "time") {
    super(`the budget of ${what} is spent`);
    this.what = what;
  }
}

/** What a diagram may use. */
export interface DiagramBudget {
  /** Inner nodes. */
  readonly nodes: number;
  /** Throws BudgetSpent when the time is up; called now and then. */
  readonly checkTime: () => void;
}

/** Level of every leaf: below all variables. */
export const LEAF_LEVEL = 0xffff;

/** The node of a leaf number. */
export function leafNode(leaf: number): number {
  return ~leaf;
}

/** The leaf number of a leaf node. */
export function leafOf(node: number): number {
  return ~node;
}

/** How many nodes are made between two looks at the clock, less one. */
const CHECK_MASK = 0x3fff;

const FIRST_CAPACITY = 1 << 14;
const MOST_FIRST_CAPACITY = 1 << 21;

/** Nodes that a rule takes, about: room for so many is made at once. */
const NODES_PER_RULE = 64;

/** The nodes; a class because it guards them. */
export class Diagram {
  /** Inner nodes so far. */
  count = 0;
  /** By inner node. */
  levels: Uint16Array;
  lows: Int32Array;
  highs: Int32Array;
  /** By level: 0 or 1 where the variable is a constant in this proof, else -1. */
  readonly #fixed = new Int8Array(LEAF_LEVEL).fill(-1);
  readonly #budget: DiagramBudget;
  /** Open addressing; node + 1, or 0 for a free place. */
  #table: Int32Array;
  readonly #caches: OperationCache[] = [];

  /** `rules`: how many rules it is for. */
  constructor(budget: DiagramBudget, rules = 0) {
    this.#budget = budget;
    const wanted = 2 ** Math.ceil(Math.log2(1 + rules * NODES_PER_RULE));
    const capacity = Math.min(MOST_FIRST_CAPACITY, Math.max(FIRST_CAPACITY, wanted));
    this.levels = new Uint16Array(capacity);
    this.lows = new Int32Array(capacity);
    this.highs = new Int32Array(capacity);
    this.#table = new Int32Array(capacity * 2);
  }

  /** Makes a variable a constant: every node of that level is its low or its high branch. Before any node of that level is made. */
  fix(level: number, value: 0 | 1): void {
    this.#fixed[level] = value;
  }

  /** Throws BudgetSpent when the time is up. */
  get checkTime(): () => void {
    return this.#budget.checkTime;
  }

  /** The constant that a variable is, or -1. */
  fixedAt(level: number): number {
    return this.#fixed[level]!;
  }

  levelOf(node: number): number {
    return node < 0 ? LEAF_LEVEL : this.levels[node]!;
  }

  /** The node that tests `level`: both branches have higher levels. */
  make(level: number, low: number, high: number): number {
    if (low === high) return low;
    const fixed = this.#fixed[level]!;
    if (fixed !== -1) return fixed === 1 ? high : low;
    const mask = this.#table.length - 1;
    let place = hashTriple(level, low, high) & mask;
    for (;;) {
      const entry = this.#table[place]! - 1;
      if (entry === -1) break;
      if (this.levels[entry] === level && this.lows[entry] === low && this.highs[entry] === high)
        return entry;
      place = (place + 1) & mask;
    }
    return this.#add(place, level, low, high);
  }

  #add(place: number, level: number, low: number, high: number): number {
    const node = this.count++;
    if ((node & CHECK_MASK) === 0) {
      if (node >= this.#budget.nodes) throw new BudgetSpent("nodes");
      this.#budget.checkTime();
    }
    if (node === this.levels.length) this.#grow();
    this.levels[node] = level;
    this.lows[node] = low;
    this.highs[node] = high;
    // A new table has other places.
    if (this.count * 4 > this.#table.length * 3) this.#rehash();
    else this.#table[place] = node + 1;
    return node;
  }

  #grow(): void {
    const capacity = Math.ceil(this.levels.length * 1.5);
    const grow = <T extends Uint16Array | Int32Array>(array: T, make: (size: number) => T): T => {
      const grown = make(capacity);
      grown.set(array);
      return grown;
    };
    this.levels = grow(this.levels, (size) => new Uint16Array(size));
    this.lows = grow(this.lows, (size) => new Int32Array(size));
    this.highs = grow(this.highs, (size) => new Int32Array(size));
    for (const cache of this.#caches) cache.fit(capacity);
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    const mask = this.#table.length - 1;
    for (let node = 0; node < this.count; node++) {
      let place = hashTriple(this.levels[node]!, this.lows[node]!, this.highs[node]!) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = node + 1;
    }
  }

  /** A cache for an operation on nodes, which grows with the diagram. */
  makeCache(): OperationCache {
    const cache = new OperationCache(this.#budget.checkTime);
    cache.fit(this.levels.length);
    this.#caches.push(cache);
    return cache;
  }

  /** Where a node leads when the variable of `level` is 0, for a node of that level or a higher one. */
  lowAt(node: number, level: number): number {
    return this.levelOf(node) === level ? this.lows[node]! : node;
  }

  /** The same for 1. */
  highAt(node: number, level: number): number {
    return this.levelOf(node) === level ? this.highs[node]! : node;
  }

  /** Follows a node down to its leaf; `bit` answers for a level. */
  evaluate(node: number, bit: (level: number) => number): number {
    let at = node;
    while (at >= 0) at = bit(this.levels[at]!) === 1 ? this.highs[at]! : this.lows[at]!;
    return at;
  }
}

/** Whether a diagram tests one of these levels. */
export function dependsOn(diagram: Diagram, node: number, levels: readonly number[]): boolean {
  const seen = new Set<number>();
  const last = Math.max(...levels);
  const visit = (at: number): boolean => {
    const level = diagram.levelOf(at);
    if (level > last || seen.has(at)) return false;
    seen.add(at);
    return levels.includes(level) || visit(diagram.lows[at]!) || visit(diagram.highs[at]!);
  };
  return visit(node);
}

/** Entries of a cache: one for so many nodes that there is room for, and so many at most. More of them miss less and are slower, since they are in no processor's cache. */
const NODES_PER_ENTRY = 16;
const FEWEST_ENTRIES = 1 << 14;
const MOST_ENTRIES = 1 << 19;

/** Remembers results by up to three nodes; newer results push out older ones. A class because it guards its arrays. */
export class OperationCache {
  #keys: Int32Array = new Int32Array(0);
  #mask = 0;
  #results = 0;
  readonly #checkTime: () => void;

  constructor(checkTime: () => void) {
    this.#checkTime = checkTime;
  }

  /** Makes room for a diagram of that many nodes; what was remembered is forgotten. */
  fit(nodes: number): void {
    const wanted = 2 ** Math.floor(Math.log2(nodes / NODES_PER_ENTRY));
    const entries = Math.min(Math.max(wanted, FEWEST_ENTRIES), MOST_ENTRIES);
    if (this.#keys.length === entries * 4) return;
    this.#keys = new Int32Array(entries * 4);
    this.#mask = entries - 1;
  }

  /** The result, or EMPTY. */
  get(one: number, two: number, three: number): number {
    const at = (hashTriple(one, two, three) & this.#mask) << 2;
    const keys = this.#keys;
    return keys[at] === (one ^ NO_NODE) && keys[at + 1] === two && keys[at + 2] === three
      ? keys[at + 3]!
      : EMPTY;
  }

  set(one: number, two: number, three: number, result: number): void {
    if ((++this.#results & CHECK_MASK) === 0) this.#checkTime();
    const at = (hashTriple(one, two, three) & this.#mask) << 2;
    const keys = this.#keys;
    keys[at] = one ^ NO_NODE;
    keys[at + 1] = two;
    keys[at + 2] = three;
    keys[at + 3] = result;
  }
}

/** No node. */
export const EMPTY = 0x7fffffff;

/** Keys are kept exclusive-or this, so that the zeros of a new cache stand for no node. */
const NO_NODE = 0x55555555;

/** Mixes three numbers. */
export function hashTriple(one: number, two: number, three: number): number {
  let h = Math.imul(one ^ 0x3c6ef372, 0x9e3779b1) ^ Math.imul(two, 0x85ebca77) ^ Math.imul(three, 0xc2b2ae3d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
