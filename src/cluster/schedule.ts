/**
 * Turns a segment into runs: rules of one class that can be brought side by side without changing the fate of any packet.
 *
 * The wave of a class are its rules that depend on no other rule of that class, however indirectly: once everything that they depend on is emitted, they are
 * one run. Again and again the class with the largest wave is taken, what it waits for first. On real firewalls this brings thousands of short runs
 * down to a hundred long ones: rules with the same target are rarely adjacent, but rarely depend on each other either.
 */
import type { Item, Segment } from "./dependencies.ts";
import { Gatherer, type Run } from "./gather.ts";

/** Classes beyond the 31st share a bit; their waves come out smaller than they are, which is safe. */
const LAST_BIT = 30;

/** The runs of a segment, in an order that keeps its meaning; items of a run in source order. */
export function scheduleRuns(segment: Segment, mostLooks = MOST_LOOKS): Run[] {
  return scheduleStretches(segment, [segment.items], mostLooks);
}

/**
 * The same for stretches of a segment: items that stand side by side, in an order that keeps its meaning. What is in none of them stands between them, or
 * before or behind them all.
 */
export function scheduleStretches(
  segment: Segment,
  stretches: readonly (readonly Item[])[],
  mostLooks = MOST_LOOKS,
): Run[] {
  const graph = new Graph(segment, stretches, mostLooks);
  const gatherer = new Gatherer(segment);
  return stretches.flatMap((stretch) => {
    const runs: Item[][] = [];
    emit(graph, stretch, runs);
    return gatherer.gather(runs);
  });
}

/**
 * Items that are looked at for waves at most, over a whole segment: rules that wait for each other one by one have thousands of waves, each of a single rule.
 */
const MOST_LOOKS = 1 << 25;

/** Emits `wanted`, a set that holds all it depends on, in source order. */
function emit(graph: Graph, wanted: readonly Item[], runs: Item[][]): void {
  let open = wanted;
  while (open.length > 0) {
    if (graph.looks > graph.mostLooks) {
      graph.markEmitted(open);
      runs.push(...asTheyStand(open));
      return;
    }
    const wave = graph.largestWave(open);
    const needed = graph.ancestorsOf(wave);
    if (needed.length > 0) emit(graph, needed, runs);
    graph.markEmitted(wave);
    runs.push(wave);
    open = open.filter(({ index }) => !graph.isEmitted(index));
  }
}

/** Runs of neighbours of one class: the order in which the rules stand is right, too. */
function asTheyStand(items: readonly Item[]): Item[][] {
  const runs: Item[][] = [];
  for (const item of items) {
    const last = runs.at(-1);
    if (last !== undefined && last[0]!.movable.classKey === item.movable.classKey) last.push(item);
    else runs.push([item]);
  }
  return runs;
}

/** The dependencies of a segment, and which of its rules have been emitted. */
class Graph {
  readonly #segment: Segment;
  /** What each item depends on, those that are emitted last; and where these begin. */
  readonly #before: Int32Array;
  readonly #waitsTo: Int32Array;
  readonly #classBit: Int32Array;
  readonly #emitted: Uint8Array;
  /** For each item the classes of all it depends on that are not emitted yet; scratch space. */
  readonly #ancestry: Int32Array;

  readonly mostLooks: number;
  /** Items that were looked at for waves. */
  looks = 0;

  /** Items in none of the stretches count as emitted: those that a stretch depends on stand before it. */
  constructor(segment: Segment, stretches: readonly (readonly Item[])[], mostLooks: number) {
    this.mostLooks = mostLooks;
    const { items } = segment;
    this.#segment = segment;
    this.#before = segment.before.others.slice();
    this.#waitsTo = segment.before.starts.slice(1);
    const bits = new Map<string, number>();
    this.#classBit = Int32Array.from(items, ({ movable: { classKey } }) => {
      if (!bits.has(classKey)) bits.set(classKey, 1 << Math.min(bits.size, LAST_BIT));
      return bits.get(classKey)!;
    });
    this.#emitted = new Uint8Array(items.length).fill(1);
    for (const stretch of stretches) for (const { index } of stretch) this.#emitted[index] = 0;
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
    this.looks += open.length;
    const waves = new Map<string, Item[]>();
    for (const item of open) {
      const ancestry = this.#ancestryOf(item.index);
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

  /** The classes of all that an item waits for. What has been emitted is put aside, and not looked at again. */
  #ancestryOf(index: number): number {
    const before = this.#before;
    const from = this.#segment.before.starts[index]!;
    let to = this.#waitsTo[index]!;
    let ancestry = 0;
    for (let at = from; at < to; at++) {
      const earlier = before[at]!;
      if (this.#emitted[earlier] === 0) {
        ancestry |= this.#ancestry[earlier]! | this.#classBit[earlier]!;
        continue;
      }
      before[at--] = before[--to]!;
      before[to] = earlier;
    }
    this.#waitsTo[index] = to;
    return ancestry;
  }

  /** All that the items wait for, directly or not, in source order. */
  ancestorsOf(items: readonly Item[]): Item[] {
    const { starts } = this.#segment.before;
    const found = new Set<number>();
    const stack = items.map(({ index }) => index);
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      for (let at = starts[index]!; at < this.#waitsTo[index]!; at++) {
        const earlier = this.#before[at]!;
        if (this.#emitted[earlier] === 1 || found.has(earlier)) continue;
        found.add(earlier);
        stack.push(earlier);
      }
    }
    return [...found].sort((left, right) => left - right).map((index) => this.#segment.items[index]!);
  }
}
