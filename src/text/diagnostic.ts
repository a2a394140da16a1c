/**
 * Diagnostics: what markify says about somebody's text, as data. The wording lives in `codes.ts`, so that the terminal, JSON and
 * HTML say the same.
 */
import type { DiagnosticArgs, Severity } from "./code-row.ts";
import { CODES, type DiagnosticCode } from "./codes.ts";
import type { Span } from "./source.ts";

export type { Severity } from "./code-row.ts";

/** A remark beside a diagnostic, with a place of its own where it has one. */
export interface DiagnosticNote {
  readonly message: string;
  readonly span?: Span;
}

/** One finding about an input. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** Null where no place can be named (an empty file, a plan as a whole). */
  readonly span: Span | null;
  /** Values for the code's wording; the names that the code's row in the table uses. */
  readonly args: DiagnosticArgs;
  readonly notes: readonly DiagnosticNote[];
  /** What to do about it, beyond the code's own help. */
  readonly help?: string;
}

/** True when one of them is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

/** Makes a diagnostic; the severity is that of the code's row. */
export function makeDiagnostic(
  code: DiagnosticCode,
  span: Span | null,
  args: DiagnosticArgs = {},
  extra: { readonly notes?: readonly DiagnosticNote[]; readonly help?: string } = {},
): Diagnostic {
  const { notes = [], help } = extra;
  return { code, severity: CODES[code].severity, span, args, notes, ...(help === undefined ? {} : { help }) };
}
