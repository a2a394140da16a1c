/**
 * The lines of a groups report about what lint found.
 */
import { printLineRanges } from "../plan/line-ranges.ts";
import { count } from "./findings.ts";
import type { LintSummary } from "./lint-summary.ts";

/** Characters of a list of lines that still reads well in a sentence. */
const MOST_RANGES = 30;

/** A line of a report: a finding, or a sentence about all of them. */
export interface SummaryLine {
  readonly severity: "warning" | "note" | null;
  readonly text: string;
}

/** What a report says; nothing where everything was looked at and nothing found. */
export function describeLint(summaries: readonly LintSummary[]): readonly SummaryLine[] {
  return summaries.flatMap((summary) => describe(summary, summaries.length > 1 ? `${summary.file}: ` : ""));
}

function describe({ command, found }: LintSummary, place: string): readonly SummaryLine[] {
  const say = (text: string): SummaryLine => ({ severity: null, text: `${place}${text}` });
  const all = command === undefined ? "markify lint of the input" : command;
  if (found === null) return [say(`nobody has looked for rules that do nothing; this does: ${all}`)];
  const { findings, kinds, first, unsettled } = found;
  const lines: SummaryLine[] = [];
  if (findings > 0) {
    lines.push(say(kinds.map(({ kind, findings: number }) => `${number} ${kind}`).join(", ")));
    for (const { severity, kind, lines: at, message } of first) {
      lines.push({
        severity,
        text: `${place}${kind}, ${describeLines(at.map(({ line }) => line))}: ${message}`,
      });
    }
  }
  if (unsettled > 0)
    lines.push(say(`of ${count(unsettled, "rule")} it was not found out whether they do anything`));
  if (findings > first.length || unsettled > 0) lines.push(say(`all of it: ${all}`));
  return lines;
}

function describeLines(lines: readonly number[]): string {
  const ranges = printLineRanges(lines);
  if (ranges.length > MOST_RANGES) return `${count(lines.length, "line")} from line ${lines[0]} on`;
  return `${lines.length === 1 ? "line" : "lines"} ${ranges}`;
}
