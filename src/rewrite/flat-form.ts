/**
 * What a plan that changes the policy means, without any chain of ours: the old rules in the order that the rewrite gives them, and the same with a copy of a member's
 * rules for each added one, and without those of removed ones. The first is to be equal to the old ruleset, the second to the new one; what differs between
 * the two is a list of rules that anybody can read.
 */
import { type Imported, type ImportOptions, importRuleset } from "../import/import.ts";
import type { Axis, Match, Rule, Ruleset, Table } from "../model/types.ts";
import { missingText } from "../plan/missing.ts";
import { findPolicyChanges } from "../plan/policy-change.ts";
import type { Plan } from "../plan/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { diagnosticMessage } from "../text/excerpt.ts";
import { InternalError } from "../text/internal-error.ts";
import { locate, makeSourceFile } from "../text/source.ts";
import type { MergedChain, MergedRule } from "./merge.ts";
import type { PolicyChange } from "./types.ts";

/** A rule on its way into the flat form. */
interface FlatLine {
  readonly chain: string;
  readonly text: string;
  /** What it is a copy for; missing for rules of the ruleset. */
  readonly added?: { readonly name: string; readonly member: string };
}

/** A rule of a policy rule: taken apart, with the members that it has. */
interface MemberLine extends FlatLine {
  /** Of the rule in the ruleset. */
  readonly line: number;
  readonly matches: readonly Pick<Match, "kind" | "text">[];
  readonly target: string;
  readonly members: Readonly<Partial<Record<Axis, string>>>;
}

