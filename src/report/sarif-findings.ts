/**
 * What lint, the groups report and the reading of files say, as findings for SARIF.
 */
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnosticHelp, diagnosticMessage } from "../text/excerpt.ts";
import {
  lineText,
  locate,
  originalSpan,
  type SourceFile,
  type Span,
  STANDARD_INPUT,
} from "../text/source.ts";
import { count } from "./findings.ts";
import type { LintLine, LintView } from "./lint-view.ts";
import type { SarifFinding, SarifPlace } from "./sarif.ts";
import type { VerifyView } from "./verify-view.ts";
import type { Finding, LineView } from "./view.ts";

/** All findings of lint. */
export function lintFindings({ findings }: LintView): readonly SarifFinding[] {
  return findings.map(({ kind, severity, file: path, family, table, chain, lines, because, ...said }) => {
    const file = openable(path);
    const isMade = lines.some(({ from }) => from !== undefined);
    const made = isMade ? " Lines in this message are those of the ruleset that the file makes." : "";
    const [first, ...others] = joinLines(lines);
    const reasons = joinLines(because);
    return {
      rule: kind,
      level: severity,
      message: `${sentence(said.message)} ${sentence(said.advice)}${made}`,
      place: { file, lines: first ?? null },
      related: [
        ...others.map((each) => ({ file, lines: each, message: "It is about this, too." })),
        ...reasons.map((each) => ({ file, lines: each, message: "This is the reason." })),
      ],
      chain: chain === null ? table : `${table} ${chain}`,
      identity: [family, table, chain ?? "", ...lines.map(ruleOf), "because", ...because.map(ruleOf)],
    };
  });
}

/** What lint could not find out. */
export function lintOpen({ unsettled }: LintView): readonly string[] {
  return unsettled.map(({ file, table, chain, rules, reason }) => {
    const where = chain === null ? `table ${table}` : `${table} ${chain}`;
    return `${file}, ${where}: of ${count(rules, "rule")} it is not known whether they do anything: ${reason}.`;
  });
}

/** Where the findings of a plan are: its file, and the inputs by their paths in it. */
export interface PlanPlaces {
  readonly plan: string;
  /** `path`: null where the plan itself holds the text. */
  readonly inputs: ReadonlyMap<string, { readonly path: string | null; readonly file: SourceFile }>;
}

/** The findings of the groups report; those about no line are about the plan. */
export function planFindings(findings: readonly Finding[], places: PlanPlaces): readonly SarifFinding[] {
  return findings.map(({ kind, severity, message, lines }) => {
    const found = lines.flatMap((line) => placeOf(line, places) ?? []);
    const [first, ...related] = found.filter(
      (place, at) => at === 0 || place.lines?.first !== found[at - 1]?.lines?.first,
    );
    return {
      rule: kind,
      level: severity,
      message: sentence(message),
      place: first ?? { file: places.plan, lines: null },
      related,
      identity: lines.length === 0 ? [message] : lines.map((line) => textOf(line, places)),
    };
  });
}

/** What the proof of a plan says, where that is not that all is equal. */
export function checkFindings(view: VerifyView, plan: string): readonly SarifFinding[] {
  if (view.result === "equal") return [];
  const rule = view.result === "different" ? "not-equal" : "not-proved";
  const said =
    view.result === "different"
      ? "The ruleset that the plan leads to treats some packet otherwise than the old one"
      : `It could not be proved that nothing changes${view.reason === undefined ? "" : `: ${view.reason}`}`;
  const place = { file: plan, lines: null };
  return [{ rule, level: "error", message: sentence(said), place, related: [], identity: [plan] }];
}

/** Diagnostics as findings; those without a place are about `whole`. */
export function diagnosticFindings(
  diagnostics: readonly Diagnostic[],
  whole: string,
): readonly SarifFinding[] {
  return diagnostics.map((diagnostic) => {
    const { code, severity, span, notes } = diagnostic;
    const help = diagnosticHelp(diagnostic);
    const message = sentence(diagnosticMessage(diagnostic));
    return {
      rule: code,
      level: severity,
      message: help === undefined ? message : `${message} ${sentence(help)}`,
      place: span === null ? { file: openable(whole), lines: null } : spanPlace(span),
      related: notes.flatMap((note) =>
        note.span === undefined ? [] : [{ ...spanPlace(note.span), message: sentence(note.message) }],
      ),
      identity: span === null ? [message] : [message, lineAt(span)],
    };
  });
}

/** A path that a reader of the findings can open. */
function openable(path: string): string | null {
  return path === "-" || path === STANDARD_INPUT ? null : path;
}

function spanPlace(span: Span): SarifPlace {
  const { file, start, end } = originalSpan(span);
  const { line, column } = locate(file, start);
  return {
    file: openable(file.path),
    lines: { first: line, last: Math.max(line, locate(file, end).line) },
    column,
  };
}

function lineAt(span: Span): string {
  const { file, start } = originalSpan(span);
  return lineText(file, locate(file, start).line).trim();
}

function placeOf(line: LineView, { inputs }: PlanPlaces): SarifPlace | null {
  const input = inputs.get(line.file);
  if (input === undefined || input.path === null) return null;
  const start = input.file.lineStarts[line.line - 1];
  if (start === undefined) return null;
  const original = originalSpan({
    file: input.file,
    start,
    end: start + lineText(input.file, line.line).length,
  });
  const at = locate(original.file, original.start).line;
  return { file: input.path, lines: { first: at, last: at } };
}

function textOf({ file, line }: LineView, { inputs }: PlanPlaces): string {
  const input = inputs.get(file);
  return input === undefined ? "" : withoutCounters(lineText(input.file, line));
}

/** Lines in the file that was given, as runs; a loop of a script makes several rules of one line. */
function joinLines(lines: readonly LintLine[]): readonly { readonly first: number; readonly last: number }[] {
  const numbers = [...new Set(lines.map(({ line, from }) => from ?? line))].sort((one, other) => one - other);
  const runs: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === number - 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs;
}

function ruleOf({ text }: LintLine): string {
  return withoutCounters(text);
}

/** Counters differ with every dump; the rule is the same. */
function withoutCounters(text: string): string {
  return text
    .replace(/^\[\d+:\d+\]\s*/, "")
    .replace(/ \[\d+:\d+\]\s*$/, "")
    .trim();
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}
