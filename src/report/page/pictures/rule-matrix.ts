/**
 * A policy rule as a matrix of the single members of its groups: which flat rules say each combination, which are missing, and who is nearly
 * of its groups, with what such a row or column lacks.
 */
import type { Axis } from "../../../model/types.ts";
import type { RuleColumns } from "../../picture-data.ts";
import type { GroupView, ProductView } from "../../view.ts";
import { fileIndex } from "../lookup.ts";
import {
  compareMembers,
  type FlatCell,
  type FlatMatrix,
  type Lane,
  type Mark,
  missingPairs,
  placeMembers,
  sortCells,
} from "./flat-matrix.ts";
import { groupBy } from "./group-by.ts";
import type { DrawnData } from "./drawn.ts";
import { findRemoved, removedMembers } from "./removed.ts";

/** A source or destination that is not of the policy rule's groups, and has much of what these have. */
export interface Near {
  readonly side: "source" | "destination";
  readonly member: string;
  /** Combinations that it has, of all that the policy rule has for one of its members. */
  readonly has: number;
  readonly of: number;
  /** Opposite members for which it lacks some. */
  readonly lacks: readonly string[];
}

/** The picture. */
export interface RuleMatrix extends FlatMatrix {
  readonly near: readonly Near[];
  /** Combinations that the plan adds. */
  readonly added: readonly string[];
}

/** Less than this share is not nearly. */
const LEAST_SHARE = 0.5;
/** One combination is a coincidence. */
const LEAST_COMMON = 2;
/** More are not shown of a side: the nearest are. */
const MOST_NEAR = 8;

type SideName = "source" | "destination";

/** What a policy rule is for. */
interface Wanted {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly services: readonly string[];
  /** Members that the plan adds to a group. */
  readonly added: ReadonlySet<string>;
  /** Members that it takes out of one; they are not among the others. */
  readonly removed: Readonly<Record<SideName, readonly string[]>>;
}

/** Makes it. */
export function makeRuleMatrix(data: DrawnData, product: ProductView): RuleMatrix {
  const file = fileIndex(data, product.file);
  const { rules } = data.files[file]!.picture;
  const lines = new Set(product.lines.map(({ line }) => line));
  const own = rules.line.flatMap((line, at) => (lines.has(line) ? [at] : []));
  const others = rules.line.flatMap((line, at) =>
    !lines.has(line) && isInChain(rules, at, product) ? [at] : [],
  );
  const wanted = listWanted(data, product, rules, own);
  const like = findLike(rules, own, [...own, ...others], wanted);
  const near = [...findNear(rules, like, "source", wanted), ...findNear(rules, like, "destination", wanted)];
  const rows = makeLanes(wanted, near, "source");
  const columns = makeLanes(wanted, near, "destination");
  const cells = fillCells({ rules, rows, columns, own, others, like: new Set(like) });
  const isRemoved = findRemoved(data.report.groups, product, rules);
  const removed = new Set(own.filter(isRemoved));
  const marked = markCells(cells, { product, rules, own, rows, columns, wanted, removed });
  return {
    file,
    rows,
    columns,
    cells: sortCells(marked),
    products: [product],
    near,
    added: product.added ?? [],
  };
}

function isInChain(rules: RuleColumns, at: number, { table, chain }: ProductView): boolean {
  const place = rules.chains[rules.chain[at]!]!;
  return place.chain === chain && place.table === table;
}

