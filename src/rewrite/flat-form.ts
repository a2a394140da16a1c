/**
 * What a plan that changes the policy means, without any chain of ours: the old rules in the order that the rewrite gives them, and the same with a copy of a member's
 * rules for each added one, and without those of removed ones. The first is to be equal to the old ruleset, the second to the new one; what differs between
 * the two is a list of rules that anybody can read.
 */
import { type Imported, type ImportOptions, importRuleset } from "../import/import.ts";
import type { Ruleset, Table } from "../model/types.ts";
import { findPolicyChanges } from "../plan/policy-change.ts";
import type { Plan } from "../plan/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { diagnosticMessage } from "../text/excerpt.ts";
import { InternalError } from "../text/internal-error.ts";
import { locate, makeSourceFile } from "../text/source.ts";
import type { MergedChain, MergedRule } from "./merge.ts";
import { asFlatLine, asMemberLines, changeLines, type FlatLine, type MemberLine } from "./member-lines.ts";
import type { PolicyChange } from "./types.ts";

/** Builds both forms; null where the plan leaves the policy as it is, and, with an error, where iptables would refuse a rule of an added member. */
export function makeFlatForms(
  ruleset: Ruleset,
  plan: Plan,
  input: number,
  chains: readonly MergedChain[],
): { readonly change: PolicyChange | null; readonly diagnostics: readonly Diagnostic[] } {
  const changes = findPolicyChanges(plan, input);
  if (changes.groups.length + changes.rules.length === 0) return { change: null, diagnostics: [] };
  const names = (table: string) =>
    new Set(ruleset.tables.find(({ name }) => name === table)?.chains.map(({ name }) => name));
  const own = new Map<MergedRule, readonly MemberLine[]>();
  const before = render(ruleset, chains, (merged) => {
    own.set(merged, asMemberLines(merged));
    return own.get(merged)!;
  });
  const added: string[] = [];
  const removed: string[] = [];
  const after = render(ruleset, chains, (merged) => {
    const changed = changeLines(merged, own.get(merged)!, names(merged.policy.table));
    added.push(...changed.added);
    removed.push(...changed.removed);
    return changed.lines;
  });
  const faults = findFaults(ruleset, after);
  if (faults.length > 0) return { change: null, diagnostics: faults };
  const [old, now] = [
    readBack("the old rules in the new order", before, ruleset),
    readBack("the old rules with the plan's changes", after, ruleset),
  ];
  return { change: { before: old, after: now, added, removed }, diagnostics: [] };
}

function readLines(name: string, lines: readonly FlatLine[], options: ImportOptions): Imported {
  return importRuleset(makeSourceFile(name, lines.map(({ text }) => `${text}\n`).join("")), options);
}

/** Reads lines that are known to be right. */
function readBack(name: string, lines: readonly FlatLine[], old: Ruleset): Ruleset {
  const { ruleset } = readLines(name, lines, { family: old.family, keepUnparsed: countUnparsed(old) > 0 });
  if (ruleset === null) throw new InternalError(`${name} can't be read`);
  return ruleset;
}

/** What iptables would refuse in rules for added members, in terms of the plan. */
function findFaults({ family }: Ruleset, lines: readonly FlatLine[]): readonly Diagnostic[] {
  // As commands: what is only a warning about a rule that somebody has saved keeps these from being.
  const copies = lines.filter(({ chain, added }) => chain === "" || added !== undefined);
  const { diagnostics } = readLines("rules of added members", copies, { family, fromScript: true });
  const faults = diagnostics.flatMap((fault) => explainFault(fault, copies));
  const turned = faults.filter(({ code }) => code === "POLICY_RULE_CANT_TURN");
  // All rules of one that was turned round have the same fault.
  return faults.filter((fault) => !turned.includes(fault) || fault === turned[0]);
}

