/**
 * Places among cells: what products and lines are made of.
 */
import type { Cell, CellProduct } from "./cover.ts";

/** All combinations of the sets' tokens. */
export function combine(sets: CellProduct): readonly Cell[] {
  return sets.reduce<number[][]>(
    (places, set) => places.flatMap((place) => set.map((token) => [...place, token])),
    [[]],
  );
}

/** Equal texts: places that differ in that dimension alone. */
export function lineKey(place: Cell, dimension: number): string {
  return place.map((token, at) => (at === dimension ? "*" : token)).join(",");
}

/** What tells a cell from others: a number where the cells have few enough places for that, which is much faster than a text. */
export type CellKey = number | string;

/** Makes the keys of cells. `sizes`: for each dimension, more than the largest token number. */
export function cellKeys(sizes: readonly number[]): (cell: Cell) => CellKey {
  const space = sizes.reduce((product, size) => product * size, 1);
  if (space > Number.MAX_SAFE_INTEGER) return (cell) => cell.join();
  return (cell) => {
    let key = 0;
    for (let at = 0; at < sizes.length; at++) key = key * sizes[at]! + cell[at]!;
    return key;
  };
}
