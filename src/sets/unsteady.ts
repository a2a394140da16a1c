/**
 * Sets whose saved members say nothing about the next packet, because rules change them or ask what they have counted.
 *
 * Sources: net/netfilter/xt_set.c, set_target_v3 (adds, deletes), set_match_v4 (counters); net/netfilter/ipset/ip_set_list_set.c: a list hands both on to its
 * members.
 */
import type { Rule, Ruleset } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { setNames } from "./names.ts";
import type { SetFile } from "./types.ts";

const COUNTING_MATCH = /--(?:packets|bytes)-(?:eq|lt|gt) /u;

/** Why a set is not steady, the end of a sentence. */
export type Unsteady = ReadonlyMap<string, string>;

/** The sets that rules of any of the rulesets change or whose counters they ask for, with those that are in one list with them. */
export function findUnsteady(rulesets: readonly Ruleset[], { sets }: SetFile): Unsteady {
  const found = new Map<string, string>();
  // What can't be read may add to any set.
  if (rulesets.some((ruleset) => countUnparsed(ruleset) > 0))
    for (const name of sets.keys()) found.set(name, "a rule that can't be read may change it");
  for (const rule of rulesets.flatMap(rulesOf)) {
    for (const name of changedBy(rule)) found.set(name, "rules add to it or delete from it");
    for (const name of countedBy(rule)) found.set(name, "rules ask for its counters");
  }
  const neighbours = listNeighbours(sets);
  for (const [name, why] of found)
    for (const next of neighbours.get(name) ?? []) if (!found.has(next)) found.set(next, why);
  return found;
}

/** All rules of a ruleset. */
export function rulesOf({ tables }: Ruleset): readonly Rule[] {
  return tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules));
}

function changedBy({ target }: Rule): readonly string[] {
  if (target.kind !== "extension" || target.name !== "SET") return [];
  return setNames(target.text, "add", "del");
}

function countedBy({ matches }: Rule): readonly string[] {
  return matches.flatMap(({ kind, text }) =>
    kind === "opaque" && COUNTING_MATCH.test(text) ? setNames(text, "match") : [],
  );
}

/** For each set the lists that it is in, for each list its members. */
function listNeighbours(sets: SetFile["sets"]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const join = (one: string, other: string): void => {
    found.set(one, [...(found.get(one) ?? []), other]);
  };
  for (const set of sets.values()) {
    if (set.kind !== "list") continue;
    for (const member of set.members) {
      join(set.name, member);
      join(member, set.name);
    }
  }
  return found;
}
