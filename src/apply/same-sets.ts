/**
 * Sets whose members a plan knows, held against those that are live: a set has no line in a ruleset, so lists that are the same say nothing of it.
 */
import { printHost } from "../model/address.ts";
import type { AddressRange, AddressSetMatch, Match, Ruleset } from "../model/types.ts";
import { knowSets } from "../sets/know.ts";
import { parseSets } from "../sets/parse.ts";
import { makeSourceFile } from "../text/source.ts";
import type { Refusal } from "./refusal.ts";

/** A set that is not live as the plan knows it. */
export interface SetChange {
  readonly set: string;
  /** Addresses and ranges that only the live set has, and that only the plan has; null: what is in the live set can't be told. */
  readonly members: { readonly added: readonly string[]; readonly removed: readonly string[] } | null;
}

/** Sets that the ruleset which a plan was made from knows with other members than `ipset save` prints; null: ipset is not there. */
export function findSetChanges(input: Ruleset, liveSets: string | null): readonly SetChange[] {
  const known = setMatches(input);
  if (known.size === 0) return [];
  const live = setMatches(seeThrough(input, liveSets));
  const changes = new Map<string, SetChange>();
  for (const [text, match] of known) {
    const now = live.get(text);
    const members = now === undefined ? null : compare(match.ranges, now.ranges);
    if (members === null || members.added.length + members.removed.length > 0)
      changes.set(match.set, { set: match.set, members });
  }
  return [...changes.values()];
}

/** Names of the sets whose members a ruleset knows. */
export function knownSets(ruleset: Ruleset): readonly string[] {
  return [...new Set([...setMatches(ruleset).values()].map(({ set }) => set))];
}

/** The ruleset as somebody would see it who knows the live sets alone. */
function seeThrough(ruleset: Ruleset, liveSets: string | null): Ruleset {
  const plain = mapMatches(ruleset, (match) =>
    match.kind === "addressSet" ? { kind: "opaque", module: "set", known: true, text: match.text } : match,
  );
  const { sets } = parseSets(makeSourceFile("ipset save", liveSets ?? ""));
  return sets === null ? plain : knowSets([plain], sets).rulesets[0]!;
}

function compare(old: readonly AddressRange[], now: readonly AddressRange[]): SetChange["members"] {
  const [before, after] = [new Set(old.map(printRange)), new Set(now.map(printRange))];
  const only = (one: ReadonlySet<string>, other: ReadonlySet<string>): readonly string[] =>
    [...one].filter((text) => !other.has(text));
  return { added: only(after, before), removed: only(before, after) };
}

function printRange({ first, last }: AddressRange): string {
  const [from, to] = [printHost(first), printHost(last)];
  return from === to ? from : `${from}-${to}`;
}

/** The known set matches of a ruleset, by their texts. */
function setMatches({ tables }: Ruleset): ReadonlyMap<string, AddressSetMatch> {
  const found = new Map<string, AddressSetMatch>();
  for (const { chains } of tables)
    for (const { rules } of chains)
      for (const { matches } of rules)
        for (const match of matches) if (match.kind === "addressSet") found.set(match.text, match);
  return found;
}

function mapMatches(ruleset: Ruleset, change: (match: Match) => Match): Ruleset {
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({
      ...chain,
      rules: chain.rules.map((rule) => ({ ...rule, matches: rule.matches.map(change) })),
    })),
  }));
  return { ...ruleset, tables };
}

/**
 * A ruleset that knows the members of the sets that another one knows: what is read again, or read from the kernel, knows none. To be asked only where the sets are the same ones
 * (`findSetChanges` has found nothing).
 */
export function knowAs(ruleset: Ruleset, like: Ruleset): Ruleset {
  const known = setMatches(like);
  if (known.size === 0) return ruleset;
  const { setFile } = like;
  const seen = mapMatches(ruleset, (match) =>
    match.kind === "opaque" ? (known.get(match.text) ?? match) : match,
  );
  return setFile === undefined ? seen : { ...seen, setFile };
}

/** Members that are shown of a set. */
const MOST_SHOWN = 10;

/** Refuses a plan whose sets have changed since. */
export function refuseSetChanges(changes: readonly SetChange[]): Refusal | null {
  if (changes.length === 0) return null;
  return {
    message: "the live sets are not those that the plan was made from",
    details: changes.map(({ set, members }) => `set ${set}: ${describeMembers(members)}`),
    next: "import what is live again, with ipset save > SETS and --ipset SETS",
  };
}

function describeMembers(members: SetChange["members"]): string {
  if (members === null) return "it is not there, or what is in it can't be told";
  const signed = [...members.removed.map((text) => `-${text}`), ...members.added.map((text) => `+${text}`)];
  const rest = signed.length - MOST_SHOWN;
  return `${signed.slice(0, MOST_SHOWN).join(" ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
