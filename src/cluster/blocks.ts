/**
 * Finds large products among cells with holes in them.
 *
 * Where single cells are missing at random, a cover by few products (`cover.ts`) is one of slivers: nearly each row makes one of its own, with all rows that have
 * its cells and more, and none of them pays. A block gives up some rows for each column that it takes, as long as that saves lines.
 */
import type { Cell, CellProduct } from "./cover.ts";
import { combine, lineKey } from "./places.ts";

/** Lines that a product takes beside its members: two for each group, and these. `ruleChainRules` in `cost.ts` has them one by one. */
const PRODUCT_COST = 4;

/**
 * Disjoint products, each of which saves lines even if no other shares its groups; cells that are in none are left out. Cells are distinct, all of one
 * length (1 to 5).
 */
export function findBlocks(cells: readonly Cell[]): CellProduct[] {
  const open = new OpenCells(cells);
  const blocks: CellProduct[] = [];
  for (const { cell, dimension } of open.longestLines()) {
    for (let block = growBlock(cell, dimension, open); block !== null; ) {
      open.take(block);
      blocks.push(block);
      block = growBlock(cell, dimension, open);
    }
  }
  return blocks;
}

/** The cells that are in no block yet, by lines: a line is what cells have that differ in one dimension alone. */
class OpenCells {
  readonly #cells: readonly Cell[];
  readonly #lines = new Map<string, Set<number>>();

  constructor(cells: readonly Cell[]) {
    this.#cells = cells;
    for (const cell of cells) {
      cell.forEach((token, dimension) => {
        const key = lineKey(cell, dimension);
        const line = this.#lines.get(key);
        if (line === undefined) this.#lines.set(key, new Set([token]));
        else line.add(token);
      });
    }
  }

  /** Tokens of the line through a place, which need not be a cell; in source order. */
  line(place: Cell, dimension: number): ReadonlySet<number> {
    return this.#lines.get(lineKey(place, dimension)) ?? NO_TOKENS;
  }

  /** A cell of each line of two cells or more; longest first, ties in source order. */
  longestLines(): readonly { readonly cell: Cell; readonly dimension: number }[] {
    const seen = new Set<ReadonlySet<number>>();
    const found: { readonly cell: Cell; readonly dimension: number; readonly length: number }[] = [];
    for (const cell of this.#cells) {
      for (let dimension = 0; dimension < cell.length; dimension++) {
        const line = this.line(cell, dimension);
        if (line.size > 1 && !seen.has(line)) found.push({ cell, dimension, length: line.size });
        seen.add(line);
      }
    }
    return found.sort((left, right) => right.length - left.length);
  }

  take(block: CellProduct): void {
    for (const cell of combine(block)) {
      for (const [dimension, token] of cell.entries())
        this.#lines.get(lineKey(cell, dimension))!.delete(token);
    }
  }
}

const NO_TOKENS: ReadonlySet<number> = new Set();

/** The block around a line that saves most lines on the way from the whole line to the few rows that have all; null where none saves any. */
function growBlock(seed: Cell, dimension: number, open: OpenCells): CellProduct | null {
  const growth = new Growth(seed, dimension, open);
  let best: CellProduct | null = null;
  let bestValue = 0;
  while (growth.widen()) {
    const value = linesSaved(growth.sizes());
    if (value <= bestValue) continue;
    best = growth.sets();
    bestValue = value;
  }
  return best;
}

function linesSaved(sizes: readonly number[]): number {
  let cells = 1;
  let cost = PRODUCT_COST;
  for (const size of sizes) {
    cells *= size;
    if (size > 1) cost += 2 + size;
  }
  return cells - cost;
}

/** A token that a dimension could take, and the rows that have it. */
interface Choice {
  readonly at: number;
  readonly token: number;
  readonly mask: Uint32Array;
}

