/**
 * What markify has written into a file before, beside rules and titles: a file that is written again gets it anew.
 */
import type { Table } from "../model/types.ts";
import type { RewrittenLine } from "./types.ts";

/** Lines without the header that an earlier run has put in front of them. */
export function withoutHeader(lines: readonly RewrittenLine[]): readonly RewrittenLine[] {
  if (lines[0]?.text.startsWith("# Made by markify ") !== true) return lines;
  const end = lines.findIndex(({ text }) => text.startsWith("# Check: "));
  const isHeader = end !== -1 && lines.slice(0, end).every(({ text }) => text.startsWith("# "));
  return isHeader ? lines.slice(end + 1) : lines;
}

/** Whether a table has the same rules in each chain as before: then it is left as it was. */
export function hasSameRules(table: Table, lines: readonly RewrittenLine[]): boolean {
  const before = new Map(
    table.chains.map(({ name, rules }) => [name, rules.map(({ text }) => withoutCounters(text))]),
  );
  const after = new Map<string, string[]>([...before.keys()].map((name) => [name, []]));
  const declared = new Set<string>();
  for (const { text } of lines) {
    const chain = /^:(\S+) /.exec(text)?.[1];
    if (chain !== undefined) declared.add(chain);
    const rule = withoutCounters(text);
    const owner = /^-A (\S+)/.exec(rule)?.[1];
    if (owner === undefined) continue;
    const rules = after.get(owner);
    if (rules === undefined) return false;
    rules.push(rule);
  }
  const isDeclared = table.chains.every(({ name, line }) => line === 0 || declared.has(name));
  if (!isDeclared || [...declared].some((name) => !before.has(name))) return false;
  return [...before].every(([name, rules]) => rules.join("\n") === after.get(name)!.join("\n"));
}

function withoutCounters(text: string): string {
  return text.trim().replace(/^\[\d+:\d+\]\s+/, "");
}
