/**
 * The flat rules of a chain as a matrix: each source a row, each destination a column, and over it the policy rules that were found. Rows and
 * columns are ordered so that a policy rule is a block; where there are many, those that are equal are one.
 */
import { AXES, type Axis } from "../../../model/types.ts";
import { missingMembers } from "../../../plan/missing.ts";
import type { RuleColumns } from "../../picture-data.ts";
import type { ProductView } from "../../view.ts";
import { groupBy } from "./group-by.ts";
import { orderBySets } from "./order.ts";
import { findRemoved } from "./removed.ts";
import type { DrawnData } from "./drawn.ts";

/** A chain of an input that has rules. */
export interface FlatChain {
  /** Stands in addresses: `0 filter FORWARD`. */
  readonly key: string;
  readonly title: string;
  /** Index of the input. */
  readonly file: number;
  readonly table: string;
  readonly chain: string;
  /** Indices in the input's columns. */
  readonly rules: readonly number[];
}

/** Rows or columns that are equal. */
export interface Lane {
  /** One at least; an empty one is for rules that do not ask. */
  readonly members: readonly string[];
  /** Not of the policy rule that is shown, but nearly. */
  readonly isNear?: true;
  /** The plan takes it out of the policy rule that is shown. */
  readonly isRemoved?: true;
}

/**
 * What a cell has beside rules: `missing`: combinations that a policy rule lacks; `gap`: what a line that is nearly of the policy rule lacks;
 * `chains`: said by rules of several chains together; `added`: the plan adds it; `removed`: some of its rules ask for a member that the plan
 * takes out of a group.
 */
export type Mark = "missing" | "gap" | "chains" | "added" | "removed";

/** A cell that is not empty. */
export interface FlatCell {
  readonly row: number;
  readonly column: number;
  /** Indices in the input's columns. */
  readonly rules: readonly number[];
  /** Indices of policy rules that stand for some of them, ascending. */
  readonly products: readonly number[];
  /** Some of its rules are of none of these. */
  readonly hasOthers: boolean;
  readonly mark: Mark | null;
}

/** The picture. */
export interface FlatMatrix {
  /** Index of the input. */
  readonly file: number;
  readonly rows: readonly Lane[];
  readonly columns: readonly Lane[];
  /** By row, then column. */
  readonly cells: readonly FlatCell[];
  /** Those with the most lines first. */
  readonly products: readonly ProductView[];
}

/** All chains that have rules. */
export function listChains({ files }: DrawnData): readonly FlatChain[] {
  return files.flatMap(({ path, picture }, file) => {
    const name = files.length > 1 ? `${path}: ` : "";
    const indices = picture.rules.chain.map((_, at) => at);
    const rules = groupBy(indices, (at) => picture.rules.chain[at]!);
    return picture.rules.chains.map(({ table, chain }, at) => ({
      key: `${file} ${table} ${chain}`,
      title: `${name}${table} ${chain}`,
      ...{ file, table, chain },
      rules: rules.get(at) ?? [],
    }));
  });
}

/** Accepted policy rules of an input, by the lines that they stand for. */
export function productsByLine(
  { report, files }: DrawnData,
  file: number,
): ReadonlyMap<number, readonly ProductView[]> {
  const found = new Map<number, ProductView[]>();
  for (const product of report.products) {
    if (!product.accept || product.file !== files[file]!.path) continue;
    for (const { line } of product.lines) {
      const list = found.get(line);
      if (list === undefined) found.set(line, [product]);
      else list.push(product);
    }
  }
  return found;
}

/** A cell before rows and columns have their places. */
interface RawCell {
  readonly source: string;
  readonly destination: string;
  readonly rules: number[];
  readonly products: Set<number>;
  hasOthers: boolean;
  isMissing: boolean;
  isRemoved: boolean;
}

/** More rows or columns than these are joined where they are equal. */
export const MOST_SINGLE = 80;

/** Makes the matrix of a chain. */
export function makeFlatMatrix(data: DrawnData, chain: FlatChain): FlatMatrix {
  const { rules } = data.files[chain.file]!.picture;
  const byLine = productsByLine(data, chain.file);
  const products = [...new Set(chain.rules.flatMap((at) => byLine.get(rules.line[at]!) ?? []))];
  products.sort((one, other) => other.lines.length - one.lines.length);
  const numbers = new Map(products.map((product, at) => [product, at]));
  const isRemoved = products.map((product) => findRemoved(data.report.groups, product, rules));
  const cells = new CellMap();
  for (const at of chain.rules) {
    const cell = cells.at(rules.words[rules.source[at]!]!, rules.words[rules.destination[at]!]!);
    const own = byLine.get(rules.line[at]!) ?? [];
    cell.rules.push(at);
    for (const number of own.map((product) => numbers.get(product)!)) {
      cell.products.add(number);
      cell.isRemoved ||= isRemoved[number]!(at);
    }
    cell.hasOthers ||= own.length === 0;
  }
  for (const [number, product] of products.entries()) {
    if (product.table !== chain.table || product.chain !== chain.chain) continue;
    for (const [source, destination] of missingPairs(product, rules)) {
      const cell = cells.at(source, destination);
      cell.products.add(number);
      cell.isMissing = true;
    }
  }
  return arrange(chain.file, cells.all(), rules, products);
}

