/**
 * The interface names that packets are drawn from: those that the rulesets name, names that only their patterns match, and one that none does.
 */
import type { Table } from "../../model/types.ts";

/** Longest name that the kernel takes (IFNAMSIZ - 1). */
const MAX_LENGTH = 15;

/** The device by which a host sends to itself: packets that come in by it may be what no others are (normalise.ts). */
export const LOOPBACK = "lo";

/** Ends of names that only a pattern fits: one character, then two. */
const SUFFIXES: readonly string[] = (() => {
  const ends = [..."7890123456abcdefghijklmnopqrstuvwxyz"];
  return [...ends, ...ends.flatMap((end) => ends.map((other) => end + other))];
})();

/** True when the name of a match, perhaps with `+`, fits an interface (net/netfilter/x_tables, ifname_compare). */
export function interfaceFits(pattern: string, name: string): boolean {
  return pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** All names, the empty one first, then in order of first use, then one that nothing else fits, and the loopback device's. */
export function interfaceNames(tables: readonly Table[]): readonly string[] {
  const names = new Set<string>([""]);
  const patterns = new Set<string>();
  for (const table of tables) {
    for (const chain of table.chains) {
      for (const rule of chain.rules) {
        for (const match of rule.matches)
          if (match.kind === "in" || match.kind === "out") patterns.add(match.name);
      }
    }
  }
  const prefixes = prefixesOf(patterns);
  for (const pattern of patterns) {
    if (!pattern.endsWith("+")) names.add(pattern);
    else if (pattern.length > 1)
      for (const name of namesOf(pattern.slice(0, -1), patterns, prefixes)) names.add(name);
  }
  names.add(otherName([...patterns]));
  names.add(LOOPBACK);
  return [...names];
}

/** What stands in front of the `+` of each pattern. */
function prefixesOf(patterns: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...patterns].filter((name) => name.endsWith("+")).map((name) => name.slice(0, -1)));
}

/** The prefix itself, and a longer name that neither an exact name nor a longer pattern takes, where there is one. */
function namesOf(
  prefix: string,
  patterns: ReadonlySet<string>,
  prefixes: ReadonlySet<string>,
): readonly string[] {
  for (const suffix of SUFFIXES) {
    const name = prefix + suffix;
    if (name.length > MAX_LENGTH || patterns.has(name)) continue;
    const isTaken = prefixes.has(name) || (suffix.length > 1 && prefixes.has(name.slice(0, -1)));
    if (!isTaken) return [prefix, name];
  }
  return [prefix];
}

function otherName(patterns: readonly string[]): string {
  for (let number = 0; ; number++) {
    const name = `other${number}`;
    if (!patterns.some((pattern) => pattern !== "+" && interfaceFits(pattern, name))) return name;
    // Only a pattern that every such name fits (`o+`) can get here more often than there are patterns.
    if (number > patterns.length) return name;
  }
}
