/**
 * Where rows and columns are on a canvas, and what is at a point of it.
 */
import type { FlatCell, FlatMatrix, Lane } from "./flat-matrix.ts";

/** A row or column: where it begins, and how wide it is, in pixels. */
export interface Extent {
  readonly start: number;
  readonly size: number;
}

/** A matrix with its places. */
export interface Sheet {
  readonly matrix: FlatMatrix;
  readonly rows: readonly Extent[];
  readonly columns: readonly Extent[];
  /** Every lane has room for a label. */
  readonly isWide: boolean;
  /** Room for labels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A label needs a lane as wide as this. */
export const LABELLED = 12;
const WIDEST = 18;
/** A joined lane is no wider, however many members it has. */
const WIDEST_JOINED = 48;
/** A lane is as wide as this, so that a person can point at it. */
export const LEAST = 5;

/** Places lanes from `start` on in about `most` pixels; `least`: how narrow each may be. */
export function placeLanes(
  lanes: readonly Lane[],
  start: number,
  most: number,
  least: (lane: number) => number,
): readonly Extent[] {
  const members = lanes.reduce((sum, lane) => sum + lane.members.length, 0);
  const unit = Math.min(WIDEST, most / Math.max(1, members));
  let at = start;
  return lanes.map((lane, index) => {
    const size = Math.round(Math.max(least(index), Math.min(WIDEST_JOINED, unit * lane.members.length)));
    const extent = { start: at, size };
    at += size;
    return extent;
  });
}

/** Where the last lane ends. */
export function endOf(extents: readonly Extent[], start: number): number {
  const last = extents.at(-1);
  return last === undefined ? start : last.start + last.size;
}

/** The lane at a place; -1 for none. */
export function laneAt(extents: readonly Extent[], place: number): number {
  return extents.findIndex(({ start, size }) => place >= start && place < start + size);
}

/** The cell at a point; -1 where there is none or an empty one. */
export function cellAt({ matrix, rows, columns }: Sheet, x: number, y: number): number {
  const [row, column] = [laneAt(rows, y), laneAt(columns, x)];
  if (row === -1 || column === -1) return -1;
  return matrix.cells.findIndex((cell) => cell.row === row && cell.column === column);
}

/** What a lane is called. */
export function laneLabel({ members }: Lane): string {
  const first = members[0] === "" ? "any" : members[0]!;
  return members.length === 1 ? first : `${members.length} × ${first} …`;
}

/** Lanes that follow each other, as first and last. */
export function findRuns(lanes: ReadonlySet<number>): readonly (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const lane of [...lanes].sort((one, other) => one - other)) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === lane - 1) run[1] = lane;
    else runs.push([lane, lane]);
  }
  return runs;
}

/** Blocks of lanes that a policy rule has; the picture of one that is in more pieces than these is not framed. */
const MOST_BLOCKS = 40;

/** A rectangle in lanes, ends inclusive. */
export interface Block {
  readonly product: number;
  readonly rows: readonly [first: number, last: number];
  readonly columns: readonly [first: number, last: number];
}

/** Frames of the policy rules. */
export function findBlocks({ cells, products }: FlatMatrix): readonly Block[] {
  const sides = products.map(() => ({ rows: new Set<number>(), columns: new Set<number>() }));
  for (const cell of cells as readonly FlatCell[]) {
    for (const product of cell.products) {
      sides[product]!.rows.add(cell.row);
      sides[product]!.columns.add(cell.column);
    }
  }
  return sides.flatMap(({ rows, columns }, product) => {
    const [rowRuns, columnRuns] = [findRuns(rows), findRuns(columns)];
    if (rowRuns.length * columnRuns.length > MOST_BLOCKS) return [];
    return rowRuns.flatMap((row) =>
      columnRuns.map((column): Block => ({ product, rows: row, columns: column })),
    );
  });
}
