/**
 * Writes one table anew: old declarations and flat rules word for word, in their places, new chains behind the declarations.
 */
import type { Rule, Table } from "../model/types.ts";
import { titledChain } from "../plan/chain-titles.ts";
import { joinComments } from "./comments.ts";
import { findGoneChains } from "./gone-chains.ts";
import type { Run } from "./runs/types.ts";
import type { LayoutContext } from "./layouts/context.ts";
import { layOutTable } from "./lay-out-table.ts";
import type { MergedChain, MergedRule } from "./merge.ts";
import type { LostComment, RewrittenLine } from "./types.ts";

/** A table after the rewrite. */
export interface TableOutcome {
  /** From `*name` to COMMIT. */
  readonly lines: readonly RewrittenLine[];
  /** How many rules it has more than before; negative where it has fewer. */
  readonly rulesAdded: number;
  readonly newChains: readonly string[];
  readonly treeGroups: readonly string[];
  readonly lostComments: readonly LostComment[];
  readonly lostCounters: number;
}

/** A line with the source line at which it belongs. */
interface PlacedLine {
  readonly line: RewrittenLine;
  readonly at: number;
}

/** Rewrites a table; `chains` are all its chains in their new order, `sourceLines` the file's lines with their `\r`, if any. */
export function rewriteTable(
  table: Table,
  chains: readonly MergedChain[],
  runs: readonly Run[],
  sourceLines: readonly string[],
  context: LayoutContext,
): TableOutcome {
  const comments = new Map<MergedRule, string>();
  const lostComments: LostComment[] = [];
  for (const { chain, entries } of chains) {
    for (const entry of entries) {
      if (entry.kind !== "merged") continue;
      const { rules, replaces, place } = entry.merged;
      // A comment in a group's chain stays with its member, and that of a call with the policy rule whose rest this one is.
      const isOwn = (rule: Rule) => rule.chain === chain || replaces.includes(rule.chain);
      const isOthers = (rule: Rule) => entry.behind !== undefined && rule === place?.rule;
      const comment = joinComments(rules.filter((rule) => isOwn(rule) && !isOthers(rule)));
      lostComments.push(...comment.lost);
      comments.set(entry.merged, comment.match);
    }
  }
  const merged = [...comments.keys()];
  const replaced = findGoneChains(table, merged);
  const staying = new Set(table.chains.map(({ name }) => name).filter((name) => !replaced.has(name)));
  const made = layOutTable({ table, chains, runs, comments, staying }, context);
  const newAt = declarationsEnd(table) + 0.5;
  const placed = [
    ...placeOthers(table, replaced, sourceLines),
    ...placeEntries(chains, replaced, made.calls, sourceLines),
    ...made.lines.map((line) => ({ line, at: newAt })),
  ];
  // The sort is stable: lines of one place keep the order in which they were made.
  const lines = placed.sort((left, right) => left.at - right.at).map(({ line }) => line);
  const gone = new Set(
    merged.flatMap(({ policy, rules }) =>
      // Of chains that others share, and that stay, no rule goes.
      rules.filter(({ chain }) => chain === policy.chain || replaced.has(chain)),
    ),
  );
  const calls = [...made.calls.values()].reduce((sum, lines) => sum + lines.length, 0);
  return {
    lines,
    rulesAdded: made.rules + calls + countRests(chains) - gone.size,
    newChains: made.names,
    treeGroups: made.trees,
    lostComments,
    lostCounters: [...gone].filter(({ counters }) => counters !== null && counters.packets !== "0").length,
  };
}

/** Lines that stay of rules which policy rules stand for in part. */
function countRests(chains: readonly MergedChain[]): number {
  const rests = chains.flatMap(({ entries }) =>
    entries.map((entry) => (entry.kind === "flat" ? (entry.rest?.length ?? 0) : 0)),
  );
  return rests.reduce((sum, count) => sum + count, 0);
}

/** The last declaration before the first rule: new chains are declared behind it. */
function declarationsEnd(table: Table): number {
  let firstRule = table.lastLine;
  for (const { rules } of table.chains)
    if (rules[0] !== undefined) firstRule = Math.min(firstRule, rules[0].line);
  return table.chains.reduce(
    (last, { line }) => (line < firstRule ? Math.max(last, line) : last),
    table.firstLine,
  );
}

/** Everything of the table that is no rule: `*name`, declarations of chains that stay, comments, blank lines, COMMIT. */
function placeOthers(
  table: Table,
  replaced: ReadonlySet<string>,
  sourceLines: readonly string[],
): PlacedLine[] {
  const rules = new Set(table.chains.flatMap((chain) => chain.rules.map(({ line }) => line)));
  for (const { name, line } of table.chains) if (replaced.has(name)) rules.add(line);
  const placed: PlacedLine[] = [];
  for (let at = table.firstLine; at <= table.lastLine; at++) {
    // Titles of chains that go are written anew.
    const title = titledChain(sourceLines[at - 1]!.trimEnd());
    if (rules.has(at) || (title !== undefined && replaced.has(title))) continue;
    placed.push({ line: { text: sourceLines[at - 1]!, origins: [at] }, at });
  }
  return placed;
}

/** Flat rules at their own lines and calls at those of their first rule, or as soon after as the order of the chain allows. */
function placeEntries(
  chains: readonly MergedChain[],
  replaced: ReadonlySet<string>,
  calls: ReadonlyMap<MergedRule, readonly RewrittenLine[]>,
  sourceLines: readonly string[],
): PlacedLine[] {
  const placed: PlacedLine[] = [];
  for (const { chain, entries } of chains) {
    // Its rules are in the rule chain of the tree now.
    if (replaced.has(chain)) continue;
    let at = 0;
    for (const entry of entries) {
      if (entry.kind === "flat") {
        const { line } = entry.rule;
        at = Math.max(at, line);
        for (const text of entry.rest ?? [sourceLines[line - 1]!])
          placed.push({ line: { text, origins: [line] }, at });
        continue;
      }
      at = Math.max(at, entry.merged.rules[0]!.line);
      for (const line of calls.get(entry.merged)!) placed.push({ line, at });
    }
  }
  return placed;
}
