/**
 * A lower bound on how few products can cover cells: cells of which no two fit into one product need a product each.
 */
import type { Cell } from "./cover.ts";

/** Cells of which no two fit into one product, as many as a greedy search finds: the hardest to place first. Cells are distinct, all of one length. */
export function findFoolingSet(cells: readonly Cell[]): readonly Cell[] {
  const known = new CellSet(cells);
  const chosen: Cell[] = [];
  for (const cell of known.hardestFirst())
    if (chosen.every((other) => !known.fit(cell, other))) chosen.push(cell);
  return chosen;
}

/** Whether it is one: all of them are cells, and no two fit into a product of cells. Looks at every pair and every mix of it. */
export function isFoolingSet(chosen: readonly Cell[], cells: readonly Cell[]): boolean {
  const texts = new Set(cells.map((cell) => cell.join()));
  const isCell = (cell: Cell): boolean => texts.has(cell.join());
  const mixes = (one: Cell, other: Cell): readonly Cell[] =>
    one.reduce<number[][]>(
      (starts, token, at) =>
        starts.flatMap((start) =>
          token === other[at]
            ? [[...start, token]]
            : [
                [...start, token],
                [...start, other[at]!],
              ],
        ),
      [[]],
    );
  return chosen.every(
    (one, at) => isCell(one) && chosen.slice(at + 1).every((other) => !mixes(one, other).every(isCell)),
  );
}

/** Cells by number; a class because it guards them. */
class CellSet {
  readonly #cells: readonly Cell[];
  readonly #known = new Set<number>();
  readonly #radix: number[] = [];

  constructor(cells: readonly Cell[]) {
    this.#cells = cells;
    let factor = 1;
    for (let at = 0; at < (cells[0]?.length ?? 0); at++) {
      this.#radix.push(factor);
      factor *= 1 + cells.reduce((most, cell) => Math.max(most, cell[at]!), 0);
    }
    for (const cell of cells) this.#known.add(this.#key(cell));
  }

  #key(cell: Cell): number {
    let key = 0;
    for (let at = 0; at < cell.length; at++) key += cell[at]! * this.#radix[at]!;
    return key;
  }

  /** Cells with the smallest product of neighbours first: few products can hold them. */
  hardestFirst(): readonly Cell[] {
    const lines = this.#radix.map(() => new Map<number, number>());
    const lineOf = (cell: Cell, at: number): number => this.#key(cell) - cell[at]! * this.#radix[at]!;
    for (const cell of this.#cells)
      for (const [at, line] of lines.entries())
        line.set(lineOf(cell, at), (line.get(lineOf(cell, at)) ?? 0) + 1);
    const weights = new Map(
      this.#cells.map((cell) => [
        cell,
        lines.reduce((weight, line, at) => weight * line.get(lineOf(cell, at))!, 1),
      ]),
    );
    return [...this.#cells].sort((one, other) => weights.get(one)! - weights.get(other)!);
  }

  /** Whether every mix of two cells is a cell. */
  fit(one: Cell, other: Cell): boolean {
    const start = this.#key(one);
    const steps: number[] = [];
    for (let at = 0; at < one.length; at++)
      if (one[at] !== other[at]) steps.push((other[at]! - one[at]!) * this.#radix[at]!);
    for (let mix = 1; mix < 2 ** steps.length - 1; mix++) {
      let key = start;
      for (let at = 0; at < steps.length; at++) if (((mix >> at) & 1) === 1) key += steps[at]!;
      if (!this.#known.has(key)) return false;
    }
    return true;
  }
}
