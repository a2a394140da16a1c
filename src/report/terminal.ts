/**
 * The groups report for a terminal: the outcome first, then groups, policy rules, what stays flat, findings, and the diff; the reader may stop anywhere.
 */
import { describeSplit } from "./reasons.ts";
import { COST_TITLE, describeChoices, describeCosts } from "./cost-words.ts";
import { printLineRanges } from "../plan/line-ranges.ts";
import { type SourceFile, lineText } from "../text/source.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { renderDiffStart } from "./diff.ts";
import { count } from "./findings.ts";
import { describeLint } from "./lint-lines.ts";
import { cutText, paint, printable, type Style, sign, wrapWords } from "./style.ts";
import type { FlatView, Finding, GroupsView, GroupView, LineView, ProductView } from "./view.ts";

/** What a terminal report shows beside the view. */
export interface TerminalReport {
  readonly view: GroupsView;
  /** In the order of the view's inputs: rules are shown as they were written, and the diff is made from them. */
  readonly rewrites: readonly Rewritten[];
  /** Show the diffs whole instead of their first lines. */
  readonly wholeDiff: boolean;
}

/** Members and rules shown of each group and policy rule; the plan file has the others. */
const MOST_MEMBERS = 12;
const MOST_RULES = 6;

/** Rules shown of a policy rule that has more of them than that. */
const SAMPLE_RULES = 2;

/** Lines of a diff that is not asked for. */
const MOST_DIFF_LINES = 30;

