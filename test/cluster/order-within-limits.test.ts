/** The order by use with limits against all orders there are. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Limit, orderWithinLimits } from "../../src/cluster/order-within-limits.ts";
import { EFFORT } from "../support/seed.ts";

function ordersOf(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((first) =>
    ordersOf(values.filter((each) => each !== first)).map((rest) => [first, ...rest]),
  );
}

const isRight = (order: readonly number[], before: readonly ReadonlySet<number>[]): boolean =>
  order.every((place, at) => [...before[place]!].every((other) => order.indexOf(other) < at));

/** By how much the place that is latest comes too late; 0 where all are in time. */
function lateness(order: readonly number[], limits: readonly (readonly Limit[])[]): number {
  const backends = [...limits[0]!.keys()];
  return Math.max(
    0,
    ...backends.map((at) => {
      const start = Math.min(...limits.map((own) => own[at]!.paid));
      let passed = 0;
      let most = 0;
      for (const place of order) {
        const { cost, paid, room } = limits[place]![at]!;
        most = Math.max(most, passed - (paid - start + room));
        passed += cost;
      }
      return most;
    }),
  );
}

const limit = fc.record({ cost: fc.nat(20), paid: fc.nat(60), room: fc.nat(30) });
/** Places with one or two backends; an earlier one may have to stand before a later one. */
const places = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 2 }))
  .chain(([count, backends]) =>
    fc.record({
      ranks: fc.array(fc.nat(3), { minLength: count, maxLength: count }),
      limits: fc.array(fc.array(limit, { minLength: backends, maxLength: backends }), {
        ...{ minLength: count, maxLength: count },
      }),
      edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 5 }),
    }),
  )
  .map(({ ranks, limits, edges }) => ({
    ranks,
    limits,
    before: ranks.map(
      (_, place) => new Set(edges.flatMap(([one, other]) => (other === place && one < other ? [one] : []))),
    ),
  }));

test("no place is late where there is an order in which none is, and all stand as they have to", () => {
  let inTime = 0;
  fc.assert(
    fc.property(places, ({ ranks, limits, before }) => {
      const order = orderWithinLimits(ranks, limits, before);
      expect([...order].sort((one, other) => one - other)).toEqual([...ranks.keys()]);
      expect(isRight(order, before)).toBe(true);
      const best = Math.min(
        ...ordersOf([...ranks.keys()])
          .filter((each) => isRight(each, before))
          .map((each) => lateness(each, limits)),
      );
      if (best > 0) return;
      inTime++;
      expect(lateness(order, limits)).toBe(0);
    }),
    { numRuns: 300 * EFFORT },
  );
  expect(inTime).toBeGreaterThan(30);
});

describe("what stands first", () => {
  const free = (paid: number, room: number): readonly Limit[] => [{ cost: 10, paid, room }];
  const none = (count: number) => Array.from({ length: count }, () => new Set<number>());

  test("the most used where nothing is too late; equals as they are written", () => {
    const limits = [free(0, 99), free(5, 99), free(10, 99), free(15, 99)];
    expect(orderWithinLimits([1, 2, 2, 7], limits, none(4))).toEqual([3, 1, 2, 0]);
  });

  test("what would come too late behind it", () => {
    const limits = [free(0, 9), free(5, 99), free(10, 99)];
    expect(orderWithinLimits([0, 1, 7], limits, none(3))).toEqual([0, 2, 1]);
  });

  test("what it has to stand behind", () => {
    const limits = [free(0, 99), free(5, 99), free(10, 99)];
    expect(orderWithinLimits([0, 1, 7], limits, [new Set(), new Set(), new Set([0])])).toEqual([0, 2, 1]);
  });
});
