/**
 * Rewrites a ruleset as its plan says: flat rules that a policy rule merges go, calls of rule chains come in their place, and the chains of groups and
 * policy rules are added. Tables without merged rules keep every byte.
 */
import type { Axis, Ruleset, Table } from "../model/types.ts";
import { usedMarkBits } from "../plan/marks.ts";
import { joinMarkBits, printMark } from "../plan/own-bits.ts";
import { findPolicyChanges } from "../plan/policy-change.ts";
import type { MarkBits, Plan } from "../plan/types.ts";
import { type Diagnostic, hasErrors, makeDiagnostic } from "../text/diagnostic.ts";
import type { ArticleContext } from "./layouts/article.ts";
import { makeFlatForms } from "./flat-form.ts";
import { type MergedChain, mergeRules } from "./merge.ts";
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
  const diagnostics = [...merging, ...checkNames(ruleset, plan, chains), ...checkBits(ruleset, plan)];
  if (hasErrors(diagnostics)) return { rewritten: null, diagnostics };
  const isSame = findPolicyChanges(plan, input).length === 0;
  const { change, diagnostics: faults } = isSame ? NO_CHANGE : makeFlatForms(ruleset, chains);
  if (hasErrors(faults)) return { rewritten: null, diagnostics: [...diagnostics, ...faults] };
  const context: ArticleContext = {
    family: ruleset.family,
    bits: bitsInUse(plan.markBits, chains),
    clearChain: nameClearChain(ruleset, plan),
  };
  const sourceLines = ruleset.file.text.split("\n");
  const outcomes = new Map<Table, TableOutcome>();
  for (const table of ruleset.tables) {
    const own = chains.filter((chain) => chain.table === table.name);
    if (own.some(({ entries }) => entries.some(({ kind }) => kind === "merged"))) {
      outcomes.set(table, rewriteTable(table, own, sourceLines, context));
    }
  }
  const rewritten = assemble(ruleset, outcomes, sourceLines, context.bits);
  return { rewritten: { ...rewritten, policyChange: change }, diagnostics };
}

const NO_CHANGE = { change: null, diagnostics: [] };

function assemble(
  ruleset: Ruleset,
  outcomes: ReadonlyMap<Table, TableOutcome>,
  sourceLines: readonly string[],
  markBits: MarkBits,
): Omit<Rewritten, "policyChange"> {
  const lines: RewrittenLine[] = [];
  let at = 1;
  for (const [table, outcome] of outcomes) {
    for (; at < table.firstLine; at++) lines.push({ text: sourceLines[at - 1]!, origins: [at] });
    for (const line of outcome.lines) lines.push(line);
    at = table.lastLine + 1;
  }
  for (; at <= sourceLines.length; at++) lines.push({ text: sourceLines[at - 1]!, origins: [at] });
  const changed = outcomes.size > 0;
  const tidy = changed ? tidyLines(lines, ruleset) : { lines, tidied: [] };
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

function countRules(table: Table): number {
  return table.chains.reduce((sum, { rules }) => sum + rules.length, 0);
}

/** Names of new chains must not be those of chains that the table has: restore would refuse the file, or flush the chain. */
function checkNames(ruleset: Ruleset, plan: Plan, chains: readonly MergedChain[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const groups = new Map(plan.groups.map((group) => [group.id, group.name]));
  for (const table of ruleset.tables) {
    const existing = new Set(table.chains.map(({ name }) => name));
    const wanted = new Set<string>();
    for (const chain of chains) {
      if (chain.table !== table.name) continue;
      for (const entry of chain.entries) {
        if (entry.kind !== "merged") continue;
        wanted.add(entry.merged.policy.name);
        for (const { id } of entry.merged.groups) wanted.add(groups.get(id)!);
      }
    }
    for (const name of wanted) {
      if (existing.has(name))
        diagnostics.push(makeDiagnostic("CHAIN_NAME_TAKEN", null, { name, table: table.name }));
    }
  }
  return diagnostics;
}

/** The plan file is text that anyone may have changed: bits that the ruleset uses itself are refused. */
function checkBits(ruleset: Ruleset, plan: Plan): Diagnostic[] {
  const clash = joinMarkBits(plan.markBits) & usedMarkBits([ruleset]);
  return clash === 0 ? [] : [makeDiagnostic("MARK_BITS_TAKEN", null, { bits: printMark(clash) })];
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

/** A name that neither the ruleset nor the plan has. */
function nameClearChain(ruleset: Ruleset, plan: Plan): string {
  const taken = new Set([
    ...ruleset.tables.flatMap(({ chains }) => chains.map(({ name }) => name)),
    ...plan.groups.map(({ name }) => name),
    ...plan.policyRules.map(({ name }) => name),
  ]);
  let name = "M-CLEAR";
  for (let number = 2; taken.has(name); number++) name = `M-CLEAR-${number}`;
  return name;
}
