/**
 * Two rulesets may know a set of one name with different members, as a file of sets has them before and after a change. Conditions are known by their texts, so one of the two gets another text.
 */
import type { AddressRange, AddressSetMatch, Match, Ruleset } from "../model/types.ts";

/** The second ruleset; its matches of sets that the first knows with other members have a text that no ruleset could have. */
export function tellSetsApart(old: Ruleset, now: Ruleset): Ruleset {
  const known = new Map(setMatches(old).map((match) => [match.text, membersOf(match.ranges)]));
  const others = new Map<Match, Match>();
  for (const match of setMatches(now)) {
    const before = known.get(match.text);
    if (before !== undefined && before !== membersOf(match.ranges))
      others.set(match, { ...match, text: `${match.text} (of the new ruleset)` });
  }
  if (others.size === 0) return now;
  const tables = now.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({
      ...chain,
      rules: chain.rules.map((rule) => ({
        ...rule,
        matches: rule.matches.map((match) => others.get(match) ?? match),
      })),
    })),
  }));
  return { ...now, tables };
}

function setMatches({ tables }: Ruleset): readonly AddressSetMatch[] {
  return tables.flatMap(({ chains }) =>
    chains.flatMap(({ rules }) =>
      rules.flatMap(({ matches }) => matches.filter((match) => match.kind === "addressSet")),
    ),
  );
}

function membersOf(ranges: readonly AddressRange[]): string {
  return ranges.map(({ first, last }) => `${first.join(".")}-${last.join(".")}`).join();
}
