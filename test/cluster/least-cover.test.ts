/** The cover beside the fewest products that there can be, found by trying all, and beside the bound of a fooling set. */
import { expect, test } from "vitest";
import { type Cell, coverCells } from "../../src/cluster/cover.ts";
import { findFoolingSet, isFoolingSet } from "../../src/cluster/fooling-set.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { EFFORT, SEED } from "../support/seed.ts";

const CASES = 3000 * EFFORT;

/** Up to twelve cells: single ones, lines and small grids, laid over each other. */
function randomCells(random: Random): readonly Cell[] {
  const dimensions = random.between(2, 3);
  const found = new Map<string, Cell>();
  const most = random.between(2, 12);
  while (found.size < most) {
    const sets = Array.from({ length: dimensions }, () => {
      const tokens = [0, 1, 2, 3].filter(() => random.percent(40));
      return tokens.length === 0 ? [random.below(4)] : tokens;
    });
    for (const cell of combine(sets)) if (found.size < most) found.set(cell.join(), cell);
  }
  return [...found.values()];
}

function combine(sets: readonly (readonly number[])[]): readonly Cell[] {
  return sets.reduce<number[][]>(
    (starts, set) => starts.flatMap((start) => set.map((token) => [...start, token])),
    [[]],
  );
}

/** All products of cells that are in no larger one, as bit sets of cells. */
function largestProducts(cells: readonly Cell[]): readonly number[] {
  const places = new Map(cells.map((cell, at) => [cell.join(), at]));
  const tokens = cells[0]!.map((_, at) => [...new Set(cells.map((cell) => cell[at]!))]);
  const products = new Set<number>();
  const subsets = (list: readonly number[]): readonly (readonly number[])[] =>
    Array.from({ length: 2 ** list.length - 1 }, (_, mask) =>
      list.filter((_, at) => (((mask + 1) >> at) & 1) === 1),
    );
  const visit = (sets: readonly (readonly number[])[]): void => {
    if (sets.length < tokens.length) {
      for (const set of subsets(tokens[sets.length]!)) visit([...sets, set]);
      return;
    }
    let bits = 0;
    for (const cell of combine(sets)) {
      const at = places.get(cell.join());
      if (at === undefined) return;
      bits |= 1 << at;
    }
    products.add(bits);
  };
  visit([]);
  const all = [...products];
  return all.filter((one) => all.every((other) => other === one || (one & other) !== one));
}

function fewest(cells: readonly Cell[]): number {
  const products = largestProducts(cells);
  const all = 2 ** cells.length - 1;
  for (let count = 1; ; count++) {
    const isEnough = (covered: number, left: number): boolean => {
      if (covered === all) return true;
      if (left === 0) return false;
      const open = ~covered & all & -(~covered & all);
      return products.some((product) => (product & open) !== 0 && isEnough(covered | product, left - 1));
    };
    if (isEnough(0, count)) return count;
  }
}

test(`${CASES} small sets of cells: nearly always the fewest products, never more than one above`, {
  timeout: 300_000 * EFFORT,
}, () => {
  const counts = { least: 0, one: 0, tight: 0 };
  for (let number = 0; number < CASES; number++) {
    const cells = randomCells(new Random(SEED * 1_000_003 + number));
    const least = fewest(cells);
    const found = coverCells(cells).length;
    const show = JSON.stringify(cells);
    expect(found, show).toBeGreaterThanOrEqual(least);
    expect(found, show).toBeLessThanOrEqual(least + 1);
    counts[found === least ? "least" : "one"]++;
    const fooling = findFoolingSet(cells);
    expect(isFoolingSet(fooling, cells), show).toBe(true);
    expect(fooling.length, show).toBeLessThanOrEqual(least);
    if (fooling.length === least) counts.tight++;
  }
  console.log(JSON.stringify(counts));
  expect(counts.least / CASES).toBeGreaterThanOrEqual(0.95);
});