/** The report; ends with a line end. */
export function renderTerminal(report: TerminalReport, style: Style): string {
  const { view } = report;
  const parts = [
    renderSummary(report, style),
    section(
      style,
      `Groups (${view.groups.length})`,
      view.groups.flatMap((group) => renderGroup(view, group, style)),
    ),
    section(
      style,
      `Policy rules (${view.policyRules})`,
      view.products.flatMap((product) => renderProduct(report, product, style)),
    ),
    section(
      style,
      `Stays as it is (${countLines(view.flat)})`,
      view.flat.flatMap((flat) => renderFlat(view, flat, style)),
    ),
    section(
      style,
      "Worth knowing",
      view.findings.flatMap((finding) => renderFinding(view, finding, style)),
    ),
    section(style, "Cost", renderCostLines(view, style)),
    section(style, "Lint", renderLintLines(view, style)),
    section(
      style,
      "Diff",
      report.rewrites.flatMap((rewritten) => renderDiffLines(rewritten, report.wholeDiff, style)),
    ),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function renderCostLines({ costs = [] }: GroupsView, style: Style): readonly string[] {
  const sentences = [...describeChoices(costs), ...describeCosts(costs)];
  const texts = sentences.length === 0 ? [] : [`${COST_TITLE}:`, ...sentences];
  return texts.flatMap((text) => wrapWords(style, printable(text).split(" "), "  "));
}

/** The outcome, and how many rules could not be read. */
function renderSummary(report: TerminalReport, style: Style): string {
  const { unparsed } = report.view;
  const outcome = renderOutcome(report, style);
  return unparsed === 0 ? outcome : `${outcome}\n${paint(style, "warning", `unparsed: ${unparsed}`)}`;
}

/** The outcome in one line, numbers in a second; what each input contributes where there are several. */
function renderOutcome({ view, rewrites }: TerminalReport, style: Style): string {
  const { rulesBefore, rulesAfter } = view;
  const changed = view.inputs.some(({ tablesChanged }) => tablesChanged.length > 0);
  // As they were typed; the plan has other paths where it is in another folder.
  const names = rewrites.map(({ ruleset }) => printable(ruleset.file.path)).join(" and ");
  if (!changed)
    return `${paint(style, "heading", names)}: ${paint(style, "good", "stays as it is")}, ${count(rulesBefore, "rule")}`;
  const saved = Math.round((1 - rulesAfter / rulesBefore) * 100);
  const lead = `${count(rulesBefore, "rule")} ${sign(style, "to")} ${rulesAfter}`;
  const difference = saved >= 0 ? `${saved} % fewer` : `${-saved} % more`;
  const lines = [`${paint(style, "heading", names)}: ${paint(style, "good", lead)} (${difference})`];
  const used = view.groups.filter(({ uses }) => uses > 0).length;
  const bits = `own mark bits ${view.ownMarkBits}`;
  const numbers = `${count(used, "group")}, ${count(view.policyRules, "policy rule")}, ${count(countLines(view.flat), "rule")} as before, ${bits}`;
  lines.push(...wrapWords(style, numbers.split(" "), ""));
  if (view.inputs.length > 1) {
    for (const input of view.inputs) {
      lines.push(
        `  ${input.family} ${printable(input.path)}: ${input.rulesBefore} ${sign(style, "to")} ${input.rulesAfter}`,
      );
    }
  }
  return lines.join("\n");
}

function section(style: Style, title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [paint(style, "heading", title), ...lines].join("\n");
}

function renderGroup(view: GroupsView, group: GroupView, style: Style): readonly string[] {
  const use = group.accept ? `in ${count(group.uses, "policy rule")}` : paint(style, "warning", "refused");
  const head = `  ${paint(style, "name", printable(group.name))}  ${group.axis}, ${count(group.members.length, "member")}, ${use}`;
  const lines = [head, ...renderMembers(group, style)];
  if (group.nameNote !== undefined)
    lines.push(...wrapWords(style, printable(group.nameNote).split(" "), "    "));
  if (group.lines.length > 0)
    lines.push(paint(style, "faint", cut(style, `    ${where(view, group.lines)}`)));
  return lines;
}

/** What a group has; where that is said of another one, its name. */
function renderMembers(group: GroupView, style: Style): readonly string[] {
  if (group.sameAs !== undefined)
    return wrapWords(style, ["same", "as", ...printable(group.sameAs).split(" ")], "    ");
  const shown = group.members.slice(0, MOST_MEMBERS).map(printable);
  const rest = group.members.length - shown.length;
  // Members hold blanks (`tcp dport 22`), so a comma ends each.
  const words = shown.map((member, at) => (at < shown.length - 1 || rest > 0 ? `${member},` : member));
  if (rest > 0) words.push(`${sign(style, "more")} ${rest} more`);
  const more = (["includes", "added", "removed"] as const).flatMap((key) =>
    group[key] === undefined
      ? []
      : wrapWords(style, printable(`${key}: ${group[key].join(", ")}`).split(" "), "    "),
  );
  return [...wrapWords(style, words, "    "), ...more];
}

function renderProduct(report: TerminalReport, product: ProductView, style: Style): readonly string[] {
  const { view, rewrites } = report;
  const refused = product.accept ? "" : `  ${paint(style, "warning", "refused")}`;
  const place = `${product.table} ${product.chain}`;
  const lines = [
    `  ${paint(style, "name", printable(product.name))}  ${printable(place)}${refused}`,
    ...wrapWords(style, printable(product.summary).split(" "), "    "),
    ...(product.restOf === undefined ? [] : [`    the rest of ${printable(product.restOf)}`]),
    paint(
      style,
      "faint",
      cut(style, `    ${count(product.lines.length, "rule")}, ${where(view, product.lines)}`),
    ),
  ];
  if (product.combinations !== undefined)
    lines.push(...wrapWords(style, describeSplit(product.combinations).split(" "), "    "));
  if (product.added !== undefined)
    lines.push(...wrapWords(style, printable(`added: ${product.added.join(", ")}`).split(" "), "    "));
  const source = rewrites[view.inputs.findIndex(({ path }) => path === product.file)]?.ruleset.file;
  if (source === undefined) return lines;
  const shown = product.lines.length <= MOST_RULES ? product.lines : product.lines.slice(0, SAMPLE_RULES);
  for (const { line } of shown) lines.push(quoteLine(source, line, style));
  const rest = product.lines.length - shown.length;
  if (rest > 0) lines.push(paint(style, "faint", `      ${sign(style, "more")} ${rest} more`));
  return lines;
}

/** A rule as it was written, with its line. */
function quoteLine(source: SourceFile, line: number, style: Style): string {
  return paint(
    style,
    "faint",
    cut(style, `${String(line).padStart(7)} | ${printable(lineText(source, line))}`),
  );
}

function renderFlat(view: GroupsView, flat: FlatView, style: Style): readonly string[] {
  const head = `  ${printable(`${flat.table} ${flat.chain}`)}: ${count(flat.lines.length, "rule")}, ${flat.why}`;
  return [
    ...wrapWords(style, head.trim().split(" "), "  "),
    paint(style, "faint", cut(style, `    ${where(view, flat.lines)}`)),
  ];
}

function renderFinding(view: GroupsView, finding: Finding, style: Style): readonly string[] {
  const kind = finding.severity === "warning" ? paint(style, "warning", "warning:") : "note:";
  const lines = [...wrapWords(style, [kind, ...printable(finding.message).split(" ")], "  ")];
  if (finding.lines.length > 0)
    lines.push(paint(style, "faint", cut(style, `    ${where(view, finding.lines)}`)));
  if (finding.kind === "lost-comments") {
    const shown = view.lostComments.slice(0, MOST_RULES);
    for (const { line, comment } of shown) lines.push(cut(style, `    ${line}: ${printable(comment)}`));
    if (view.lostComments.length > shown.length) lines.push(`    ${sign(style, "more")}`);
  }
  return lines;
}

function renderLintLines({ lint = [] }: GroupsView, style: Style): readonly string[] {
  return describeLint(lint).flatMap(({ severity, text }) => {
    const kind = severity === "warning" ? paint(style, "warning", "warning:") : `${severity}:`;
    const words = printable(text).split(" ");
    return wrapWords(style, severity === null ? words : [kind, ...words], "  ");
  });
}

function renderDiffLines(rewritten: Rewritten, whole: boolean, style: Style): readonly string[] {
  const name = printable(rewritten.ruleset.file.path.replace(/^.*\//, ""));
  const most = whole ? Number.POSITIVE_INFINITY : MOST_DIFF_LINES;
  const { lines: shown, rest } = renderDiffStart(rewritten, name, `${name} (rewritten)`, most);
  const painted = shown.map((line) => {
    const text = whole ? printable(line) : cut(style, printable(line));
    if (/^(---|\+\+\+|@@)/.test(line)) return paint(style, "heading", text);
    return line.startsWith("+")
      ? paint(style, "added", text)
      : line.startsWith("-")
        ? paint(style, "removed", text)
        : text;
  });
  return rest === 0
    ? painted
    : [
        ...painted,
        paint(style, "faint", `${sign(style, "more")} ${rest} more lines (markify review PLAN --diff)`),
      ];
}

function countLines(flat: readonly FlatView[]): number {
  return flat.reduce((sum, { lines }) => sum + lines.length, 0);
}

/** `lines 12-40, 55`; with several inputs each with its path. */
function where(view: GroupsView, lines: readonly LineView[]): string {
  const texts = view.inputs.flatMap(({ path }) => {
    const own = lines.filter(({ file }) => file === path).map(({ line }) => line);
    if (own.length === 0) return [];
    const ranges = `${own.length === 1 ? "line" : "lines"} ${printLineRanges(own)}`;
    return view.inputs.length > 1 ? [`${printable(path)} ${ranges}`] : [ranges];
  });
  return texts.join("; ");
}

function cut(style: Style, text: string): string {
  return cutText(style, text, Math.max(40, style.width));
}
