/** Edges that are left out follow from those that stay. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EdgeLists, reverseEdges } from "../../src/cluster/edges.ts";
import { ThinEdges } from "../../src/cluster/reduce.ts";
import { ancestorsOf, listsOf } from "../support/edge-lists.ts";

function thin(before: readonly (readonly number[])[], mostNodes?: number): EdgeLists {
  const edges = new ThinEdges(before.length, mostNodes);
  for (const list of before) {
    for (const other of list) edges.add(other);
    edges.close();
  }
  return edges.lists();
}

/** Graphs of up to 150 nodes, from empty ones to those with nearly all edges. */
const graphs = fc
  .record({
    count: fc.integer({ min: 0, max: 150 }),
    share: fc.constantFrom(0, 0.02, 0.3, 0.7, 0.98),
    draws: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ count, share, draws }) =>
    Array.from({ length: count }, (_, node) =>
      Array.from({ length: node }, (_each, other) => other).filter(() => draws.next().value < share),
    ),
  );

test("every node keeps its ancestors, and in a dense graph no edge that follows from others", () => {
  fc.assert(
    fc.property(graphs, (before) => {
      const reduced = listsOf(thin(before));
      const ancestors = ancestorsOf(before);
      expect(ancestorsOf(reduced)).toEqual(ancestors);
      if (before.flat().length < 16 * before.length) {
        expect(reduced).toEqual(before);
        return;
      }
      for (const list of reduced) {
        for (const other of list) {
          expect(list.some((between) => ancestors[between]!.includes(other))).toBe(false);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("in a graph with too many nodes the busiest ones lose edges, and none its ancestors", () => {
  let fewer = 0;
  fc.assert(
    fc.property(graphs, fc.integer({ min: 1, max: 149 }), (before, mostNodes) => {
      const reduced = listsOf(thin(before, mostNodes));
      expect(ancestorsOf(reduced)).toEqual(ancestorsOf(before));
      if (before.length > mostNodes && reduced.flat().length < before.flat().length) fewer++;
    }),
    { numRuns: 60 },
  );
  expect(fewer).toBeGreaterThan(5);
});

test("edges are the same from the other end", () => {
  fc.assert(
    fc.property(graphs, (before) => {
      const lists = thin(before);
      const after = listsOf(reverseEdges(lists));
      const pairs = listsOf(lists).flatMap((list, node) => list.map((other) => `${other} ${node}`));
      expect(after.flatMap((list, node) => list.map((other) => `${node} ${other}`)).sort()).toEqual(
        pairs.sort(),
      );
    }),
    { numRuns: 60 },
  );
});

test("of two kinds of rules that all depend on each other, each keeps those between it and its own kind", () => {
  const before = Array.from({ length: 2000 }, (_, node) =>
    Array.from({ length: node }, (_each, other) => other).filter((other) => (node - other) % 2 === 1),
  );
  expect(before.flat()).toHaveLength(1_000_000);
  expect(listsOf(thin(before))).toEqual(before.map((_, node) => (node === 0 ? [] : [node - 1])));
});
