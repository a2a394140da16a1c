/**
 * What an answer takes for granted about own bits and members of sets, in sentences.
 */
import type { Match, Ruleset, Table } from "../model/types.ts";
import { usedBits } from "./own-bits.ts";
import { hex } from "./sample/describe.ts";
import type { VerifyOptions } from "./types.ts";

/** Sets that a sentence names. */
const MOST_NAMED = 5;

/** Own bits that somebody gave, although the old ruleset uses them too: then the assumption hides what it does with them. */
export function sharedBits(old: Ruleset, ownBits: number): readonly string[] {
  const shared = (usedBits(old) & ownBits) >>> 0;
  if (shared === 0) return [];
  return [
    `The old ruleset itself uses the mark bits ${hex(shared)}: what it does with packets that bring them is not compared.`,
  ];
}

/** What packets are taken to bring. */
export function assumptionsOf(
  ownBits: number,
  connections: boolean,
  options: VerifyOptions,
): readonly string[] {
  if (ownBits === 0 || options.anyMark) return [];
  const also = connections ? ", and no connection mark carries them" : "";
  return [`Packets enter with the mark bits ${hex(ownBits)} at 0${also}.`];
}

/** Whether rules test sets, and none of them with members that were read from a file: what is proved then holds for any members. */
export function asksOpenSets(tables: readonly Table[]): boolean {
  let asks = false;
  for (const match of matchesOf(tables)) {
    if (match.kind === "addressSet") return false;
    asks ||= match.kind === "opaque" && match.module === "set";
  }
  return asks;
}

function* matchesOf(tables: readonly Table[]): Iterable<Match> {
  for (const { chains } of tables)
    for (const { rules } of chains) for (const { matches } of rules) yield* matches;
}

/** Where rules of tables that are compared test sets whose members were read from a file: that these are their members. `the`: the beginning of the sentence. */
export function setAssumptions(
  rulesets: readonly Ruleset[],
  tables: readonly Table[],
  the = "The",
): readonly string[] {
  const names = new Set<string>();
  for (const match of matchesOf(tables)) if (match.kind === "addressSet") names.add(match.set);
  if (names.size === 0) return [];
  const files = [...new Set(rulesets.flatMap(({ setFile }) => setFile ?? []))];
  const listed = [...names].sort();
  const rest = listed.length - MOST_NAMED;
  const list = listed.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  const what = names.size === 1 ? `${the} set ${list} holds` : `${the} sets ${list} hold`;
  return [`${what} what ${files.join(" and ")} says, and nothing changes that.`];
}
