/**
 * When two matches, or two rules, are the same.
 */
import type { Match, Rule } from "./types.ts";

/** The same for matches that say the same in the same words; a protocol's name is the host's, so its number counts. */
function matchKey(match: Match): string {
  if (match.kind === "protocol") return `${match.negated ? "! " : ""}-p ${match.number}`;
  return match.text;
}

/** The same for rules with the same matches and target; chain, comments and counters don't count. */
export function ruleKey({ matches, target }: Rule): string {
  return [...matches.filter(({ kind }) => kind !== "comment").map(matchKey), target.text].join("\n");
}