function listWanted(
  data: DrawnData,
  product: ProductView,
  rules: RuleColumns,
  own: readonly number[],
): Wanted {
  const isNegated = (axis: Axis): boolean => product.negated?.includes(axis) === true;
  const groupOf = (axis: Axis): GroupView | undefined =>
    isNegated(axis)
      ? undefined
      : data.report.groups.find((group) => group.axis === axis && group.name === product.groups[axis]);
  const removedOf = (axis: Axis): readonly string[] => removedMembers(data.report.groups, product, axis);
  const membersOf = (axis: "source" | "destination" | "service"): readonly string[] => {
    const group = groupOf(axis);
    if (group !== undefined) return [...group.members, ...(group.added ?? [])];
    const said = [...new Set(own.map((at) => rules.words[rules[axis][at]!]!))];
    // Of rules in several chains, some leave the question to others.
    const gone = removedOf(axis);
    const asked = said.filter((word) => (word !== "" || isNegated(axis)) && !gone.includes(word));
    return asked.length > 0 ? asked : [""];
  };
  const added = (["source", "destination"] as const).flatMap((axis) =>
    (groupOf(axis)?.added ?? []).map((member) => `${axis} ${member}`),
  );
  return {
    sources: membersOf("source"),
    destinations: membersOf("destination"),
    services: membersOf("service"),
    added: new Set(added),
    removed: { source: removedOf("source"), destination: removedOf("destination") },
  };
}

/** Rules that say what those of the policy rule say; its own lines may be of members that are no longer in its groups. */
function findLike(
  rules: RuleColumns,
  own: readonly number[],
  all: readonly number[],
  { services }: Wanted,
): readonly number[] {
  const formOf = (at: number): string => [rules.in[at], rules.out[at], rules.says[at]].join();
  const forms = new Set(own.map(formOf));
  const known = new Set(services);
  return all.filter((at) => forms.has(formOf(at)) && known.has(rules.words[rules.service[at]!]!));
}

function findNear(
  rules: RuleColumns,
  like: readonly number[],
  side: SideName,
  { sources, destinations, services, removed }: Wanted,
): readonly Near[] {
  const [own, across] = side === "source" ? [sources, destinations] : [destinations, sources];
  const opposite = side === "source" ? "destination" : "source";
  const [inside, wanted] = [new Set([...own, ...removed[side]]), new Set(across)];
  const of = across.length * services.length;
  const word = (name: SideName, at: number): string => rules.words[rules[name][at]!]!;
  const candidates = like.filter((at) => {
    const member = word(side, at);
    return member !== "" && !member.startsWith("! ") && !inside.has(member) && wanted.has(word(opposite, at));
  });
  const found = [...groupBy(candidates, (at) => word(side, at))].map(([member, list]): Near => {
    const said = groupBy(list, (at) => word(opposite, at));
    const servicesOf = (name: string): number =>
      new Set((said.get(name) ?? []).map((at) => rules.service[at])).size;
    return {
      side,
      member,
      has: across.reduce((sum, name) => sum + servicesOf(name), 0),
      of,
      lacks: across.filter((name) => servicesOf(name) < services.length),
    };
  });
  return found
    .filter(({ has }) => has >= LEAST_COMMON && has / of >= LEAST_SHARE)
    .sort((one, other) => other.has - one.has || compareMembers(one.member, other.member))
    .slice(0, MOST_NEAR);
}

function makeLanes(
  { sources, destinations, removed }: Wanted,
  near: readonly Near[],
  side: SideName,
): readonly Lane[] {
  const members = side === "source" ? sources : destinations;
  const sorted = (list: readonly string[]): readonly string[] => [...list].sort(compareMembers);
  const others = near.filter((each) => each.side === side);
  return [
    ...sorted(members).map((member): Lane => ({ members: [member] })),
    ...sorted(removed[side]).map((member): Lane => ({ members: [member], isRemoved: true })),
    ...others.map(({ member }): Lane => ({ members: [member], isNear: true })),
  ];
}

interface Filling {
  readonly rules: RuleColumns;
  readonly rows: readonly Lane[];
  readonly columns: readonly Lane[];
  readonly own: readonly number[];
  readonly others: readonly number[];
  readonly like: ReadonlySet<number>;
}

