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
