/**
 * Filter and order of a table's rows, with the counts that follow the filter.
 */
import type { Address } from "./address.ts";

/** What a table is asked for. */
export type Wish = Pick<Address, "query" | "only" | "sort">;

/** How a table's rows are read. */
export interface RowReader<Row> {
  /** All text that a row is found by. */
  readonly text: (row: Row) => string;
  /** The kind that a row can be filtered by. */
  readonly kind: (row: Row) => string;
  /** What a row is sorted by, for each column's key. */
  readonly keys: Readonly<Record<string, (row: Row) => string | number>>;
}

/** The rows that are shown. */
export interface Selected<Row> {
  readonly rows: readonly Row[];
  /** Rows that have the words, by kind: what each choice would show. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Rows that have the words, of any kind. */
  readonly found: number;
}

/** Whether a text has all words of a query, whatever their case. */
export function makeMatcher(query: string): (text: string) => boolean {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return (text) => {
    if (words.length === 0) return true;
    const low = text.toLowerCase();
    return words.every((word) => low.includes(word));
  };
}

/** Chooses and sorts; rows that are alike stay in their order. */
export function selectRows<Row>(
  rows: readonly Row[],
  reader: RowReader<Row>,
  { query, only, sort }: Wish,
): Selected<Row> {
  const isMatch = makeMatcher(query);
  const found = rows.filter((row) => isMatch(reader.text(row)));
  const kinds = new Map<string, number>();
  for (const row of rows) kinds.set(reader.kind(row), 0);
  for (const row of found) kinds.set(reader.kind(row), kinds.get(reader.kind(row))! + 1);
  const shown = only === "" ? found : found.filter((row) => reader.kind(row) === only);
  const key = reader.keys[sort.replace(/^-/, "")];
  if (key === undefined) return { rows: shown, kinds, found: found.length };
  const sign = sort.startsWith("-") ? -1 : 1;
  const sorted = [...shown].sort((one, other) => sign * compare(key(one), key(other)));
  return { rows: sorted, kinds, found: found.length };
}

function compare(one: string | number, other: string | number): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), "en", { numeric: true });
}
