/**
 * The findings of `lint` as plain data: what `lint --json` prints and what the terminal shows. Keys may be added without raising its version.
 */
import type { LintFinding, LintResult, Unsettled } from "../lint/types.ts";
import type { Family, Ruleset } from "../model/types.ts";
import { lineText, locate, originalSpan } from "../text/source.ts";

/** A ruleset with what was found in it. */
export interface LintedRuleset {
  readonly ruleset: Ruleset;
  readonly result: LintResult;
}

/** A line of a ruleset. */
export interface LintLine {
  readonly line: number;
  readonly text: string;
  /** Where the ruleset was made from another file (a script, one dump of several): the line there. */
  readonly from?: number;
}

/** One finding. */
export interface LintFindingView extends Omit<LintFinding, "lines" | "because"> {
  readonly file: string;
  readonly family: Family;
  readonly lines: readonly LintLine[];
  readonly because: readonly LintLine[];
}

/** All findings. */
export interface LintView {
  readonly version: 1;
  readonly files: readonly { readonly file: string; readonly family: Family; readonly rules: number }[];
  readonly findings: readonly LintFindingView[];
  readonly unsettled: readonly (Unsettled & { readonly file: string; readonly family: Family })[];
  readonly assumptions: readonly string[];
}

/** Builds it. */
export function makeLintView(linted: readonly LintedRuleset[]): LintView {
  return {
    version: 1,
    files: linted.map(({ ruleset }) => ({ ...placeOf(ruleset), rules: countRules(ruleset) })),
    findings: linted.flatMap(({ ruleset, result }) =>
      result.findings.map((finding) => ({
        ...finding,
        ...placeOf(ruleset),
        lines: finding.lines.map((line) => viewLine(ruleset, line)),
        because: finding.because.map((line) => viewLine(ruleset, line)),
      })),
    ),
    unsettled: linted.flatMap(({ ruleset, result }) =>
      result.unsettled.map((open) => ({ ...open, ...placeOf(ruleset) })),
    ),
    assumptions: [...new Set(linted.flatMap(({ result }) => result.assumptions))],
  };
}

function placeOf({ file, family }: Ruleset): { readonly file: string; readonly family: Family } {
  return { file: file.path, family };
}

function countRules({ tables }: Ruleset): number {
  return tables.reduce(
    (sum, { chains }) => sum + chains.reduce((rules, chain) => rules + chain.rules.length, 0),
    0,
  );
}

function viewLine({ file }: Ruleset, line: number): LintLine {
  const text = lineText(file, line);
  if (file.origin === undefined) return { line, text };
  const start = file.lineStarts[line - 1]!;
  const original = originalSpan({ file, start, end: start + text.length });
  return { line, text, from: locate(original.file, original.start).line };
}
