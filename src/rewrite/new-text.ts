/**
 * Puts the new file together: tables with merged rules are written anew, all others keep every byte.
 */
import type { Ruleset, Table } from "../model/types.ts";
import type { Plan } from "../plan/types.ts";
import { findGroupSets } from "./group-sets.ts";
import type { Run } from "./runs/types.ts";
import type { LayoutContext } from "./layouts/context.ts";
import type { MergedChain } from "./merge.ts";
import { hasSameRules, withoutHeader } from "./own-text.ts";
import { rewriteTable, type TableOutcome } from "./table.ts";
import { tidyLines } from "./tidy.ts";
import type { Rewritten, RewrittenLine } from "./types.ts";

/** What was decided about all chains. */
export interface DecidedChains {
  /** In their new order. */
  readonly chains: readonly MergedChain[];
  readonly runs: readonly Run[];
  readonly contextOf: (table: string) => LayoutContext;
}

/** The lines of the whole file, with what changed in it. */
export function rewriteTables(
  ruleset: Ruleset,
  plan: Plan,
  { chains, runs, contextOf }: DecidedChains,
): Omit<
  Rewritten,
  | "markBits"
  | "newBits"
  | "ownBits"
  | "rests"
  | "sharedOwners"
  | "flatOwners"
  | "mergedLines"
  | "partLines"
  | "moved"
  | "policyChange"
  | "unhoisted"
> {
  const sourceLines = ruleset.file.text.split("\n");
  const outcomes = findOutcomes(ruleset, chains, runs, sourceLines, contextOf);
  const lines: RewrittenLine[] = [];
  let at = 1;
  for (const [table, outcome] of outcomes) {
    for (; at < table.firstLine; at++) lines.push({ text: sourceLines[at - 1]!, origins: [at] });
    for (const line of outcome.lines) lines.push(line);
    at = table.lastLine + 1;
  }
  for (; at <= sourceLines.length; at++) lines.push({ text: sourceLines[at - 1]!, origins: [at] });
  const changed = outcomes.size > 0;
  const tidy = changed ? tidyLines(withoutHeader(lines), ruleset) : { lines, tidied: [] };
  const rulesBefore = ruleset.tables.reduce((sum, table) => sum + countRules(table), 0);
  const results = [...outcomes.values()];
  return {
    ruleset,
    ...tidy,
    sets: findGroupSets(tidy.lines, plan, ruleset.family),
    changed,
    tablesChanged: [...outcomes.keys()].map(({ name }) => name),
    runs: runs.length,
    runOwners: runs.map(({ table, chain }) => ({ table, chain })),
    rulesBefore,
    rulesAfter: results.reduce((sum, { rulesAdded }) => sum + rulesAdded, rulesBefore),
    newChains: results.flatMap(({ newChains }) => newChains),
    treeGroups: results.flatMap(({ treeGroups }) => treeGroups),
    lostComments: results.flatMap(({ lostComments }) => lostComments),
    lostCounters: results.reduce((sum, { lostCounters }) => sum + lostCounters, 0),
  };
}

/** Tables that come out otherwise than they were. */
function findOutcomes(
  ruleset: Ruleset,
  chains: readonly MergedChain[],
  runs: readonly Run[],
  sourceLines: readonly string[],
  contextOf: (table: string) => LayoutContext,
): ReadonlyMap<Table, TableOutcome> {
  const outcomes = new Map<Table, TableOutcome>();
  for (const table of ruleset.tables) {
    const own = chains.filter((chain) => chain.table === table.name);
    if (own.some(({ entries }) => entries.some(({ kind }) => kind === "merged"))) {
      const ownRuns = runs.filter((run) => run.table === table.name);
      const outcome = rewriteTable(table, own, ownRuns, sourceLines, contextOf(table.name));
      if (!hasSameRules(table, outcome.lines)) outcomes.set(table, outcome);
    }
  }
  return outcomes;
}

function countRules(table: Table): number {
  return table.chains.reduce((sum, { rules }) => sum + rules.length, 0);
}
