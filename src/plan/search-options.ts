/**
 * The options of the search that a plan keeps only where they are not the usual ones.
 */
import { REWRITABLE_TABLES, USUAL_TABLES } from "../cluster/segments.ts";
import type { ClusterOptions } from "../cluster/types.ts";
import { reservationOf } from "./reservation.ts";
import type { PlanOptions } from "./types.ts";

type Kept = Pick<ClusterOptions, "tolerance" | "aggregate" | "compiledChains" | "rewriteTables">;

type Optional = { readonly [key in keyof Kept]: Kept[key] | undefined };

/** What a list of tables may hold, for messages. */
export const TABLE_WORDS = `some of ${REWRITABLE_TABLES.join(", ")}`;

/** Reads `filter,raw`: each table once, in the order in which packets meet them; null where one is none that can be rewritten, or there is none. */
export function parseTables(text: string): readonly string[] | null {
  const words = text.split(",").map((word) => word.trim());
  const isGood = words.every((word) => REWRITABLE_TABLES.includes(word));
  return isGood ? REWRITABLE_TABLES.filter((table) => words.includes(table)) : null;
}

/** Those of the options that are not the usual ones. */
export function optionalOf(options: Partial<Optional>): Kept {
  const { tolerance = 0, aggregate, compiledChains, rewriteTables = USUAL_TABLES } = options;
  return {
    ...(tolerance === 0 ? {} : { tolerance }),
    ...(aggregate === true ? { aggregate } : {}),
    ...(compiledChains === true ? { compiledChains } : {}),
    ...(rewriteTables.join() === USUAL_TABLES.join() ? {} : { rewriteTables }),
  };
}

/** All options as a plan keeps them: what is as usual is left out. */
export function optionsOf({ keepChains, rewriteChains, storage, ...rest }: PlanOptions): PlanOptions {
  const stored = storage === undefined ? {} : { storage };
  return { keepChains, rewriteChains, ...optionalOf(rest), ...stored, ...reservationOf(rest) };
}

/** In which of them two plans differ, as `tolerance: 0 -> 0.2`. */
export function compareOptional(one: PlanOptions, other: PlanOptions): readonly string[] {
  const print = ({ rewriteTables = USUAL_TABLES, storage = "(as it is)", ...rest }: PlanOptions) => [
    ["tolerance", String(rest.tolerance ?? 0)],
    ["aggregate", String(rest.aggregate ?? false)],
    ["compiledChains", String(rest.compiledChains ?? false)],
    ["rewriteTables", rewriteTables.join(", ")],
    ["storage", storage],
  ];
  const now = print(other);
  return print(one).flatMap(([key, before], at) =>
    before === now[at]![1] ? [] : [`${key}: ${before} -> ${now[at]![1]}`],
  );
}
