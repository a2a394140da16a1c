/**
 * Covers cells by products that may lack some of their cells: where lines were forgotten over the years, an exact cover is one of slivers.
 *
 * Starts from an exact cover. Around its largest products, members are taken in that have nearly all combinations with the others; such a product stands for the exact ones inside it if
 * it reads shorter, its missing cells counted one by one.
 */
import type { Cell, CellProduct } from "./cover.ts";
import { combine, lineKey } from "./places.ts";

/** A product, and the combinations that are no cells. */
export interface TolerantProduct {
  readonly sets: CellProduct;
  readonly missing: readonly Cell[];
}

/** What a policy rule takes to read, beside its groups: `cost.ts` has more. A missing cell is one line. */
const PRODUCT_LINES = 3;

/**
 * Products whose cells, the missing ones aside, are exactly `cells`. `tolerance`: the largest share of a product that may be missing, and of each member's combinations.
 * `isSound`: whether the missing ones can be left out without harm to others.
 */
export function tolerate(
  cells: readonly Cell[],
  exact: readonly CellProduct[],
  tolerance: number,
  isSound: (product: TolerantProduct) => boolean,
): readonly TolerantProduct[] {
  const known = new Set(cells.map((cell) => cell.join()));
  const lines = new Lines(cells);
  const open = exact
    .map((sets) => ({ sets, keys: combine(sets).map((cell) => cell.join()) }))
    .sort((one, other) => other.keys.length - one.keys.length);
  const gone = new Set<CellProduct>();
  const found: TolerantProduct[] = [];
  for (const { sets: seed } of open) {
    if (gone.has(seed)) continue;
    const product = grow(seed, known, lines, tolerance);
    if (product === null || !isSound(product)) continue;
    const inside = new Set(combine(product.sets).map((cell) => cell.join()));
    const replaced = open.filter(({ sets, keys }) => !gone.has(sets) && keys.every((key) => inside.has(key)));
    if (PRODUCT_LINES + product.missing.length >= PRODUCT_LINES * replaced.length) continue;
    found.push(product);
    for (const { sets } of replaced) gone.add(sets);
  }
  const left = exact.filter((sets) => !gone.has(sets)).map((sets) => ({ sets, missing: [] }));
  return [...found, ...left];
}

/** Takes in members, and gives them up again, until each has enough of its combinations; null where nothing is gained, or too much is missing. */
function grow(
  seed: CellProduct,
  known: ReadonlySet<string>,
  lines: Lines,
  tolerance: number,
): TolerantProduct | null {
  let sets = seed;
  for (let round = 0; round < seed.length * 2; round++) {
    const before = sets;
    for (let dimension = 0; dimension < seed.length; dimension++) {
      const share = (token: number): number => {
        const slice = combine(sets.with(dimension, [token]));
        return slice.filter((cell) => known.has(cell.join())).length / slice.length;
      };
      const candidates = new Set([...sets[dimension]!, ...lines.tokensBeside(sets, dimension)]);
      const kept = [...candidates].filter((token) => share(token) >= 1 - tolerance);
      if (kept.length === 0) return null;
      sets = sets.with(
        dimension,
        kept.sort((one, other) => one - other),
      );
    }
    if (sets.join("|") === before.join("|")) break;
  }
  const missing = combine(sets).filter((cell) => !known.has(cell.join()));
  const size = sets.reduce((product, set) => product * set.length, 1);
  return missing.length === 0 || missing.length > tolerance * size ? null : { sets, missing };
}

/** The cells by what they have in common with others; a class because it guards that. */
class Lines {
  readonly #tokens = new Map<string, number[]>();

  constructor(cells: readonly Cell[]) {
    for (const cell of cells) {
      cell.forEach((token, dimension) => {
        const key = lineKey(cell, dimension);
        const list = this.#tokens.get(key);
        if (list === undefined) this.#tokens.set(key, [token]);
        else list.push(token);
      });
    }
  }

  /** Tokens of one dimension that some combination of the other sets goes with. The first rows say enough: who lacks many of them lacks too many. */
  tokensBeside(sets: CellProduct, dimension: number): readonly number[] {
    const rows = combine(sets.with(dimension, [0])).slice(0, MOST_ROWS);
    return rows.flatMap((row) => this.#tokens.get(lineKey(row, dimension)) ?? []);
  }
}

const MOST_ROWS = 16;
