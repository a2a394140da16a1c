/**
 * Hooks about which nothing is known: they reach a rule that could not be read and was kept word for word.
 */
import type { Table } from "../model/types.ts";
import { reachedUnparsed } from "../model/unparsed.ts";

/** Why nothing is known about a hook, as a part of a sentence; null where all rules that it reaches could be read. */
export function whyUnread(old: Table, now: Table, hook: string): string | null {
  const sides = [
    ["old", old],
    ["new", now],
  ] as const;
  for (const [side, table] of sides) {
    const rule = reachedUnparsed(table, hook);
    if (rule !== null)
      return `${hook} reaches line ${rule.line} of the ${side} ruleset, a rule that can't be read`;
  }
  return null;
}
