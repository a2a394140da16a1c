/**
 * Covers cells by products that may lack some of their cells: where lines were forgotten over the years, an exact cover is one of slivers.
 *
 * Starts from an exact cover. Around its largest products, members are taken in that have nearly all combinations with the others; such a product stands for the exact ones inside it if
 * it reads shorter, the lines that keep its missing cells out counted.
 */
import type { Cell, CellProduct } from "./cover.ts";
import { combine } from "./places.ts";

/** A product, and the combinations that are no cells. */
export interface TolerantProduct {
  readonly sets: CellProduct;
  readonly missing: readonly Cell[];
  /** Rules that keep these out. */
  readonly exceptions: number;
}

/** What a policy rule takes to read, beside its groups: `cost.ts` has more. An exception is one line. */
const PRODUCT_LINES = 3;

/**
 * Products whose cells, the missing ones aside, are exactly `cells`. `tolerance`: the largest share of a product that may be missing, and of each member's combinations.
 * `countExceptions`: how many rules keep the missing ones out; null where they can't be kept out without harm to others.
 */
export function tolerate(
  cells: readonly Cell[],
  exact: readonly CellProduct[],
  tolerance: number,
  countExceptions: (sets: CellProduct, missing: readonly Cell[]) => number | null,
): readonly TolerantProduct[] {
  const table = new CellNumbers(cells);
  const gone = new Set<CellProduct>();
  const found: TolerantProduct[] = [];
  const open = exact
    .map((sets) => ({ sets, keys: table.keysOf(sets) }))
    .sort((one, other) => other.keys.length - one.keys.length);
  for (const { sets: seed } of table.isExact ? open : []) {
    if (gone.has(seed)) continue;
    const sets = grow(seed, table, tolerance);
    if (sets === null) continue;
    const inside = new Set(table.keysOf(sets));
    const replaced = open.filter((one) => !gone.has(one.sets) && one.keys.every((key) => inside.has(key)));
    if (PRODUCT_LINES >= PRODUCT_LINES * replaced.length) continue;
    const missing = combine(sets).filter((cell) => !table.has(cell));
    const exceptions = countExceptions(sets, missing);
    if (exceptions === null || PRODUCT_LINES + exceptions >= PRODUCT_LINES * replaced.length) continue;
    found.push({ sets, missing, exceptions });
    for (const one of replaced) gone.add(one.sets);
  }
  const left = exact.filter((sets) => !gone.has(sets)).map((sets) => ({ sets, missing: [], exceptions: 0 }));
  return [...found, ...left];
}

/** Takes in members, and gives them up again, until each has enough of its combinations; null where nothing is gained, or too much is missing. */
function grow(seed: CellProduct, table: CellNumbers, tolerance: number): CellProduct | null {
  let sets = seed;
  for (let round = 0; round < seed.length * 2; round++) {
    const before = sets;
    for (let dimension = 0; dimension < seed.length; dimension++) {
      const others = table.keysOf(sets.with(dimension, [0]));
      const candidates = new Set([...sets[dimension]!, ...table.tokensBeside(others, dimension)]);
      const kept = [...candidates].filter(
        (token) => table.count(others, dimension, token) >= (1 - tolerance) * others.length,
      );
      if (kept.length === 0) return null;
      sets = sets.with(
        dimension,
        kept.sort((one, other) => one - other),
      );
    }
    if (sets.join("|") === before.join("|")) break;
  }
  const keys = table.keysOf(sets);
  const missing = keys.length - keys.filter((key) => table.hasKey(key)).length;
  return missing === 0 || missing > tolerance * keys.length ? null : sets;
}

/** Rows that are looked at for members to take in: who lacks many of the first lacks too many. */
const MOST_ROWS = 16;

/** Cells as numbers, whole or with one dimension left open; a class because it guards that. */
class CellNumbers {
  /** Whether a number tells a cell from all others: not where there are more than 2^53 places, which takes five axes with a thousand members each. */
  readonly isExact: boolean;
  readonly #radix: readonly number[];
  readonly #known = new Set<number>();
  /** For each dimension, its tokens by the number of a cell with that dimension 0. */
  readonly #lines: readonly Map<number, number[]>[];

  constructor(cells: readonly Cell[]) {
    const dimensions = cells[0]?.length ?? 0;
    const radix: number[] = [];
    let factor = 1;
    for (let dimension = 0; dimension < dimensions; dimension++) {
      radix.push(factor);
      factor *= 1 + cells.reduce((most, cell) => Math.max(most, cell[dimension]!), 0);
    }
    this.#radix = radix;
    this.isExact = factor <= Number.MAX_SAFE_INTEGER;
    this.#lines = radix.map(() => new Map<number, number[]>());
    for (const cell of cells) {
      const key = this.#key(cell);
      this.#known.add(key);
      cell.forEach((token, dimension) => {
        const line = key - token * radix[dimension]!;
        const tokens = this.#lines[dimension]!.get(line);
        if (tokens === undefined) this.#lines[dimension]!.set(line, [token]);
        else tokens.push(token);
      });
    }
  }

  #key(cell: Cell): number {
    return cell.reduce((key, token, dimension) => key + token * this.#radix[dimension]!, 0);
  }

  has(cell: Cell): boolean {
    return this.#known.has(this.#key(cell));
  }

  hasKey(key: number): boolean {
    return this.#known.has(key);
  }

  /** Numbers of all combinations. */
  keysOf(sets: CellProduct): readonly number[] {
    let keys = [0];
    sets.forEach((tokens, dimension) => {
      const wider: number[] = [];
      for (const key of keys) for (const token of tokens) wider.push(key + token * this.#radix[dimension]!);
      keys = wider;
    });
    return keys;
  }

  /** How many of the lines have the token. */
  count(lines: readonly number[], dimension: number, token: number): number {
    const offset = token * this.#radix[dimension]!;
    let count = 0;
    for (const line of lines) if (this.#known.has(line + offset)) count++;
    return count;
  }

  /** Tokens that some of the lines have. */
  tokensBeside(lines: readonly number[], dimension: number): readonly number[] {
    return lines.slice(0, MOST_ROWS).flatMap((line) => this.#lines[dimension]!.get(line) ?? []);
  }
}
