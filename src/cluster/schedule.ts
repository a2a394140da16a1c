/**
 * Turns a segment into runs: rules of one class that can be brought side by side without changing the fate of any packet.
 *
 * The wave of a class are its rules that depend on no other rule of that class, however indirectly: once everything that they depend on is emitted, they are
 * one run. Again and again the class with the largest wave is taken, what it waits for first. On real firewalls this brings thousands of short runs
 * down to a hundred long ones: rules with the same target are rarely adjacent, but rarely depend on each other either.
 */
import { indexConflicts, type Item } from "./dependencies.ts";
import { gatherRuns } from "./gather.ts";
import { reduceEdges } from "./reduce.ts";

/** Classes beyond the 31st share a bit; their waves come out smaller than they are, which is safe. */
const LAST_BIT = 30;

/** The runs of a segment, in an order that keeps its meaning; items of a run in source order. */
export function scheduleRuns(items: readonly Item[]): Item[][] {
  const graph = new Graph(items);
  const runs: Item[][] = [];
  emit(graph, items, runs);
  return gatherRuns(runs, graph.before);
}

/** Emits `wanted`, a set that holds all it depends on, in source order. */
function emit(graph: Graph, wanted: readonly Item[], runs: Item[][]): void {
  let open = wanted;
  while (open.length > 0) {
    const wave = graph.largestWave(open);
    const needed = graph.ancestorsOf(wave);
    if (needed.length > 0) emit(graph, needed, runs);
    graph.markEmitted(wave);
    runs.push(wave);
    open = open.filter(({ index }) => !graph.isEmitted(index));
  }
}

/** The dependencies of a segment, and which of its rules have been emitted. */
class Graph {
  readonly #items: readonly Item[];
  /** For each item the indexes of earlier items that it conflicts with, save those that it depends on through others of them. */
  readonly before: readonly (readonly number[])[];
  readonly #classBit: Int32Array;
  readonly #emitted: Uint8Array;
  /** For each item the classes of all it depends on that are not emitted yet; scratch space. */
  readonly #ancestry: Int32Array;

  constructor(items: readonly Item[]) {
    this.#items = items;
    const before: number[][] = items.map(() => []);
    const index = indexConflicts(items);
    for (const item of items) {
      index.forEachEarlierConflict(item, (other) => before[item.index]!.push(other.index));
    }
    this.before = reduceEdges(before);
    const bits = new Map<string, number>();
    this.#classBit = Int32Array.from(items, ({ movable: { classKey } }) => {
      if (!bits.has(classKey)) bits.set(classKey, 1 << Math.min(bits.size, LAST_BIT));
      return bits.get(classKey)!;
    });
    this.#emitted = new Uint8Array(items.length);
    this.#ancestry = new Int32Array(items.length);
  }

  isEmitted(index: number): boolean {
    return this.#emitted[index] === 1;
  }

  markEmitted(items: readonly Item[]): void {
    for (const { index } of items) this.#emitted[index] = 1;
  }

  /** The largest wave among open items; ties go to the class whose first rule stands first. */
  largestWave(open: readonly Item[]): Item[] {
    const waves = new Map<string, Item[]>();
    for (const item of open) {
      let ancestry = 0;
      for (const earlier of this.before[item.index]!) {
        if (this.#emitted[earlier] === 0) ancestry |= this.#ancestry[earlier]! | this.#classBit[earlier]!;
      }
      this.#ancestry[item.index] = ancestry;
      if ((ancestry & this.#classBit[item.index]!) !== 0) continue;
      const wave = waves.get(item.movable.classKey);
      if (wave === undefined) waves.set(item.movable.classKey, [item]);
      else wave.push(item);
    }
    let largest: Item[] = [];
    for (const wave of waves.values()) if (wave.length > largest.length) largest = wave;
    return largest;
  }

  /** All that the items wait for, directly or not, in source order. */
  ancestorsOf(items: readonly Item[]): Item[] {
    const found = new Set<number>();
    const stack = items.map(({ index }) => index);
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      for (const earlier of this.before[index]!) {
        if (this.#emitted[earlier] === 1 || found.has(earlier)) continue;
        found.add(earlier);
        stack.push(earlier);
      }
    }
    return [...found].sort((left, right) => left - right).map((index) => this.#items[index]!);
  }
}
