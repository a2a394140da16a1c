/** The order by use against all orders there are, on segments of random rules. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areInConflict } from "../../src/cluster/conflicts.ts";
import { makeSegment, type Segment } from "../../src/cluster/dependencies.ts";
import { type OrderedNode, orderSegment } from "../../src/cluster/order.ts";
import { MOST_PLACES, orderByUse, type Use } from "../../src/cluster/order-by-use.ts";
import { cutTable } from "../../src/cluster/segments.ts";
import type { Family } from "../../src/model/types.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { randomMovable } from "../support/random-pairs.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, readRuleset } from "../support/small-tables.ts";

function segmentOf(rules: readonly string[], family: Family = "v4"): Segment {
  const ruleset = readRuleset(filterTable(rules.map((rule) => `-A FORWARD ${rule}`)), family);
  const pieces = cutTable(ruleset.tables[0]!, ruleset, NO_OPTIONS).flatMap((chain) => chain.pieces);
  return makeSegment(pieces.flatMap((piece) => (piece.kind === "segment" ? piece.rules : [])));
}

/** What packets pay for places in front of theirs. */
function costOf(order: readonly OrderedNode[], useOf: (node: OrderedNode) => Use): number {
  let passed = 0;
  let sum = 0;
  for (const node of order) {
    const { packets, cost } = useOf(node);
    sum += packets * passed;
    passed += cost;
  }
  return sum;
}

/** Whether all rules that conflict stand as they were. */
function isRight(order: readonly OrderedNode[]): boolean {
  const items = order.flatMap((node) => node.items);
  return items.every((one, at) =>
    items
      .slice(at + 1)
      .every((other) => one.index < other.index || !areInConflict(one.movable, other.movable)),
  );
}

function ordersOf<Value>(values: readonly Value[]): Value[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((first, at) =>
    ordersOf(values.filter((_, other) => other !== at)).map((rest) => [first, ...rest]),
  );
}

const linesOf = (order: readonly OrderedNode[]) =>
  order.flatMap(({ items }) => items.map(({ index }) => index));

/** Orders the rules of a segment; `uses` are packets and cost by rule. */
function order(segment: Segment, uses: readonly (readonly [packets: number, cost: number])[]) {
  const written = orderSegment(segment, [])!;
  const useOf = ({ items }: OrderedNode): Use => {
    const [packets, cost] = uses[items[0]!.index]!;
    return { packets, cost };
  };
  return { written, found: orderByUse(written, segment, useOf), useOf };
}

const host = (last: number, verdict = "ACCEPT") => `-s 10.0.0.${last}/32 -j ${verdict}`;

describe("what moves", () => {
  test("free rules: by packets for their cost", () => {
    const segment = segmentOf([host(1), host(2), host(3, "DROP")]);
    const { found } = order(segment, [
      [10, 1],
      [1000, 1],
      [3000, 10],
    ]);
    expect(linesOf(found)).toEqual([1, 2, 0]);
  });

  test("equal and nearly equal use: nothing at all", () => {
    const segment = segmentOf([host(1), host(2), host(3)]);
    const { written, found } = order(segment, [
      [70, 1],
      [100, 1],
      [100, 1],
    ]);
    expect(found).toBe(written);
  });

  test("one that has to wait takes along what it waits for, where that pays", () => {
    // The second is in the network of the first.
    const rules = [
      host(99),
      "-s 10.1.0.0/24 -j DROP",
      "-s 10.1.0.7/32 -j ACCEPT",
      "-s 10.1.0.0/16 -j ACCEPT",
    ];
    const uses = (hot: number): [number, number][] => [
      [100, 1],
      [1, 1],
      [1, 1],
      [hot, 1],
    ];
    expect(linesOf(order(segmentOf(rules), uses(10_000)).found)).toEqual([1, 3, 0, 2]);
    expect(linesOf(order(segmentOf(rules), uses(120)).found)).toEqual([0, 1, 3, 2]);
  });

  test("a segment of more places than may be ordered stays", () => {
    const segment = segmentOf(
      Array.from({ length: MOST_PLACES + 1 }, (_, at) => `-s 10.0.${at >> 8}.${at & 255}/32 -j ACCEPT`),
    );
    const { written, found } = order(
      segment,
      Array.from({ length: MOST_PLACES + 1 }, (_, at) => [2 ** (at / 100), 1]),
    );
    expect(found).toBe(written);
  });
});

const useLists = fc.array(fc.tuple(fc.constantFrom(0, 1, 3, 10, 100, 1000), fc.constantFrom(1, 2, 5, 20)), {
  minLength: 6,
  maxLength: 6,
});

test.each<Family>(["v4", "v6"])(
  "all orders of random rules (%s)",
  (family) => {
    let best = 0;
    let all = 0;
    const property = fc.property(fc.nat(), useLists, (number, uses) => {
      const random = new Random(number);
      const segment = segmentOf(
        Array.from({ length: 6 }, () => randomMovable(random, family)),
        family,
      );
      if (segment.items.length !== 6) return;
      const { written, found, useOf } = order(segment, uses);
      expect(isRight(found)).toBe(true);
      expect(linesOf(found).sort()).toEqual(linesOf(written).sort());
      const costs = ordersOf(written)
        .filter(isRight)
        .map((each) => costOf(each, useOf));
      const least = Math.min(...costs);
      const own = costOf(found, useOf);
      expect(own).toBeLessThanOrEqual(costOf(written, useOf));
      // The second time there is nothing to better.
      expect(costOf(orderByUse(found, segment, useOf), useOf)).toBe(own);
      all++;
      // Powers of two as ranks cost a little even where all rules are free.
      if (own <= 1.25 * least) best++;
    });
    fc.assert(property, { numRuns: 60 * EFFORT });
    expect(best / all).toBeGreaterThan(0.85);
  },
  300_000,
);
