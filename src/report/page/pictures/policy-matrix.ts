/**
 * The policy as a matrix: who (source and incoming interface) in rows, where to (destination and outgoing interface) in columns, and in
 * each cell the policy rules, each with its services and what becomes of such packets.
 */
import type { PageData } from "../../page-data.ts";
import type { GroupView, ProductView } from "../../view.ts";
import { groupBy } from "./group-by.ts";
import { orderSides } from "./order.ts";
import {
  describeLimits,
  describeService,
  describeSide,
  type Fate,
  fateOf,
  type Side,
  sideGroups,
} from "./policy-side.ts";

/** Where policy rules stand. */
export interface Place {
  /** Stands in addresses: `0 filter` or `0 filter FORWARD`. */
  readonly key: string;
  readonly title: string;
  readonly rules: readonly ProductView[];
}

/** A row or column. */
export interface Head {
  /** Empty: neither addresses nor interfaces are asked. */
  readonly label: string;
  /** Groups that it is made of. */
  readonly groups: readonly GroupView[];
}

/** What services a policy rule is for. */
export interface ServiceSet {
  /** Empty: all. */
  readonly label: string;
  /** A, B, … Z, AA, …: the most frequent first. */
  readonly code: string;
  readonly group: GroupView | null;
  /** How many policy rules are for it. */
  readonly rules: number;
}

/** A policy rule in its cell. */
export interface PolicyMark {
  readonly rule: ProductView;
  /** Index in the services. */
  readonly service: number;
  readonly fate: Fate;
  /** What it asks beside its sides and services; empty: nothing. */
  readonly limits: string;
}

/** A cell that has rules. */
export interface PolicyCell {
  readonly row: number;
  readonly column: number;
  readonly marks: readonly PolicyMark[];
}

/** The picture. */
export interface PolicyMatrix {
  readonly rows: readonly Head[];
  readonly columns: readonly Head[];
  readonly services: readonly ServiceSet[];
  /** By row, then column; none is empty. */
  readonly cells: readonly PolicyCell[];
}

/** Tables and chains that have accepted policy rules: a table as a whole where it has several such chains, then each chain. */
export function listPlaces({ report, files }: PageData): readonly Place[] {
  const accepted = report.products.filter(({ accept }) => accept);
  return files.flatMap(({ path }, file) => {
    const name = files.length > 1 ? `${path}: ` : "";
    const tables = groupBy(
      accepted.filter((rule) => rule.file === path),
      ({ table }) => table,
    );
    return [...tables].flatMap(([table, own]) => {
      const chains = [...groupBy(own, ({ chain }) => chain)].map(([chain, rules]) => {
        return { key: `${file} ${table} ${chain}`, title: `${name}${table} ${chain}`, rules };
      });
      const whole = { key: `${file} ${table}`, title: `${name}${table}, all chains`, rules: own };
      return chains.length > 1 ? [whole, ...chains] : chains;
    });
  });
}

/** Makes the matrix of some policy rules. */
export function makePolicyMatrix(rules: readonly ProductView[], groups: readonly GroupView[]): PolicyMatrix {
  const byKey = new Map(groups.map((group) => [`${group.axis} ${group.name}`, group]));
  const rows = listHeads(rules, "row", byKey);
  const columns = listHeads(rules, "column", byKey);
  const services = listServices(rules, byKey);
  const rowOf = new Map(rows.map(({ label }, at) => [label, at]));
  const columnOf = new Map(columns.map(({ label }, at) => [label, at]));
  const serviceOf = new Map(services.map(({ label }, at) => [label, at]));
  const marks = rules.map((rule) => ({
    pair: [rowOf.get(describeSide(rule, "row"))!, columnOf.get(describeSide(rule, "column"))!] as const,
    mark: {
      rule,
      service: serviceOf.get(describeService(rule))!,
      fate: fateOf(rule),
      limits: describeLimits(rule),
    },
  }));
  const order = orderSides(
    marks.map(({ pair }) => pair),
    rows.length,
    columns.length,
  );
  const shownRows = anyFirst(order.rows, rows);
  const shownColumns = anyFirst(order.columns, columns);
  const cells = [...groupBy(marks, ({ pair }) => pair.join())].map(([, list]) => ({
    row: shownRows.indexOf(list[0]!.pair[0]),
    column: shownColumns.indexOf(list[0]!.pair[1]),
    marks: list.map(({ mark }) => mark),
  }));
  return {
    rows: shownRows.map((at) => rows[at]!),
    columns: shownColumns.map((at) => columns[at]!),
    services,
    cells: cells.sort((one, other) => one.row - other.row || one.column - other.column),
  };
}

type GroupsByKey = ReadonlyMap<string, GroupView>;

function listHeads(rules: readonly ProductView[], side: Side, groups: GroupsByKey): readonly Head[] {
  const found = new Map(rules.map((rule) => [describeSide(rule, side), sideGroups(rule, side)]));
  return [...found].map(([label, keys]) => ({ label, groups: keys.flatMap((key) => groups.get(key) ?? []) }));
}

/** In sight without scrolling: most rules do not ask one of the sides. */
function anyFirst(order: readonly number[], heads: readonly Head[]): readonly number[] {
  const isAny = (at: number): boolean => heads[at]!.label === "";
  return [...order.filter(isAny), ...order.filter((at) => !isAny(at))];
}

function listServices(rules: readonly ProductView[], groups: GroupsByKey): readonly ServiceSet[] {
  const found = [...groupBy(rules, describeService)].map(([label, list]) => ({
    label,
    group: groups.get(`service ${list[0]!.groups.service ?? ""}`) ?? null,
    rules: list.length,
  }));
  found.sort((one, other) => other.rules - one.rules);
  return found.map((set, at) => ({ ...set, code: letterOf(at) }));
}

/** 0: A, 25: Z, 26: AA. */
export function letterOf(at: number): string {
  const letter = String.fromCharCode(65 + (at % 26));
  return at < 26 ? letter : letterOf(Math.floor(at / 26) - 1) + letter;
}

/** Where an arrow key leads from a cell: along its row, or to the nearest cell of the next row that has one; null for other keys. */
export function moveInCells(
  cells: readonly Pick<PolicyCell, "row" | "column">[],
  from: number,
  key: string,
): number | null {
  if (cells.length === 0) return null;
  if (key === "Home") return 0;
  if (key === "End") return cells.length - 1;
  if (!/^Arrow(?:Left|Right|Up|Down)$/.test(key)) return null;
  const here = cells[from];
  if (here === undefined) return 0;
  if (key === "ArrowRight") return Math.min(cells.length - 1, from + 1);
  if (key === "ArrowLeft") return Math.max(0, from - 1);
  const step = key === "ArrowDown" ? 1 : -1;
  const ahead = cells.filter(({ row }) => (row - here.row) * step > 0);
  if (ahead.length === 0) return from;
  const row = ahead.reduce((best, cell) => ((cell.row - best) * step < 0 ? cell.row : best), ahead[0]!.row);
  const distance = ({ column }: Pick<PolicyCell, "column">): number => Math.abs(column - here.column);
  const nearest = ahead
    .filter((cell) => cell.row === row)
    .reduce((best, cell) => (distance(cell) < distance(best) ? cell : best));
  return cells.indexOf(nearest);
}
