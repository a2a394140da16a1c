/** Graphs of dependencies as arrays, for comparing. */
import type { EdgeLists } from "../../src/cluster/edges.ts";

/** For each node its others. */
export function listsOf({ starts, others }: EdgeLists): number[][] {
  return Array.from({ length: starts.length - 1 }, (_, node) => [
    ...others.slice(starts[node], starts[node + 1]),
  ]);
}

/** Everything that each node depends on, directly or not, ascending. */
export function ancestorsOf(lists: readonly (readonly number[])[]): number[][] {
  const found: Set<number>[] = [];
  for (const list of lists) found.push(new Set(list.flatMap((other) => [other, ...found[other]!])));
  return found.map((set) => [...set].sort((left, right) => left - right));
}
