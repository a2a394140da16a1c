/** Blocks: products of the cells they were made from, none twice, each worth its lines; and what they do for a ruleset with holes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { findBlocks } from "../../src/cluster/blocks.ts";
import type { Cell, CellProduct } from "../../src/cluster/cover.ts";
import { filterTable, rewriteText } from "../support/small-tables.ts";

function expand(product: CellProduct): Cell[] {
  return product.reduce<number[][]>(
    (cells, tokens) => cells.flatMap((cell) => tokens.map((token) => [...cell, token])),
    [[]],
  );
}

/** All cells of a grid but some at random. */
const grids = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
    missing: fc.constantFrom(0, 0.03, 0.2, 0.6),
    draws: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ sizes, missing, draws }) =>
    expand(sizes.map((size) => Array.from({ length: size }, (_, token) => 3 * token)))
      .slice(0, 1500)
      .filter(() => draws.next().value >= missing),
  );

test("blocks hold cells only, none twice, and each saves lines", () => {
  fc.assert(
    fc.property(grids, (cells) => {
      const blocks = findBlocks(cells);
      const held = blocks.flatMap((block) => expand(block).map((cell) => cell.join()));
      expect(new Set(held).size).toBe(held.length);
      const all = new Set(cells.map((cell) => cell.join()));
      expect(held.filter((cell) => !all.has(cell))).toEqual([]);
      for (const block of blocks) {
        const sizes = block.map((set) => set.length).filter((size) => size > 1);
        const cost = sizes.reduce((sum, size) => sum + 2 + size, 4);
        expect(expand(block).length).toBeGreaterThan(cost);
        for (const set of block) expect([...set].sort((left, right) => left - right)).toEqual(set);
      }
    }),
    { numRuns: 200 },
  );
});

test.each([
  [[7, 5], 35],
  [[4, 3, 5], 60],
  [[3, 2, 2, 4, 2], 96],
])("a whole grid of %j is one block", (sizes, count) => {
  const whole = sizes.map((size) => Array.from({ length: size }, (_, token) => token));
  expect(expand(whole)).toHaveLength(count);
  expect(findBlocks(expand(whole))).toEqual([whole]);
});

test("of 200 sources and 30 destinations, three in a hundred pairs missing, more than half is saved", () => {
  // Every 33rd pair in a scrambled order.
  const isMissing = (pair: number) => ((pair * 2654435761) >>> 8) % 33 === 0;
  const rules: string[] = [];
  for (let source = 0; source < 200; source++) {
    for (let destination = 0; destination < 30; destination++) {
      if (isMissing(source * 30 + destination)) continue;
      rules.push(
        `-A FORWARD -s 10.0.0.${source}/32 -d 10.0.1.${destination}/32 -p tcp -m tcp --dport 80 -j ACCEPT`,
      );
    }
  }
  const { rewritten } = rewriteText(filterTable(rules), "v4");
  expect(rewritten.rulesBefore).toBeGreaterThan(5500);
  expect(rewritten.rulesAfter).toBeLessThan(0.4 * rewritten.rulesBefore);
});
