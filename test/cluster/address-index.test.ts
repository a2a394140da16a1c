/** The index against a comparison of every pair, over random prefixes of both families. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressIndex } from "../../src/cluster/address-index.ts";
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

function overlaps(left: AddressMask, right: AddressMask): boolean {
  return left.address.every(
    (word, at) => ((word ^ right.address[at]!) & left.mask[at]! & right.mask[at]!) === 0,
  );
}

test.each([1, 4] as const)("finds what overlaps, each once (%i words)", (words) => {
  fc.assert(
    fc.property(
      fc.array(fc.option(prefixes(words)), { maxLength: 30 }),
      prefixes(words),
      (addresses, asked) => {
        const index = new AddressIndex<number>();
        addresses.forEach((address, at) => {
          index.add(address, at);
        });
        const found = index.find(asked)!;
        const visited: number[] = [];
        index.visit(found, (at) => visited.push(at));
        const expected = addresses.flatMap((address, at) =>
          address === null || overlaps(address, asked) ? [at] : [],
        );
        expect(visited.sort((left, right) => left - right)).toEqual(expected);
        expect(found.count).toBeGreaterThanOrEqual(visited.length);
      },
    ),
    { numRuns: 500 },
  );
});

test("an address that is unknown, or no prefix, rules nothing out", () => {
  const index = new AddressIndex<number>();
  expect(index.find(null)).toBeNull();
  expect(index.find({ address: [1], mask: [1], prefix: null })).toBeNull();
});