/** Cells by source and destination. */
class CellMap {
  readonly #rows = new Map<string, Map<string, RawCell>>();

  at(source: string, destination: string): RawCell {
    let row = this.#rows.get(source);
    if (row === undefined) {
      row = new Map();
      this.#rows.set(source, row);
    }
    let cell = row.get(destination);
    if (cell === undefined) {
      cell = {
        source,
        destination,
        rules: [],
        products: new Set(),
        hasOthers: false,
        isMissing: false,
        isRemoved: false,
      };
      row.set(destination, cell);
    }
    return cell;
  }

  all(): readonly RawCell[] {
    return [...this.#rows.values()].flatMap((row) => [...row.values()]);
  }
}

/** Sources and destinations of the combinations that a policy rule lacks. */
export function missingPairs(
  product: ProductView,
  rules: RuleColumns,
): readonly (readonly [source: string, destination: string, service: string])[] {
  const axes = AXES.filter((axis) => product.groups[axis] !== undefined);
  const first = rules.line.indexOf(product.lines[0]?.line ?? 0);
  const single = (axis: Axis): string => (first === -1 ? "" : rules.words[rules[axis][first]!]!);
  return product.missing.map((text) => {
    const members = missingMembers(text);
    const member = (axis: Axis): string => members[axes.indexOf(axis)] ?? single(axis);
    return [member("source"), member("destination"), member("service")];
  });
}

type SideName = "source" | "destination";

function arrange(
  file: number,
  cells: readonly RawCell[],
  rules: RuleColumns,
  products: readonly ProductView[],
): FlatMatrix {
  const rows = findLanes(cells, "source", "destination", rules);
  const columns = findLanes(cells, "destination", "source", rules);
  const rowOf = placeMembers(rows);
  const columnOf = placeMembers(columns);
  const joined = groupBy(
    cells,
    ({ source, destination }) => rowOf.get(source)! * columns.length + columnOf.get(destination)!,
  );
  const found = [...joined].map(
    ([key, list]): FlatCell => ({
      row: Math.floor(key / columns.length),
      column: key % columns.length,
      rules: list.flatMap((cell) => cell.rules).sort((one, other) => one - other),
      products: [...new Set(list.flatMap((cell) => [...cell.products]))].sort((one, other) => one - other),
      hasOthers: list.some(({ hasOthers }) => hasOthers),
      mark: list.some((cell) => cell.isRemoved)
        ? "removed"
        : list.some((cell) => cell.isMissing)
          ? "missing"
          : null,
    }),
  );
  return { file, rows, columns, cells: sortCells(found), products };
}

/** A cell in an address, where no line names it. */
export function nameSpot({ row, column }: Pick<FlatCell, "row" | "column">): string {
  return `at:${row}:${column}`;
}

/** The index of the cell of such a name; -1 for none. */
export function findSpot(cells: readonly FlatCell[], name: string): number {
  return cells.findIndex((cell) => nameSpot(cell) === name);
}

/** By row, then column. */
export function sortCells(cells: readonly FlatCell[]): readonly FlatCell[] {
  return [...cells].sort((one, other) => one.row - other.row || one.column - other.column);
}

/** Which lane a member is in. */
export function placeMembers(lanes: readonly Lane[]): ReadonlyMap<string, number> {
  return new Map(lanes.flatMap(({ members }, at) => members.map((member) => [member, at] as const)));
}

function findLanes(
  cells: readonly RawCell[],
  side: SideName,
  across: SideName,
  rules: RuleColumns,
): readonly Lane[] {
  const lines = groupBy(cells, (cell) => cell[side]);
  const setsOf = (list: readonly RawCell[]) => [...new Set(list.flatMap(({ products }) => [...products]))];
  const entries = [...lines].map(([member, list]) => ({ member, list, sets: setsOf(list) }));
  const isFew = entries.length <= MOST_SINGLE;
  const keyed = entries.map((entry) => ({
    ...entry,
    key: isFew ? entry.member : describeLane(entry.list, across, rules),
  }));
  const ordered = orderBySets(
    keyed,
    ({ sets }) => sets,
    (one, other) => compareMembers(one.member, other.member),
  );
  return [...groupBy(ordered, ({ key }) => key).values()].map((list) => ({
    members: list.map(({ member }) => member),
  }));
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

/** As people count; what is not asked is the last. */
export function compareMembers(one: string, other: string): number {
  if (one === "" || other === "") return one === other ? 0 : one === "" ? 1 : -1;
  return COLLATOR.compare(one, other);
}

/** All that a row or column says; equal ones say the same of everybody. In file order within a cell: which rule is the first decides. */
function describeLane(list: readonly RawCell[], across: SideName, rules: RuleColumns): string {
  const texts = list.map((cell) => {
    const said = cell.rules.map((at) =>
      [rules.service[at], rules.in[at], rules.out[at], rules.says[at]].join(),
    );
    return [
      cell[across],
      [...cell.products].join(),
      cell.hasOthers,
      cell.isMissing,
      cell.isRemoved,
      said.join(" "),
    ].join("\n");
  });
  return texts.sort().join("\n\n");
}
