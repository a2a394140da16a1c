/** Dependencies against a comparison of every pair of rules. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { areInConflict } from "../../src/cluster/conflicts.ts";
import { makeSegment } from "../../src/cluster/dependencies.ts";
import type { Movable } from "../../src/cluster/features.ts";
import { scheduleRuns } from "../../src/cluster/schedule.ts";
import { cutTable } from "../../src/cluster/segments.ts";
import type { Family } from "../../src/model/types.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { randomMovable } from "../support/random-pairs.ts";
import { randomFilter } from "../support/random-rules.ts";
import { SEED } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, readRuleset } from "../support/small-tables.ts";
import { ancestorsOf, listsOf } from "../support/edge-lists.ts";

/** Stretches of movable rules of all chains. */
function stretchesOf(text: string, family: Family): (readonly Movable[])[] {
  const ruleset = readRuleset(text, family);
  return ruleset.tables
    .flatMap((table) => cutTable(table, ruleset, NO_OPTIONS))
    .flatMap(({ pieces }) => pieces)
    .flatMap((piece) => (piece.kind === "segment" ? [piece.rules] : []));
}

const everyPair = (rules: readonly Movable[]): number[][] =>
  rules.map((rule, at) =>
    rules.slice(0, at).flatMap((other, before) => (areInConflict(rule, other) ? [before] : [])),
  );

test.each(["v4", "v6"] as const)("the same as of every pair (%s)", (family) => {
  fc.assert(
    fc.property(randomFilter(family), (text) => {
      for (const rules of stretchesOf(text, family)) {
        expect(ancestorsOf(listsOf(makeSegment(rules).before))).toEqual(ancestorsOf(everyPair(rules)));
      }
    }),
    { numRuns: 150 },
  );
});

test.each(["v4", "v6"] as const)("the same of rules that read much at once (%s)", (family) => {
  for (let number = 0; number < 40; number++) {
    const random = new Random(SEED * 1_000_003 + number);
    const lines = Array.from({ length: 60 }, () => `-A FORWARD ${randomMovable(random, family)}`);
    for (const rules of stretchesOf(filterTable(lines), family))
      expect(ancestorsOf(listsOf(makeSegment(rules).before))).toEqual(ancestorsOf(everyPair(rules)));
  }
});

/** Many rules in a few places, told apart by ports: what is looked up by port. */
const portRules = fc
  .array(
    fc.tuple(
      fc.constantFrom("", "-s 10.0.0.0/8 ", "-s 10.1.0.0/16 ", "-s 10.1.2.3/32 ", "-s 0.0.0.1/0.0.0.255 "),
      fc.constantFrom(
        "-p tcp -m tcp --dport 22",
        "-p tcp -m tcp --dport 23",
        "-p udp -m udp --dport 22",
        "-p tcp -m tcp --dport 20:22",
        "-p tcp -m tcp --sport 22",
        "-p tcp",
        "-p tcp -m multiport --dports 22",
        "-p tcp -m tcp --dport 22 -m tcp --dport 23",
        "! -p tcp",
      ),
      fc.constantFrom("ACCEPT", "DROP", "REJECT"),
    ),
    { maxLength: 150 },
  )
  .map((rules) =>
    filterTable(rules.map(([source, service, target]) => `-A FORWARD ${source}${service} -j ${target}`)),
  );

test("the same where ports tell most rules apart", () => {
  fc.assert(
    fc.property(portRules, (text) => {
      for (const rules of stretchesOf(text, "v4")) {
        expect(ancestorsOf(listsOf(makeSegment(rules).before))).toEqual(ancestorsOf(everyPair(rules)));
      }
    }),
    { numRuns: 100 },
  );
});

test("where there are too many to be kept, orders are fewer, but none is wrong", () => {
  fc.assert(
    fc.property(
      portRules,
      fc.nat({ max: 40 }),
      fc.integer({ min: 1, max: 20 }),
      (text, most, betweenWalls) => {
        for (const rules of stretchesOf(text, "v4")) {
          const lists = listsOf(makeSegment(rules, { most, betweenWalls }).before);
          const kept = ancestorsOf(lists);
          ancestorsOf(everyPair(rules)).forEach((wanted, at) => {
            expect(kept[at]).toEqual(expect.arrayContaining(wanted));
          });
          // A list that passes the limit is the last one before the next wall.
          expect(lists.flat().length).toBeLessThanOrEqual(
            most + betweenWalls * rules.length + 3 * rules.length,
          );
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("runs keep every dependency, also where the search for waves is given up", () => {
  fc.assert(
    fc.property(portRules, fc.nat({ max: 300 }), (text, mostLooks) => {
      for (const rules of stretchesOf(text, "v4")) {
        const segment = makeSegment(rules);
        const order = scheduleRuns(segment, mostLooks).flatMap(({ items }) =>
          items.map(({ index }) => index),
        );
        expect([...order].sort((left, right) => left - right)).toEqual(rules.map((_, at) => at));
        const places = new Map(order.map((index, place) => [index, place]));
        listsOf(segment.before).forEach((before, index) => {
          for (const other of before) expect(places.get(other)!).toBeLessThan(places.get(index)!);
        });
      }
    }),
    { numRuns: 100 },
  );
});
