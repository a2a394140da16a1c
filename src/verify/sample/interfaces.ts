/**
 * The interface names that packets are drawn from: those that the rulesets name, names that only their patterns match, and one that none does.
 */
import type { Table } from "../../model/types.ts";

/** Longest name that the kernel takes (IFNAMSIZ - 1). */
const MAX_LENGTH = 15;

/** True when the name of a match, perhaps with `+`, fits an interface (net/netfilter/x_tables, ifname_compare). */
export function interfaceFits(pattern: string, name: string): boolean {
  return pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** All names, the empty one first, then in order of first use, then one that nothing else fits. */
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
  for (const pattern of patterns) {
    if (!pattern.endsWith("+")) names.add(pattern);
    else if (pattern.length > 1) for (const name of namesOf(pattern.slice(0, -1))) names.add(name);
  }
  names.add(otherName([...patterns]));
  return [...names];
}

function namesOf(prefix: string): readonly string[] {
  return prefix.length < MAX_LENGTH ? [prefix, `${prefix}7`] : [prefix];
}

function otherName(patterns: readonly string[]): string {
  for (let number = 0; ; number++) {
    const name = `other${number}`;
    if (!patterns.some((pattern) => pattern !== "+" && interfaceFits(pattern, name))) return name;
    // Only a pattern that every such name fits (`o+`) can get here more often than there are patterns.
    if (number > patterns.length) return name;
  }
}
