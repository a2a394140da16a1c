/**
 * Turns a segment into runs: rules of one class that can be brought side by side without changing the fate of any packet.
 *
 * List scheduling over the dependency graph: again and again, all rules of the class that has most rules ready are emitted. On real firewalls this
 * brings thousands of short runs down to a hundred long ones (shared targets are rarely adjacent, but rarely depend on each other either).
 */
import { indexConflicts, type Item } from "./dependencies.ts";

/** The runs of a segment, in an order that keeps its meaning; items of a run in source order. */
export function scheduleRuns(items: readonly Item[]): Item[][] {
  const index = indexConflicts(items);
  const waitingFor = new Int32Array(items.length);
  for (const item of items) {
    index.forEachConflict(item, (other) => {
      if (other.index < item.index) waitingFor[item.index]!++;
    });
  }
  const ready = new Map<string, Item[]>();
  const makeReady = (item: Item): void => {
    const list = ready.get(item.movable.classKey);
    if (list === undefined) ready.set(item.movable.classKey, [item]);
    else list.push(item);
  };
  for (const item of items) if (waitingFor[item.index] === 0) makeReady(item);
  const runs: Item[][] = [];
  while (ready.size > 0) {
    const run = takeLargest(ready);
    run.sort((left, right) => left.index - right.index);
    runs.push(run);
    for (const item of run) {
      index.forEachConflict(item, (other) => {
        if (other.index > item.index && --waitingFor[other.index]! === 0) makeReady(other);
      });
    }
  }
  return runs;
}

/** Ties go to the class whose first ready rule stands first: same input, same runs. */
function takeLargest(ready: Map<string, Item[]>): Item[] {
  let bestKey = "";
  let best: Item[] | null = null;
  let bestFirst = 0;
  for (const [key, list] of ready) {
    const first = list.reduce((low, item) => Math.min(low, item.index), Number.POSITIVE_INFINITY);
    if (best === null || list.length > best.length || (list.length === best.length && first < bestFirst)) {
      bestKey = key;
      best = list;
      bestFirst = first;
    }
  }
  ready.delete(bestKey);
  return best ?? [];
}
