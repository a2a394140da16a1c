/**
 * In which order tables are loaded, so that nothing gets through in between that neither the old nor the new ruleset lets through. A restore is atomic in one table only: between two
 * loads some tables are new and the others old.
 *
 * A packet passes where every table on its way lets it. Let a mixture pass one. Where no table that is new already has begun to let it through, the old ruleset lets it through.
 * Where one has, and no table that is still old will stop it, the new ruleset does. So it is enough that no table that opens is loaded before one that closes: first those that only
 * drop more, then one that does both, then those that only open. That needs what a table hands on to the next ones (marks, addresses) to be the same for packets that pass before and
 * after; a table for which it is not may be the only one that changes. Under equality every table hands on the same, and any mixture is as good as either.
 *
 * Rolling back in the reverse order is the same argument: what closed opens then, and comes last.
 */
import type { Family } from "../model/types.ts";
import type { DifferenceRegion } from "../verify/types.ts";
import type { Refusal } from "./refusal.ts";

/** What a new table does with packets that the old one treated otherwise. */
export type TableEffect =
  /** There are none: proved equal. */
  | "none"
  /** It stops some that the old one let through. */
  | "closes"
  /** It lets some through that the old one stopped. */
  | "opens"
  | "both"
  /** It hands some on otherwise: another mark, another address, another queue. */
  | "alters"
  /** Not all that differs is known. */
  | "unknown";

/** A table that will be loaded. */
export interface TableChange {
  readonly family: Family;
  readonly table: string;
  readonly effect: TableEffect;
}

/** What is known of a family's change: regions of packets that fare otherwise, as `findPacketChange` of the check has them. */
export interface KnownDifferences {
  readonly differences: readonly DifferenceRegion[];
  /** There are more than were asked for. */
  readonly moreDifferences: boolean;
}

/** What becomes of a packet, as far as other tables notice: `other` is all that they may notice beside. */
type Fate = "passes" | "stops" | "other";

const VERDICT = /^(ACCEPT|DROP|REJECT)(?: --reject-with [a-z0-9-]+)?(?: after (.*))?$/su;

/** Effects that no rule of any table sees. */
const UNSEEN = /^(?:nothing|(?:-j )?(?:LOG|NFLOG|ULOG|TRACE)(?: .*)?)$/su;

function fateOf(text: string): Fate {
  const [, verdict, effects = "nothing"] = VERDICT.exec(text) ?? [];
  if (verdict === undefined || !effects.split(", then ").every((effect) => UNSEEN.test(effect)))
    return "other";
  return verdict === "ACCEPT" ? "passes" : "stops";
}

/** What the new form of a table does. */
export function effectOf(table: string, { differences, moreDifferences }: KnownDifferences): TableEffect {
  const regions = differences.filter((region) => region.table === table);
  const fates = regions.map(({ old, new: now }) => [fateOf(old), fateOf(now)] as const);
  if (fates.some((pair) => pair.includes("other"))) return "alters";
  if (moreDifferences) return "unknown";
  const closes = fates.some(([old, now]) => old === "passes" && now === "stops");
  const opens = fates.some(([old, now]) => old === "stops" && now === "passes");
  if (closes && opens) return "both";
  return closes ? "closes" : opens ? "opens" : "none";
}

/** Tables in the order of their loads, or why there is none. */
export type LoadOrder =
  | { readonly order: readonly TableChange[]; readonly refusal: null }
  | { readonly order: null; readonly refusal: Refusal };

const RANKS: Readonly<Record<TableEffect, number>> = {
  none: 0,
  closes: 1,
  both: 2,
  alters: 2,
  unknown: 2,
  opens: 3,
};

const EFFECT_WORDS: Readonly<Record<TableEffect, string>> = {
  none: "does the same",
  closes: "stops more",
  opens: "lets more through",
  both: "stops more and lets more through",
  alters: "hands packets on otherwise (marks, addresses, effects)",
  unknown: "differs in more ways than were listed",
};

/**
 * Orders the tables of both families; no packet is of both, so each family is ordered for itself. `swappedSets`: sets that live rules use and whose members will be others, which
 * changes those rules at once, before any table is loaded.
 */
export function orderTables(changes: readonly TableChange[], swappedSets: readonly string[]): LoadOrder {
  for (const family of ["v4", "v6"] as const) {
    const refusal = refuseMixtures(changes.filter((change) => change.family === family));
    if (refusal !== null) return { order: null, refusal };
  }
  const refusal = refuseSwaps(changes, swappedSets);
  if (refusal !== null) return { order: null, refusal };
  const order = changes.toSorted((one, other) => RANKS[one.effect] - RANKS[other.effect]);
  return { order, refusal: null };
}

const IN_STEPS =
  "make the change in two steps: a plan with a part of it first, applied and confirmed, and one with the rest then";

function refuseMixtures(changes: readonly TableChange[]): Refusal | null {
  const changing = changes.filter(({ effect }) => effect !== "none");
  const middle = changing.filter(({ effect }) => RANKS[effect] === RANKS.both);
  const alone = changing.find(({ effect }) => effect === "alters" || effect === "unknown");
  const isSafe = alone === undefined ? middle.length < 2 : changing.length === 1;
  if (isSafe) return null;
  return {
    message: "no order of loading these tables keeps packets out that the old and the new ruleset both stop",
    details: changing.map(({ family, table, effect }) => `${family} ${table} ${EFFECT_WORDS[effect]}`),
    next: IN_STEPS,
  };
}

/** A set is a step of its own. What it changes alone is atomic; together with other steps nobody has looked at what is in between. */
function refuseSwaps(changes: readonly TableChange[], swappedSets: readonly string[]): Refusal | null {
  if (swappedSets.length === 0 || swappedSets.length + changes.length === 1) return null;
  return {
    message: "sets that live rules use get other members, and what that does between the loads is not known",
    details: [
      ...swappedSets.map((name) => `set ${name}`),
      ...changes.map(({ family, table }) => `${family} ${table}`),
    ],
    next: IN_STEPS,
  };
}