/** Builds both forms; null where the plan leaves the policy as it is, and, with an error, where iptables would refuse a rule of an added member. */
export function makeFlatForms(
  ruleset: Ruleset,
  plan: Plan,
  input: number,
  chains: readonly MergedChain[],
): { readonly change: PolicyChange | null; readonly diagnostics: readonly Diagnostic[] } {
  const changes = findPolicyChanges(plan, input);
  if (changes.groups.length + changes.rules.length === 0) return { change: null, diagnostics: [] };
  const before = render(ruleset, chains, asMemberLines);
  const added: string[] = [];
  const removed: string[] = [];
  const after = render(ruleset, chains, (merged) => {
    const lines = withAdded(merged);
    const kept = lines.filter((line) => !isRemoved(merged, line));
    added.push(...kept.filter((line) => line.added !== undefined).map(({ text }) => text));
    removed.push(
      ...lines.filter((line) => isRemoved(merged, line) && line.added === undefined).map(({ text }) => text),
    );
    return kept;
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
  return diagnostics.flatMap((fault) => explainFault(fault, copies));
}

/** An error in a copied rule, in terms of the plan. */
function explainFault(fault: Diagnostic, lines: readonly FlatLine[]): readonly Diagnostic[] {
  if (fault.severity !== "error") return [];
  const line = fault.span === null ? undefined : lines[locate(fault.span.file, fault.span.start).line - 1];
  const { name = "?", member = "?" } = line?.added ?? {};
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
  return [...plain.slice(0, -1), ...rules, ...plain.slice(-1)];
}

function asFlatLine({ chain, text }: Rule): FlatLine {
  return { chain, text };
}

/** The rules of a policy rule, each copy behind the rule that it was made from. */
function withAdded(merged: MergedRule): readonly MemberLine[] {
  let lines: readonly MemberLine[] = withCombinations(merged, asMemberLines(merged));
  for (const { axis, added = [] } of merged.groups) {
    // All members fare alike, save for combinations that are missing: an added one has a rule where any of them has one.
    const seen = new Set<string>();
    lines = lines.flatMap((line) => {
      const others = JSON.stringify({ ...line.members, [axis]: "" });
      if (line.members[axis] === undefined || seen.has(others)) return [line];
      seen.add(others);
      return [line, ...added.map((member) => copyFor(merged, line, axis, member))];
    });
  }
  return lines;
}

/** The rules with one more for each combination that the plan adds. */
function withCombinations(merged: MergedRule, lines: readonly MemberLine[]): readonly MemberLine[] {
  const copies = merged.added.map((cell): MemberLine => {
    const wanted = merged.groups.map(({ axis }, at) => [axis, cell[at]!] as const);
    const service = wanted.find(([axis]) => axis === "service")?.[1];
    const like = lines.find(({ members }) => members.service === service) ?? lines[0]!;
    const made = wanted.reduce((line, [axis, member]) => withMember(merged, line, axis, member), like);
    return { ...made, added: { name: merged.policy.name, member: missingText(cell) } };
  });
  return [...lines, ...copies];
}

/** The rules with their members; one that stands for several of a group (a call of a tree with a list of ports), or is meant in part, is one rule for each. */
function asMemberLines(merged: MergedRule): readonly MemberLine[] {
  const split = new Set<number>();
  let lines = merged.rules.map((rule): MemberLine => {
    const matches = rule.matches.filter(({ kind }) => kind !== "comment");
    if (merged.parts.has(rule)) split.add(rule.line);
    return { ...asFlatLine(rule), line: rule.line, matches, target: rule.target.text, members: {} };
  });
  for (const { axis } of merged.groups) {
    const byLine = new Map<number, string[]>();
    for (const [member, own] of merged.memberLines[axis] ?? [])
      for (const line of own) byLine.set(line, [...(byLine.get(line) ?? []), member]);
    lines = lines.flatMap((line) => {
      const [first, ...others] = byLine.get(line.line) ?? [];
      if (first === undefined) return [line];
      const isOther =
        line.matches.some(({ kind }) => kind === "addressSet") ||
        (axis === "service" && split.has(line.line));
      if (others.length === 0 && !isOther) return [{ ...line, members: { ...line.members, [axis]: first } }];
      return [first, ...others].map((member) => withMember(merged, line, axis, member));
    });
  }
  return lines;
}

/** A rule with another member in the place of the one that it has. */
function withMember(merged: MergedRule, line: MemberLine, axis: Axis, member: string): MemberLine {
  const text = merged.memberTexts[axis]?.get(member);
  if (text === undefined) throw new InternalError(`the member ${member} has no text`);
  const { chain, target } = line;
  const matches =
    axis === "service" ? replaceService(line.matches, text) : replaceHeader(line.matches, axis, text);
  const words = ["-A", chain, ...matches.map((match) => match.text), target].filter((word) => word !== "");
  return { ...line, matches, text: words.join(" "), members: { ...line.members, [axis]: member } };
}

function copyFor(merged: MergedRule, line: MemberLine, axis: Axis, member: string): MemberLine {
  return { ...withMember(merged, line, axis, member), added: { name: merged.policy.name, member } };
}

type Matches = MemberLine["matches"];

/** An address, an interface, or the range or set that stands for addresses. */
function replaceHeader(matches: Matches, axis: Exclude<Axis, "service">, text: string): Matches {
  const at = matches.findIndex(
    ({ kind, text: old }) =>
      (kind === axis && !old.startsWith("!")) || kind === "iprange" || kind === "addressSet",
  );
  return matches.map((match, index) => (index === at ? { kind: match.kind, text } : match));
}

const TRANSPORTS: readonly Match["kind"][] = ["transport", "multiport", "icmp"];

/** The protocol in its place, the matches of its header in the place of the old ones. */
function replaceService(matches: Matches, text: string): Matches {
  const [protocol = "", rest = ""] = text.split(/ (?=-m )(.*)/s);
  const first = matches.findIndex(({ kind }) => TRANSPORTS.includes(kind));
  const isLast = first === -1;
  return matches.flatMap((match, at): Matches => {
    const header = { kind: "transport", text: rest } as const;
    if (match.kind === "protocol")
      return isLast ? [{ ...match, text: protocol }, header] : [{ ...match, text: protocol }];
    if (at === first) return [header];
    return TRANSPORTS.includes(match.kind) ? [] : [match];
  });
}

function isRemoved({ groups }: MergedRule, { members }: MemberLine): boolean {
  return groups.some(({ axis, removed = [] }) => removed.includes(members[axis] ?? ""));
}
