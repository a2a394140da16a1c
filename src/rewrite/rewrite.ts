/**
 * Rewrites a ruleset as its plan says: flat rules that a policy rule merges go, calls of rule chains come in their place, and the chains of groups and
 * policy rules are added. Tables without merged rules keep every byte.
 */
import type { Axis, Ruleset, Table } from "../model/types.ts";
import { findMarkRules } from "../cluster/marks/find.ts";
import { joinMarkBits } from "../plan/own-bits.ts";
import type { MarkBits, Plan } from "../plan/types.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import type { ArticleContext } from "./layouts/article.ts";
import { type MergedChain, mergeRules } from "./merge.ts";
import { checkBits, checkNames, goneChains, nameClearChain } from "./new-chains.ts";
import { hasSameRules, withoutHeader } from "./own-text.ts";
import { tidyLines } from "./tidy.ts";
import { rewriteTable, type TableOutcome } from "./table.ts";
import type { Rewritten, RewrittenLine } from "./types.ts";

/** Rewrites one input of a plan (its index in `plan.inputs`). Null with at least one error where the plan can't be carried out. */
export function rewriteRuleset(
  ruleset: Ruleset,
  plan: Plan,
  input: number,
): { readonly rewritten: Rewritten | null; readonly diagnostics: readonly Diagnostic[] } {
  const { chains, diagnostics: merging } = mergeRules(ruleset, plan, input);
  const marks = findMarkRules(ruleset, plan);
  const gone = goneChains(ruleset, chains);
  const diagnostics = [
    ...merging,
    ...checkNames(ruleset, plan, chains, gone),
    ...checkBits(ruleset, plan, marks),
  ];
  if (hasErrors(diagnostics)) return { rewritten: null, diagnostics };
  const context: ArticleContext = {
    family: ruleset.family,
    bits: bitsInUse(plan.markBits, chains),
    clearChain: nameClearChain(ruleset, plan, gone),
  };
  const sourceLines = ruleset.file.text.split("\n");
  const outcomes = new Map<Table, TableOutcome>();
  for (const table of ruleset.tables) {
    const own = chains.filter((chain) => chain.table === table.name);
    if (own.some(({ entries }) => entries.some(({ kind }) => kind === "merged"))) {
      const outcome = rewriteTable(table, own, sourceLines, context);
      if (!hasSameRules(table, outcome.lines)) outcomes.set(table, outcome);
    }
  }
  const ownBits = (joinMarkBits(context.bits) | marks.own) >>> 0;
  const rewritten = {
    ...assemble(ruleset, outcomes, sourceLines, context.bits),
    ...{ ownBits, mergedLines: linesOf(chains) },
  };
  return { rewritten, diagnostics };
}

function assemble(
  ruleset: Ruleset,
  outcomes: ReadonlyMap<Table, TableOutcome>,
  sourceLines: readonly string[],
  markBits: MarkBits,
): Omit<Rewritten, "ownBits" | "mergedLines"> {
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
    changed,
    tablesChanged: [...outcomes.keys()].map(({ name }) => name),
    markBits,
    rulesBefore,
    rulesAfter: results.reduce((sum, { rulesAdded }) => sum + rulesAdded, rulesBefore),
    newChains: results.flatMap(({ newChains }) => newChains),
    lostComments: results.flatMap(({ lostComments }) => lostComments),
    lostCounters: results.reduce((sum, { lostCounters }) => sum + lostCounters, 0),
  };
}

function linesOf(chains: readonly MergedChain[]): ReadonlySet<number> {
  const merged = chains.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.kind === "merged" ? entry.merged.rules : [])),
  );
  return new Set(merged.map(({ line }) => line));
}

function countRules(table: Table): number {
  return table.chains.reduce((sum, { rules }) => sum + rules.length, 0);
}

/** The bits of axes that some merged rule has a group on: refused groups must not cost a bit that packets may bring along. */
function bitsInUse(bits: MarkBits, chains: readonly MergedChain[]): MarkBits {
  const used: { [axis in Axis]?: number } = {};
  for (const { entries } of chains) {
    for (const entry of entries) {
      if (entry.kind !== "merged") continue;
      for (const { axis } of entry.merged.groups) used[axis] = bits[axis] ?? 0;
    }
  }
  return used;
}
