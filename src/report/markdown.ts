/**
 * The groups report as Markdown, for a merge request or a ticket.
 */
import { describeSplit } from "./reasons.ts";
import { printLineRanges } from "../plan/line-ranges.ts";
import { COST_TITLE, describeChoices, describeCosts } from "./cost-words.ts";
import { count } from "./findings.ts";
import { describeLint } from "./lint-lines.ts";
import { printable } from "./style.ts";
import type { GroupsView, GroupView, LineView } from "./view.ts";

/** The report; ends with a line end. The user's text stands in code spans, so that nothing in it becomes markup. */
export function renderMarkdown(view: GroupsView): string {
  const title = view.inputs.map(({ path }) => code(path === "-" ? "standard input" : path)).join(" and ");
  const lead = `**${count(view.rulesBefore, "rule")} → ${view.rulesAfter}**, ${count(view.policyRules, "policy rule")}, own mark bits \`${view.ownMarkBits}\``;
  const parts = [
    [`# ${title}`],
    [lead],
    ...(view.unparsed === 0 ? [] : [[`**unparsed: ${view.unparsed}**`]]),
    ...table("Groups", ["Group", "Axis", "Members", "Policy rules", "Lines"], groupRows(view)),
    ...table("Policy rules", ["Policy rule", "Where", "Rule", "Lines"], productRows(view)),
    ...table("Stays as it is", ["Where", "Why", "Rules", "Lines"], flatRows(view)),
    ...(view.findings.length === 0
      ? []
      : [
          ["## Worth knowing"],
          view.findings.map(({ severity, message }) => `- ${severity}: ${code(message)}`),
        ]),
    ...costPart(view),
    ...lintPart(view),
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function costPart({ costs = [] }: GroupsView): readonly (readonly string[])[] {
  const lines = [...describeChoices(costs), ...describeCosts(costs)].map((text) => `- ${code(text)}`);
  return lines.length === 0
    ? []
    : [["## Cost"], [`Estimated: ${COST_TITLE.slice("estimated ".length)}.`], lines];
}

function lintPart({ lint = [] }: GroupsView): readonly (readonly string[])[] {
  const lines = describeLint(lint).map(
    ({ severity, text }) => `- ${severity === null ? "" : `${severity}: `}${code(text)}`,
  );
  return lines.length === 0 ? [] : [["## Lint"], lines];
}

function groupRows(view: GroupsView): readonly (readonly string[])[] {
  return view.groups.map((group) => [
    code(group.name),
    group.axis,
    groupContents(group).join(" "),
    group.accept ? String(group.uses) : "refused",
    ranges(view, group.lines),
  ]);
}

/** What a group has; where that is said of another one, its name. */
function groupContents(group: GroupView): readonly string[] {
  if (group.sameAs !== undefined) return [`**same as** ${code(group.sameAs)}`];
  return [
    ...group.members.map(code),
    ...(group.includes ?? []).map((name) => `**includes** ${code(name)}`),
    ...(group.added ?? []).map((member) => `**added** ${code(member)}`),
    ...(group.removed ?? []).map((member) => `**removed** ${code(member)}`),
  ];
}

function productRows(view: GroupsView): readonly (readonly string[])[] {
  return view.products.map((product) => [
    `${code(product.name)}${product.accept ? "" : " (refused)"}`,
    code(`${product.table} ${product.chain}`),
    [
      code(product.summary),
      ...(product.restOf === undefined ? [] : [`**the rest of** ${code(product.restOf)}`]),
      ...(product.combinations === undefined ? [] : [`(${describeSplit(product.combinations)})`]),
      ...(product.added ?? []).map((combination) => `**added** ${code(combination)}`),
    ].join(" "),
    ranges(view, product.lines),
  ]);
}

function flatRows(view: GroupsView): readonly (readonly string[])[] {
  return view.flat.map((flat) => [
    code(`${flat.table} ${flat.chain}`),
    flat.why,
    String(flat.lines.length),
    ranges(view, flat.lines),
  ]);
}

function table(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [[`## ${title}`], [line(columns), line(columns.map(() => "---")), ...rows.map(line)]];
}

/** A code span that holds any text: the fence is longer than every run of backticks in it; `|` would end a cell even there. */
function code(text: string): string {
  const safe = printable(text).replace(/\|/g, "\\|");
  const longest = Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = safe.startsWith("`") || safe.endsWith("`") ? " " : "";
  return `${fence}${pad}${safe}${pad}${fence}`;
}

function ranges(view: GroupsView, lines: readonly LineView[]): string {
  const texts = view.inputs.flatMap(({ path }) => {
    const own = lines.filter(({ file }) => file === path).map(({ line }) => line);
    if (own.length === 0) return [];
    return view.inputs.length > 1 ? [`${code(path)} ${printLineRanges(own)}`] : [printLineRanges(own)];
  });
  return texts.join("; ");
}