/** An error in a copied rule, in terms of the plan. */
function explainFault(fault: Diagnostic, lines: readonly FlatLine[]): readonly Diagnostic[] {
  if (fault.severity !== "error") return [];
  const line = fault.span === null ? undefined : lines[locate(fault.span.file, fault.span.start).line - 1];
  const { name = "?", member = "?", isTurned = false } = line?.added ?? {};
  if (isTurned) {
    const why = `as rules without marks it would be one that iptables refuses: ${diagnosticMessage(fault)}`;
    return [makeDiagnostic("POLICY_RULE_CANT_TURN", null, { name, group: member, why })];
  }
  return [makeDiagnostic("POLICY_CHANGE_CANT_BE", null, { name, member, problem: diagnosticMessage(fault) })];
}

/** The tables of a ruleset with the rules of each chain in their order; `expand` gives those that a policy rule stands for. */
function render(
  ruleset: Ruleset,
  chains: readonly MergedChain[],
  expand: (merged: MergedRule) => readonly FlatLine[],
): readonly FlatLine[] {
  return ruleset.tables.flatMap((table) => {
    const own = chains.filter((chain) => chain.table === table.name);
    return renderTable(ruleset, table, own, expand);
  });
}

function renderTable(
  { file }: Ruleset,
  table: Table,
  chains: readonly MergedChain[],
  expand: (merged: MergedRule) => readonly FlatLine[],
): readonly FlatLine[] {
  const expanded = new Map<MergedRule, readonly FlatLine[]>();
  for (const { entries } of chains)
    for (const entry of entries)
      if (entry.kind === "merged") expanded.set(entry.merged, expand(entry.merged));
  // Rules of chains that a policy rule replaces are among its own.
  const replaced = new Set([...expanded.keys()].flatMap(({ replaces }) => replaces));
  // Those of group chains, too.
  const merged = new Set([...expanded.keys()].flatMap((each) => each.rules));
  const rules = chains.flatMap(({ chain, entries }) => {
    if (replaced.has(chain)) return [];
    return entries.flatMap((entry): readonly FlatLine[] => {
      if (entry.kind === "merged") return expanded.get(entry.merged)!;
      if (entry.rest !== undefined) return entry.rest.map((text) => ({ chain, text }));
      return merged.has(entry.rule) ? [] : [asFlatLine(entry.rule)];
    });
  });
  const lines = file.text.split("\n").slice(table.firstLine - 1, table.lastLine);
  const ruleLines = new Set(table.chains.flatMap((chain) => chain.rules.map(({ line }) => line)));
  const others = lines.filter((_, at) => !ruleLines.has(table.firstLine + at));
  const plain = others.map((text): FlatLine => ({ chain: "", text: text.replace(/^\uFEFF/, "") }));
  const declared = rules.filter(({ chain }) => chain === "");
  const own = settleOrder(
    rules.filter(({ chain }) => chain !== ""),
    [...expanded.keys()],
  );
  return [...plain.slice(0, -1), ...declared, ...own, ...plain.slice(-1)];
}

/** Policy rules that are chains already have rules in common: each comes once, and in its order in all chains that are not a policy rule's own place. */
function settleOrder(rules: readonly FlatLine[], merged: readonly MergedRule[]): readonly FlatLine[] {
  const owners = new Set(merged.map(({ policy }) => policy.chain));
  const common = new Set(
    merged.flatMap((each) => (each.replaces.length === 0 ? [] : each.rules.map(({ line }) => line))),
  );
  const seen = new Set<string>();
  const once = rules.filter(({ line, text }) => {
    if (line === undefined || !common.has(line)) return true;
    const key = `${line} ${text}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
  const lineOf = ({ line = 0 }: FlatLine): number => line;
  const inside = once.filter(({ chain }) => !owners.has(chain));
  return [
    ...inside.sort((one, other) => lineOf(one) - lineOf(other)),
    ...once.filter(({ chain }) => owners.has(chain)),
  ];
}
