/**
 * Rulesets whose set matches know the members of their sets: `-m set --match-set NAME src` becomes a match of addresses.
 *
 * Sources: net/netfilter/xt_set.c, set_match_v1 to v4; net/netfilter/ipset/ip_set_core.c, ip_set_test (in a list, a set of the other family matches
 * nothing; of `src,dst` a set of addresses looks at the first); ip_set_list_set.c, list_set_ktest; iptables 1.8.9, extensions/libxt_set.h, get_set_byname (refuses
 * sets of the other family by themselves).
 */
import type { AddressRange, AddressSetMatch, Family, Match, Rule, Ruleset } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { originalSpan, type Span } from "../text/source.ts";
import { typeSetMatches } from "./known-matches.ts";
import { setNames } from "./names.ts";
import { joinRanges } from "./paint.ts";
import type { SetFile } from "./types.ts";
import { findUnsteady, rulesOf, type Unsteady } from "./unsteady.ts";

/** Rulesets seen through sets. */
export interface Known {
  /** In the order in which they were given. */
  readonly rulesets: readonly Ruleset[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Nothing but the set and its side: whatever else the module is asked stays a text. */
const PLAIN_MATCH = /^-m set (! )?--match-set ([^\s"]+) (src|dst)(?:,(?:src|dst)){0,5}$/u;

/** Sees rulesets of one host, or the two sides of a comparison, through sets: a set that a rule of one of them changes is not known in any. */
export function knowSets(rulesets: readonly Ruleset[], sets: SetFile): Known {
  const unsteady = findUnsteady(rulesets, sets);
  return {
    rulesets: rulesets.map((ruleset) =>
      knowRuleset(ruleset, sets, makeLookup(sets, unsteady, ruleset.family)),
    ),
    diagnostics: [
      ...rulesets.flatMap((ruleset) => findUnusable(ruleset, sets)),
      ...noteUnknown(rulesets, sets, unsteady),
    ],
  };
}

/**
 * Rulesets in which only the sets are known that hold the members of a group: those of the same name as the chain that asks them. All others stay open, so that what is proved holds for
 * any members of theirs.
 */
export function knowGroupSets(rulesets: readonly Ruleset[], sets: SetFile): readonly Ruleset[] {
  const unsteady = findUnsteady(rulesets, sets);
  return rulesets.map((ruleset) => {
    const members = makeLookup(sets, unsteady, ruleset.family);
    const names = new Set(
      rulesOf(ruleset)
        .filter((rule) => namedSets(rule).join() === rule.chain)
        .map(({ chain }) => chain),
    );
    return knowRuleset(ruleset, sets, (name) => (names.has(name) ? members(name) : null));
  });
}

function knowRuleset(ruleset: Ruleset, sets: SetFile, members: Lookup): Ruleset {
  return typeSetMatches(ruleset, sets.file.path, (text) => typedMatch(text, members));
}

/** What a set matches, and its entries where they are prefixes of its own. */
type Members = Pick<AddressSetMatch, "ranges" | "prefixes">;

type Lookup = (name: string) => Members | null;

function typedMatch(text: string, members: Lookup): AddressSetMatch | null {
  const [, not, set, side] = PLAIN_MATCH.exec(text) ?? [];
  const found = set === undefined ? null : members(set);
  if (set === undefined || found === null) return null;
  const way = side === "src" ? "source" : "destination";
  return { kind: "addressSet", side: way, negated: not !== undefined, set, ...found, text };
}

/** What sets match in one family; null where that is not known. */
function makeLookup({ sets }: SetFile, unsteady: Unsteady, family: Family): Lookup {
  const inList = (name: string): readonly AddressRange[] | null => {
    const set = sets.get(name);
    if (set?.kind !== "addresses") return null;
    return set.family === family ? set.ranges : [];
  };
  return (name) => {
    const set = sets.get(name);
    if (set === undefined || unsteady.has(name)) return null;
    if (set.kind === "addresses")
      return set.family === family ? { ranges: set.ranges, prefixes: set.prefixes } : null;
    if (set.kind === "other") return null;
    const lists: (readonly AddressRange[])[] = [];
    for (const member of set.members) {
      const ranges = inList(member);
      if (ranges === null) return null;
      lists.push(ranges);
    }
    return { ranges: joinRanges(lists, family), prefixes: null };
  };
}

/** One warning for each set that iptables would not take, at the first rule that names it. */
function findUnusable(ruleset: Ruleset, { sets, file }: SetFile): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const rule of rulesOf(ruleset))
    for (const name of namedSets(rule)) {
      const set = sets.get(name);
      const isForeign = set?.kind === "addresses" && set.family !== ruleset.family;
      if (found.has(name) || (set !== undefined && !isForeign)) continue;
      const code = isForeign ? "SET_OF_OTHER_FAMILY" : "SET_MISSING";
      const args = { set: name, file: file.path, kind: ruleset.family === "v4" ? "IPv6" : "IPv4" };
      found.set(name, makeDiagnostic(code, spanOf(ruleset, rule, name), args));
    }
  return [...found.values()];
}

/** Names of all sets that a rule tests or changes. */
function namedSets({ matches, target }: Rule): readonly string[] {
  const texts = matches.flatMap((match) => (isSetMatch(match) ? [match.text] : []));
  if (target.kind === "extension" && target.name === "SET") texts.push(target.text);
  return texts.flatMap((text) => setNames(text));
}

function isSetMatch(match: Match): boolean {
  return match.kind === "addressSet" || (match.kind === "opaque" && match.module === "set");
}

function spanOf({ file }: Ruleset, { line }: Rule, set: string): Span {
  const start = file.lineStarts[line - 1] ?? 0;
  const end = (file.lineStarts[line] ?? file.text.length + 1) - 1;
  const at = file.text.slice(start, end).indexOf(` ${set} `);
  const word = at === -1 ? { start, end } : { start: start + at + 1, end: start + at + 1 + set.length };
  return originalSpan({ file, ...word });
}

/** Says once which sets that rules name are not known, and why. */
function noteUnknown(
  rulesets: readonly Ruleset[],
  { sets }: SetFile,
  unsteady: Unsteady,
): readonly Diagnostic[] {
  const matches = rulesets.flatMap(rulesOf).flatMap((rule) => rule.matches.filter(isSetMatch));
  const named = new Set(matches.flatMap(({ text }) => setNames(text)).filter((name) => sets.has(name)));
  const reasons = [...named].flatMap((name) => {
    const set = sets.get(name);
    const why = set?.kind === "other" ? set.why : unsteady.get(name);
    if (why !== undefined) return [`${name} (${why})`];
    const open =
      set?.kind === "list" ? set.members.find((member) => sets.get(member)?.kind === "other") : undefined;
    return open === undefined ? [] : [`${name} (it has ${open} in it)`];
  });
  if (reasons.length === 0) return [];
  return [makeDiagnostic("SETS_NOT_KNOWN", null, { sets: listSome(reasons) })];
}

const MOST_NAMED = 10;

function listSome(texts: readonly string[]): string {
  const rest = texts.length - MOST_NAMED;
  return texts.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${rest} more sets` : "");
}
