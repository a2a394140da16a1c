/**
 * Pictures and their numbers in words.
 */
import type { ProductView } from "../../view.ts";
import type { FlatChain, FlatMatrix, Lane } from "./flat-matrix.ts";
import type { PolicyCell, PolicyMatrix, ServiceSet } from "./policy-matrix.ts";
import type { Fate } from "./policy-side.ts";
import type { RuleMatrix } from "./rule-matrix.ts";

/** `1 rule`, `8,502 rules`. */
export function amount(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** What becomes of packets, in words. */
export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  accepts: "accepted",
  denies: "dropped or rejected",
  other: "other targets",
};

/** Services in words. */
export function serviceWord({ label }: Pick<ServiceSet, "label">): string {
  return label === "" ? "all services" : label;
}

/** A cell of the policy: services, what becomes of packets, and of which only. */
export function describeCell({ services }: PolicyMatrix, { marks }: PolicyCell): string {
  return marks
    .map(({ service, fate, limits }) => {
      const only = limits === "" ? "" : `, only if ${limits}`;
      return `${serviceWord(services[service]!)}: ${FATE_WORDS[fate]}${only}`;
    })
    .join("; ");
}

/** The flat rules of a chain: how many, of whom, and what became of them. */
export function describeMatrix({ rows, columns, cells, products }: FlatMatrix, { rules }: FlatChain): string {
  const count = (lanes: FlatMatrix["rows"]): number =>
    lanes.reduce((sum, { members }) => sum + members.length, 0);
  const notes = [
    ...(rows.length < count(rows) ? [`equal rows joined to ${rows.length}`] : []),
    ...(columns.length < count(columns) ? [`equal columns joined to ${columns.length}`] : []),
  ];
  const sides = `${amount(count(rows), "source")} and ${amount(count(columns), "destination")}`;
  const sizes = [`${amount(rules.length, "rule")} of ${sides}`, ...notes].join(", ");
  const open = cells.filter((cell) => cell.products.length === 0).length;
  const fates = `${amount(products.length, "policy rule")}; of ${amount(cells.length, "cell")}, ${open.toLocaleString("en")} in no policy rule`;
  return `${sizes}. ${fates}. Rules of a cell are in file order; the order between cells is not shown.`;
}

/** A policy rule: how many rules of which kind say it, and what is missing. */
export function describeRule({ cells, rows, columns }: RuleMatrix, { missing, lines }: ProductView): string {
  const isOwn = ({ isNear, isRemoved }: Lane): boolean => !isNear && !isRemoved;
  const own = (lanes: RuleMatrix["rows"]): number => lanes.filter(isOwn).length;
  const pairs = own(rows) * own(columns);
  const inside = cells.filter(({ row, column }) => isOwn(rows[row]!) && isOwn(columns[column]!));
  const said = inside.filter(({ products, mark }) => products.length > 0 && mark !== "chains").length;
  const together = inside.filter(({ mark }) => mark === "chains").length;
  const gone = [...rows, ...columns].filter(({ isRemoved }) => isRemoved).length;
  const sides = `${amount(own(rows), "source")} × ${amount(own(columns), "destination")}`;
  const parts = [
    `${amount(lines.length, "rule")}; ${sides}`,
    ...(said > 0 ? [`rules of their own say ${said.toLocaleString("en")} of ${amount(pairs, "pair")}`] : []),
    ...(together > 0 ? [`rules of several chains together say ${amount(together, "pair")}`] : []),
    ...(gone > 0 ? [`${amount(gone, "member")} removed by the plan`] : []),
    ...(missing.length > 0 ? [`${amount(missing.length, "combination")} missing`] : []),
  ];
  return `${parts.join("; ")}.`;
}
