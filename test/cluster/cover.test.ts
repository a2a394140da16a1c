/** The cover: exact on every input, and near the fewest products on inputs small enough to enumerate. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cell, type CellProduct, coverCells } from "../../src/cluster/cover.ts";

function expand(product: CellProduct): Cell[] {
  return product.reduce<number[][]>(
    (cells, tokens) => cells.flatMap((cell) => tokens.map((token) => [...cell, token])),
    [[]],
  );
}

const cellSets = (most: number, length: number) =>
  fc.integer({ min: 1, max: 4 }).chain((dimensions) =>
    fc.uniqueArray(
      fc.array(fc.integer({ min: 0, max: most }), { minLength: dimensions, maxLength: dimensions }),
      {
        minLength: 1,
        maxLength: length,
        selector: (cell) => cell.join(),
      },
    ),
  );

test("the products cover the cells, all of them and nothing else", () => {
  fc.assert(
    fc.property(cellSets(4, 60), (cells) => {
      const covered = new Set(
        coverCells(cells).flatMap((product) => expand(product).map((cell) => cell.join())),
      );
      expect([...covered].sort()).toEqual(cells.map((cell) => cell.join()).sort());
    }),
    { numRuns: 300 },
  );
});

test("no product is redundant", () => {
  fc.assert(
    fc.property(cellSets(3, 40), (cells) => {
      const products = coverCells(cells).map(
        (product) => new Set(expand(product).map((cell) => cell.join())),
      );
      products.forEach((product, at) => {
        const others = new Set(products.flatMap((other, position) => (position === at ? [] : [...other])));
        expect([...product].some((cell) => !others.has(cell))).toBe(true);
      });
    }),
    { numRuns: 200 },
  );
});

/** Fewest products, by trying all sets of maximal ones. */
function fewestProducts(cells: readonly Cell[]): number {
  const all = new Set(cells.map((cell) => cell.join()));
  const maximal: Set<string>[] = [];
  const grow = (product: readonly (readonly number[])[]): void => {
    let grown = false;
    for (let dimension = 0; dimension < product.length; dimension++) {
      for (const token of new Set(cells.map((cell) => cell[dimension]!))) {
        if (product[dimension]!.includes(token)) continue;
        const wider = product.map((tokens, at) => (at === dimension ? [...tokens, token].sort() : tokens));
        if (!expand(wider).every((cell) => all.has(cell.join()))) continue;
        grown = true;
        grow(wider);
      }
    }
    if (!grown) maximal.push(new Set(expand(product).map((cell) => cell.join())));
  };
  for (const cell of cells) grow(cell.map((token) => [token]));
  const distinct = [...new Map(maximal.map((set) => [[...set].sort().join(";"), set])).values()];
  const search = (left: ReadonlySet<string>, budget: number): boolean => {
    const first = [...left][0];
    if (first === undefined) return true;
    if (budget === 0) return false;
    return distinct.some(
      (set) => set.has(first) && search(new Set([...left].filter((cell) => !set.has(cell))), budget - 1),
    );
  };
  for (let budget = 1; ; budget++) if (search(all, budget)) return budget;
}

test("against enumeration: the least number of products nearly always, one more at most", () => {
  const cases = fc.sample(cellSets(2, 8), { numRuns: 300, seed: 7 });
  let optimal = 0;
  for (const cells of cases) {
    const found = coverCells(cells).length;
    const fewest = fewestProducts(cells);
    expect(found, JSON.stringify(cells)).toBeLessThanOrEqual(fewest + 1);
    if (found === fewest) optimal++;
  }
  expect(optimal / cases.length).toBeGreaterThanOrEqual(0.95);
});

test("a product among thousands of cells that share nothing, with more keys than numbers are exact for", () => {
  const scattered = Array.from({ length: 9000 }, (_, at) => [at, at, at, at, at]);
  const planted = [0, 1, 2, 3].flatMap((s) =>
    [0, 1, 2].flatMap((d) => [0, 1].map((p) => [9000 + s, 9000 + d, 9000 + p, 1, 2])),
  );
  const products = coverCells([...scattered, ...planted]);
  expect(products).toHaveLength(9001);
  expect(products.filter((product) => product.some((tokens) => tokens.length > 1))).toEqual([
    [[9000, 9001, 9002, 9003], [9000, 9001, 9002], [9000, 9001], [1], [2]],
  ]);
});

test("one connected set of cells with too many keys", () => {
  // A path: each cell differs from the last in one dimension.
  const path: number[][] = [[0, 0, 0, 0, 0]];
  for (let step = 0; step < 9000; step++) {
    const next = [...path[step]!];
    next[step % 5]!++;
    path.push(next);
  }
  const wide = path.map((cell) => cell.map((token) => token * 20));
  const covered = new Set(coverCells(wide).flatMap((product) => expand(product).map((cell) => cell.join())));
  expect([...covered].sort()).toEqual(wide.map((cell) => cell.join()).sort());
});
