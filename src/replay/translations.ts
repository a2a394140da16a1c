/**
 * What a capture can't tell where rules translate addresses.
 */
import { CTSTATE, type Rule, type Ruleset } from "../model/types.ts";
import { TRANSLATIONS } from "../verify/explain/tables.ts";

/** Sentences about it, for the rulesets of one family. */
export function translationNotes(rulesets: readonly Ruleset[]): readonly string[] {
  const rules = rulesets.flatMap(({ tables }) =>
    tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules)),
  );
  const isTranslating = ({ target }: Rule) => target.kind === "extension" && TRANSLATIONS.has(target.name);
  if (!rules.some(isTranslating)) return [];
  const notes = [
    "Rules of nat translate addresses. A capture shows packets before or behind that: one of another host that is sent on with this host's address looks like this host's own, and is judged as that.",
  ];
  const flags = CTSTATE.SNAT | CTSTATE.DNAT;
  const asksFlags = rules.some(({ matches }) =>
    matches.some((match) => match.kind === "ctstate" && (match.states & flags) !== 0),
  );
  if (asksFlags)
    notes.push("Rules ask for the states SNAT or DNAT: no packet of a capture counts as translated.");
  return notes;
}
