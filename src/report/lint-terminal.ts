/**
 * The findings of `lint` for a terminal: each with its rules, those that are the reason, and what to do.
 */
import { count } from "./findings.ts";
import type { LintFindingView, LintLine, LintView } from "./lint-view.ts";
import { cutText, paint, printable, sign, type Style, wrapWords } from "./style.ts";

/** Lines of one kind that are shown of a finding; JSON has all of them. */
const MOST_LINES = 4;

/** What was found, as one sentence part. */
export function summariseLint({ findings, unsettled }: LintView): string {
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  const open = unsettled.reduce((sum, { rules }) => sum + rules, 0);
  const found =
    findings.length === 0
      ? "nothing found"
      : `${count(findings.length, "finding")}, ${count(warnings, "warning")} among them`;
  return open === 0 ? found : `${found}; of ${count(open, "rule")} it is not known whether they do anything`;
}

/** One paragraph for each finding, and one for what is not known; empty where there is nothing to say. */
export function renderLint(view: LintView, style: Style): string {
  const several = view.files.length > 1;
  const parts = [
    ...view.findings.map((finding) => renderFinding(finding, several, style)),
    ...view.unsettled.map(({ file, table, chain, rules, reason }) => {
      const place = `${several ? `${file}, ` : ""}table ${table}${chain === null ? "" : `, chain ${chain}`}`;
      const text = `${place}: of ${count(rules, "rule")} it is not known whether they do anything: ${reason}`;
      return [paint(style, "warning", "not known"), ...wrapped(text, style)].join("\n");
    }),
  ];
  if (view.findings.length > 0)
    parts.push(...view.assumptions.map((text) => wrapped(`assumed: ${text}`, style).join("\n")));
  return parts.map((part) => `${part}\n`).join("\n");
}

function renderFinding(finding: LintFindingView, several: boolean, style: Style): string {
  const { kind, severity, file, table, chain, lines, because, message, advice, missing = [] } = finding;
  const place = [...(several ? [file] : []), table, ...(chain === null ? [] : [chain])].join(" ");
  const head = paint(style, severity === "warning" ? "warning" : "heading", `${severity} ${kind}`);
  const added = missing
    .slice(0, MOST_LINES)
    .map((text) => `  ${paint(style, "added", `+ ${printable(text)}`)}`);
  return [
    `${head} (${printable(place)})`,
    ...showLines(lines, "", style),
    ...showLines(because, "because of ", style),
    ...wrapped(`${message}.`, style),
    ...added,
    ...more(missing.length, "rule", style),
    ...wrapped(`${sign(style, "to")} ${advice}`, style),
  ].join("\n");
}

function showLines(lines: readonly LintLine[], label: string, style: Style): readonly string[] {
  const shown = lines.slice(0, MOST_LINES).map(({ line, text, from }) => {
    const head = `  ${label}line ${line}${from === undefined ? "" : ` (from line ${from})`}: `;
    return head + cutText(style, printable(text), Math.max(40, style.width - head.length));
  });
  return [...shown, ...more(lines.length, "line", style)];
}

function more(total: number, noun: string, style: Style): readonly string[] {
  return total <= MOST_LINES
    ? []
    : [`  ${sign(style, "more")} and ${count(total - MOST_LINES, `more ${noun}`)}`];
}

function wrapped(text: string, style: Style): readonly string[] {
  return wrapWords(style, printable(text).split(" "), "  ");
}
