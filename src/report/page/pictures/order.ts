/**
 * The order of rows and columns in which a person sees what belongs together.
 */

/** A cell that has something in it: a row and a column, from 0. */
export type Pair = readonly [row: number, column: number];

/** After so many rounds nothing much moves any more. */
const ROUNDS = 8;

/** Moves rows to where their columns are and columns to where their rows are, in turn; gives the rows and the columns in their new order. */
export function orderSides(
  pairs: readonly Pair[],
  rows: number,
  columns: number,
): { readonly rows: readonly number[]; readonly columns: readonly number[] } {
  const columnsOf = collect(rows, pairs);
  const rowsOf = collect(
    columns,
    pairs.map(([row, column]) => [column, row]),
  );
  let byRow = columnsOf.map((_, at) => at);
  let byColumn = rowsOf.map((_, at) => at);
  for (let round = 0; round < ROUNDS; round++) {
    byColumn = sortByMean(byColumn, rowsOf, byRow);
    byRow = sortByMean(byRow, columnsOf, byColumn);
  }
  return { rows: byRow, columns: byColumn };
}

function collect(count: number, pairs: readonly Pair[]): readonly (readonly number[])[] {
  const lists = Array.from({ length: count }, (): number[] => []);
  for (const [from, to] of pairs) lists[from]!.push(to);
  return lists;
}

/** Sorts lines by where the ones that they meet are on the average; lines that are alike stay in their order. */
function sortByMean(
  lines: readonly number[],
  meets: readonly (readonly number[])[],
  others: readonly number[],
): number[] {
  const position: number[] = [];
  for (const [at, other] of others.entries()) position[other] = at;
  const mean = meets.map((list) => list.reduce((sum, other) => sum + position[other]!, 0) / list.length);
  return [...lines].sort((one, other) => mean[one]! - mean[other]!);
}

/** Sorts lines so that those of the first set stand together, within and behind them those of the second, and so on; lines of no set are the last. */
export function orderBySets<Line>(
  lines: readonly Line[],
  setsOf: (line: Line) => readonly number[],
  compare: (one: Line, other: Line) => number,
): readonly Line[] {
  const keyed = lines.map((line) => ({ line, sets: [...setsOf(line)].sort((one, other) => one - other) }));
  keyed.sort((one, other) => compareSets(one.sets, other.sets) || compare(one.line, other.line));
  return keyed.map(({ line }) => line);
}

/** A list that goes on stands before the one that has ended. */
function compareSets(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const step = (one[at] ?? Number.POSITIVE_INFINITY) - (other[at] ?? Number.POSITIVE_INFINITY);
    if (step !== 0) return step < 0 ? -1 : 1;
  }
  return 0;
}
