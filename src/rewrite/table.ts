/**
 * Writes one table anew: old declarations and flat rules word for word, in their places, new chains behind the declarations.
 */
import { AXES, type Axis, type Table } from "../model/types.ts";
import { titledChain } from "../plan/chain-titles.ts";
import { printMark } from "../plan/own-bits.ts";
import { chainMembers } from "../plan/policy-change.ts";
import { joinComments } from "./comments.ts";
import { findGoneChains } from "./gone-chains.ts";
import { type ArticleContext, layOutClear, layOutRule, type RuleChain } from "./layouts/article.ts";
import { layOutMembers } from "./layouts/set-group.ts";
import type { MergedChain, MergedRule } from "./merge.ts";
import { type GroupChain, nestGroups } from "./nested-groups.ts";
import type { LostComment, RewrittenLine } from "./types.ts";

/** A table after the rewrite. */
export interface TableOutcome {
  /** From `*name` to COMMIT. */
  readonly lines: readonly RewrittenLine[];
  /** How many rules it has more than before; negative where it has fewer. */
  readonly rulesAdded: number;
  readonly newChains: readonly string[];
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
  sourceLines: readonly string[],
  context: ArticleContext,
): TableOutcome {
  const layouts = new Map<MergedRule, RuleChain>();
  const lostComments: LostComment[] = [];
  for (const { chain, entries } of chains) {
    for (const entry of entries) {
      if (entry.kind !== "merged") continue;
      const { rules, replaces } = entry.merged;
      // A comment in a group's chain stays with its member.
      const comment = joinComments(
        rules.filter((rule) => rule.chain === chain || replaces.includes(rule.chain)),
      );
      lostComments.push(...comment.lost);
      layouts.set(entry.merged, layOutRule(entry.merged, chain, comment.match, context));
    }
  }
  const replaced = findGoneChains(table, [...layouts.keys()]);
  const staying = new Set(table.chains.map(({ name }) => name).filter((name) => !replaced.has(name)));
  const groups = collectGroups([...layouts.keys()]);
  nestGroups(groups, [...layouts.keys()], table);
  const made = makeChains(groups, [...layouts.keys()], staying, layouts, context);
  const newAt = declarationsEnd(table) + 0.5;
  const placed = [
    ...placeOthers(table, replaced, sourceLines),
    ...placeEntries(chains, replaced, layouts, sourceLines),
    ...made.lines.map((line) => ({ line, at: newAt })),
  ];
  // The sort is stable: lines of one place keep the order in which they were made.
  const lines = placed.sort((left, right) => left.at - right.at).map(({ line }) => line);
  const gone = new Set(
    [...layouts.keys()].flatMap(({ policy, rules }) =>
      // Of chains that others share, and that stay, no rule goes.
      rules.filter(({ chain }) => chain === policy.chain || replaced.has(chain)),
    ),
  );
  const calls = [...layouts.values()].reduce((sum, layout) => sum + layout.calls.length, 0);
  return {
    lines,
    rulesAdded: made.rules + calls - gone.size,
    newChains: made.names,
    lostComments,
    lostCounters: [...gone].filter(({ counters }) => counters !== null && counters.packets !== "0").length,
  };
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
  layouts: ReadonlyMap<MergedRule, RuleChain>,
  sourceLines: readonly string[],
): PlacedLine[] {
  const placed: PlacedLine[] = [];
  for (const { chain, entries } of chains) {
    // Its rules are in the rule chain of the tree now.
    if (replaced.has(chain)) continue;
    let at = 0;
    for (const entry of entries) {
      if (entry.kind === "flat") {
        at = Math.max(at, entry.rule.line);
        placed.push({ line: { text: sourceLines[entry.rule.line - 1]!, origins: [entry.rule.line] }, at });
        continue;
      }
      at = Math.max(at, entry.merged.rules[0]!.line);
      for (const line of layouts.get(entry.merged)!.calls) placed.push({ line, at });
    }
  }
  return placed;
}

/** Declarations and rules of all new chains of a table. */
function makeChains(
  all: readonly GroupChain[],
  merged: readonly MergedRule[],
  staying: ReadonlySet<string>,
  layouts: ReadonlyMap<MergedRule, RuleChain>,
  context: ArticleContext,
): { readonly lines: RewrittenLine[]; readonly names: string[]; readonly rules: number } {
  const groups = all.filter(({ group }) => !staying.has(group.name));
  const names = [
    ...groups.map(({ group }) => group.name),
    ...merged.map(({ policy }) => policy.name),
    context.clearChain,
  ];
  const sections: RewrittenLine[] = [];
  let rules = 0;
  const add = (title: string, lines: readonly RewrittenLine[]): void => {
    sections.push({ text: `# ${title}`, origins: [] }, ...lines);
    rules += lines.length;
  };
  for (const { group, members, parts } of groups) {
    const bit = context.bits[group.axis] ?? 0;
    const list = [...members].map(([member, { text, origins }]) => ({ member, text, origins: [...origins] }));
    add(`${group.name}: ${AXIS_WORDS[group.axis]} group, sets mark bit ${printMark(bit)}`, [
      ...parts.map((part) => ({ text: `-A ${group.name} -j ${part.group.name}`, origins: [] })),
      ...layOutMembers(group, bit, list, context),
    ]);
  }
  for (const rule of merged) {
    const title = `${rule.policy.name}: ${rule.groups.map(({ name }) => name).join(" + ")} -> ${rule.template.rule.target.text.slice(3)}`;
    add(title, layouts.get(rule)!.lines);
  }
  add(`${context.clearChain}: clears the mark bits of the groups and leaves`, [layOutClear(context)]);
  const declarations = names.map((name) => ({ text: `:${name} - [0:0]`, origins: [] }));
  return { lines: [...declarations, ...sections], names, rules };
}

const AXIS_WORDS: Readonly<Record<Axis, string>> = {
  source: "source",
  destination: "destination",
  service: "service",
  in: "in-interface",
  out: "out-interface",
};

/** The groups that the merged rules use, in AXES order, with the text of each member and the lines it came from. */
function collectGroups(merged: readonly MergedRule[]): GroupChain[] {
  const chains = new Map<string, GroupChain>();
  for (const { groups, memberTexts, memberLines } of merged) {
    for (const group of groups) {
      let chain = chains.get(group.id);
      if (chain === undefined) {
        chain = {
          group,
          parts: [],
          members: new Map(
            chainMembers(group).map((member) => [member, { text: "", origins: new Set<number>() }]),
          ),
        };
        chains.set(group.id, chain);
      }
      for (const [member, text] of memberTexts[group.axis] ?? []) {
        const entry = chain.members.get(member);
        if (entry === undefined) continue;
        // What tests a member is one text for all; some have its comment, too.
        if (text.length > entry.text.length) entry.text = text;
        for (const line of memberLines[group.axis]?.get(member) ?? []) entry.origins.add(line);
      }
    }
  }
  return [...chains.values()].sort(
    (left, right) => AXES.indexOf(left.group.axis) - AXES.indexOf(right.group.axis),
  );
}