/** The cells that have rules. */
function fillCells({ rules, rows, columns, own, others, like }: Filling): readonly FlatCell[] {
  const [rowOf, columnOf] = [placeMembers(rows), placeMembers(columns)];
  const ours = new Set(own);
  const placed = [...own, ...others].flatMap((at) => {
    const row = rowOf.get(rules.words[rules.source[at]!]!);
    const column = columnOf.get(rules.words[rules.destination[at]!]!);
    return row === undefined || column === undefined ? [] : [{ at, row, column }];
  });
  // Of a row that is only nearly of the policy rule, what says something else is of no interest.
  const shown = placed.filter(
    ({ at, row, column }) => !(rows[row]!.isNear || columns[column]!.isNear) || like.has(at),
  );
  return [...groupBy(shown, ({ row, column }) => row * columns.length + column).values()].map((list) => ({
    row: list[0]!.row,
    column: list[0]!.column,
    rules: list.map(({ at }) => at),
    products: list.some(({ at }) => ours.has(at)) ? [0] : [],
    hasOthers: list.some(({ at }) => !ours.has(at)),
    mark: null,
  }));
}

interface Marking {
  readonly product: ProductView;
  readonly rules: RuleColumns;
  readonly own: readonly number[];
  readonly rows: readonly Lane[];
  readonly columns: readonly Lane[];
  readonly wanted: Wanted;
  /** Of its own rules, those of members that the plan takes out. */
  readonly removed: ReadonlySet<number>;
}

/** All cells of the matrix that are not empty: those where a rule is missing among them. */
function markCells(cells: readonly FlatCell[], marking: Marking): readonly FlatCell[] {
  const { product, rules, rows, columns } = marking;
  const known = new Map(cells.map((cell) => [cell.row * columns.length + cell.column, cell]));
  const pairs = (list: ProductView["missing"]) =>
    new Set(
      missingPairs({ ...product, missing: list }, rules).map(
        ([source, destination]) => `${source}\n${destination}`,
      ),
    );
  const missing = pairs(product.missing);
  const added = pairs(product.added ?? []);
  return rows.flatMap((row, rowAt) =>
    columns.flatMap((column, columnAt): FlatCell[] => {
      const cell = known.get(rowAt * columns.length + columnAt);
      const mark = markOf(row, column, cell, { ...marking, missing, added });
      if (mark === "chains" || (mark === "removed" && cell === undefined)) {
        const parts = findParts(marking, row.members[0]!, column.members[0]!);
        const hasOthers = cell?.hasOthers === true;
        return [{ row: rowAt, column: columnAt, rules: parts, products: [0], hasOthers, mark }];
      }
      if (cell !== undefined) return [{ ...cell, mark }];
      return mark === null
        ? []
        : [{ row: rowAt, column: columnAt, rules: [], products: [], hasOthers: false, mark }];
    }),
  );
}

/** Rules of the policy rule that ask for one of the two, or for neither. */
function findParts({ rules, own }: Marking, source: string, destination: string): readonly number[] {
  const isFor = (word: string, member: string): boolean => word === "" || word === member;
  return own.filter(
    (at) =>
      isFor(rules.words[rules.source[at]!]!, source) &&
      isFor(rules.words[rules.destination[at]!]!, destination),
  );
}

function markOf(
  row: Lane,
  column: Lane,
  cell: FlatCell | undefined,
  {
    rules,
    wanted,
    missing,
    added,
    removed,
  }: Marking & { readonly missing: ReadonlySet<string>; readonly added: ReadonlySet<string> },
): Mark | null {
  const [source, destination] = [row.members[0]!, column.members[0]!];
  if (row.isNear && column.isNear) return null;
  if (row.isNear || column.isNear) {
    const services = new Set((cell?.rules ?? []).map((at) => rules.service[at]));
    return services.size < wanted.services.length ? "gap" : null;
  }
  if (row.isRemoved || column.isRemoved || cell?.rules.some((at) => removed.has(at))) return "removed";
  const pair = `${source}\n${destination}`;
  if (missing.has(pair)) return "missing";
  if (
    added.has(pair) ||
    wanted.added.has(`source ${source}`) ||
    wanted.added.has(`destination ${destination}`)
  )
    return "added";
  return cell === undefined || cell.products.length === 0 ? "chains" : null;
}
