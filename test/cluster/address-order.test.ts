/** Places against a comparison of every pair, over random prefixes of both families. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressOrder, ANYWHERE } from "../../src/cluster/address-order.ts";
import { addressesOverlap } from "../../src/cluster/regions.ts";
import type { AddressMask } from "../../src/model/types.ts";

/** Prefixes that share many bits, so that containing, contained and equal ones are common. */
const prefixes = (words: 1 | 4): fc.Arbitrary<AddressMask> =>
  fc
    .tuple(
      fc.integer({ min: 0, max: 32 * words }),
      fc.array(fc.constantFrom(0, 1, 0x80000000, 0xffffffff, 0xa0000000), {
        minLength: words,
        maxLength: words,
      }),
    )
    .map(([prefix, parts]) => {
      const mask = parts.map((_, at) => {
        const bits = Math.min(32, Math.max(0, prefix - 32 * at));
        return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
      });
      return { address: parts.map((word, at) => (word & mask[at]!) >>> 0), mask, prefix };
    });

test.each([1, 4] as const)("prefixes overlap where their places say so (%i words)", (words) => {
  fc.assert(
    fc.property(fc.array(fc.option(prefixes(words)), { minLength: 1, maxLength: 30 }), (addresses) => {
      const order = new AddressOrder(addresses);
      for (const one of addresses) {
        for (const other of addresses) {
          const place = order.placeOf(one);
          expect(order.overlap(place, order.placeOf(other))).toBe(addressesOverlap(one, other));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test.each([1, 4] as const)("what contains a prefix is found from parent to parent (%i words)", (words) => {
  fc.assert(
    fc.property(fc.array(prefixes(words), { minLength: 1, maxLength: 30 }), (addresses) => {
      const order = new AddressOrder(addresses);
      const places = [...new Set(addresses)].map((address) => order.placeOf(address));
      for (const place of places) {
        const above = new Set<number>();
        for (let at = order.parent[place]!; at >= 0; at = order.parent[at]!) above.add(at);
        const inside = places.filter((other) => other >= place && other < order.end[place]!);
        const overlapping = places.filter((other) => order.overlap(place, other));
        expect([...inside, ...places.filter((other) => above.has(other))].sort()).toEqual(overlapping.sort());
      }
    }),
    { numRuns: 200 },
  );
});

test("an address that is unknown, or no prefix, rules nothing out", () => {
  const ten: AddressMask = { address: [0x0a000000], mask: [0xff000000], prefix: 8 };
  const odd: AddressMask = { address: [1], mask: [1], prefix: null };
  const order = new AddressOrder([ten, odd, null]);
  expect(order.placeOf(odd)).toBe(ANYWHERE);
  expect(order.placeOf(null)).toBe(ANYWHERE);
  expect(order.overlap(order.placeOf(odd), order.placeOf(ten))).toBe(true);
});