/** A product that takes one token more at a time, and keeps the rows (tokens of its first dimension) that have it. */
class Growth {
  readonly #open: OpenCells;
  readonly #dimension: number;
  /** Tokens of all rows that it started with; bits of masks stand for them. */
  readonly #rows: readonly number[];
  readonly #sets: number[][];
  /** For each dimension, the tokens that it could take, and the rows that have them in all combinations with the other sets. */
  readonly #choices: Map<number, Uint32Array>[];
  #left: Uint32Array;

  constructor(seed: Cell, dimension: number, open: OpenCells) {
    this.#open = open;
    this.#dimension = dimension;
    this.#rows = [...open.line(seed, dimension)];
    this.#left = new Uint32Array((this.#rows.length + 31) >>> 5);
    for (const row of this.#rows.keys()) addBit(this.#left, row);
    this.#sets = seed.map((token) => [token]);
    this.#choices = seed.map((token, at) => {
      const choices = at === dimension ? new Map<number, Uint32Array>() : this.#rowsThrough(seed, at);
      choices.delete(token);
      return choices;
    });
  }

  sizes(): readonly number[] {
    return this.#sets.map((set, at) => (at === this.#dimension ? countBits(this.#left) : set.length));
  }

  sets(): CellProduct {
    const rows = this.#rows.filter((_, row) => hasBit(this.#left, row));
    return this.#sets.map((set, at) => [...(at === this.#dimension ? rows : set)].sort((a, b) => a - b));
  }

  /** Takes the token that makes it save most; false where no token leaves two rows. */
  widen(): boolean {
    const sizes = [...this.sizes()];
    let best: Choice | null = null;
    let bestValue = Number.NEGATIVE_INFINITY;
    for (const [at, choices] of this.#choices.entries()) {
      for (const [token, mask] of choices) {
        const rows = countBits(mask, this.#left);
        if (rows < 2) choices.delete(token);
        const value = linesSaved(sizes.with(this.#dimension, rows).with(at, sizes[at]! + 1));
        if (rows < 2 || value <= bestValue) continue;
        best = { at, token, mask };
        bestValue = value;
      }
    }
    if (best === null) return false;
    this.#take(best);
    return true;
  }

  #take({ at, token, mask }: Choice): void {
    this.#left = this.#left.map((word, index) => word & mask[index]!);
    this.#choices[at]!.delete(token);
    this.#sets[at]!.push(token);
    // What other dimensions can take has to be there in combination with the new token, too.
    this.#choices.forEach((choices, other) => {
      if (other === at || choices.size === 0) return;
      const fixed = this.#sets.map((set, axis) =>
        axis === at ? [token] : axis === other || axis === this.#dimension ? [set[0]!] : set,
      );
      for (const place of combine(fixed)) {
        const found = this.#rowsThrough(place, other);
        for (const [choice, rows] of choices) {
          const both = found.get(choice);
          if (both === undefined) choices.delete(choice);
          else
            choices.set(
              choice,
              rows.map((word, index) => word & both[index]!),
            );
        }
      }
    });
  }

  /** For each token on the lines that cross the rows at a place: the rows that have it. */
  #rowsThrough(place: Cell, at: number): Map<number, Uint32Array> {
    const found = new Map<number, Uint32Array>();
    this.#rows.forEach((token, row) => {
      if (!hasBit(this.#left, row)) return;
      for (const crossing of this.#open.line(place.with(this.#dimension, token), at)) {
        let mask = found.get(crossing);
        if (mask === undefined) {
          mask = new Uint32Array(this.#left.length);
          found.set(crossing, mask);
        }
        addBit(mask, row);
      }
    });
    return found;
  }
}

function addBit(mask: Uint32Array, bit: number): void {
  mask[bit >>> 5]! |= 1 << (bit & 31);
}

function hasBit(mask: Uint32Array, bit: number): boolean {
  return (mask[bit >>> 5]! & (1 << (bit & 31))) !== 0;
}

/** Bits that are set in both masks. */
function countBits(mask: Uint32Array, other: Uint32Array = mask): number {
  let count = 0;
  for (let at = 0; at < mask.length; at++) {
    let word = mask[at]! & other[at]!;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
