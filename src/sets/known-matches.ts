/**
 * Set matches with the members of their sets, and how a ruleset that is known only by its lines gets them again: the page of a report has the lines, and no file of sets.
 */
import type { AddressSetMatch, Match, Ruleset } from "../model/types.ts";

/** What a ruleset knows of sets. */
export interface KnownSets {
  /** Path of the file that they are from. */
  readonly file: string;
  /** One for each text. */
  readonly matches: readonly AddressSetMatch[];
}

/** A ruleset in which set matches have members, as far as `typed` knows them by their texts; the same one where it knows none. */
export function typeSetMatches(
  ruleset: Ruleset,
  file: string,
  typed: (text: string) => AddressSetMatch | null,
): Ruleset {
  const known = new Map<string, Match>();
  const know = (match: Match): Match => {
    if (match.kind !== "opaque" || match.module !== "set") return match;
    const found = known.get(match.text) ?? typed(match.text);
    if (found === null) return match;
    known.set(match.text, found);
    return found;
  };
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({
      ...chain,
      rules: chain.rules.map((rule) => ({ ...rule, matches: rule.matches.map(know) })),
    })),
  }));
  return known.size === 0 ? ruleset : { ...ruleset, tables, setFile: file };
}

/** Lists what a ruleset knows; null where that is nothing. */
export function listKnownSets({ tables, setFile }: Ruleset): KnownSets | null {
  if (setFile === undefined) return null;
  const matches = new Map<string, AddressSetMatch>();
  for (const { chains } of tables)
    for (const { rules } of chains)
      for (const rule of rules)
        for (const match of rule.matches) if (match.kind === "addressSet") matches.set(match.text, match);
  return { file: setFile, matches: [...matches.values()] };
}

/** The ruleset with what was listed of it. */
export function knowListedSets(ruleset: Ruleset, { file, matches }: KnownSets): Ruleset {
  const byText = new Map(matches.map((match) => [match.text, match]));
  return typeSetMatches(ruleset, file, (text) => byText.get(text) ?? null);
}
