/**
 * What every command is given, and what all of them do alike: say which rulesets have errors, and print diagnostics as JSON.
 */
import { locate } from "../text/source.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import { diagnosticHelp, diagnosticMessage } from "../text/excerpt.ts";
import { renderJson } from "../report/json.ts";
import { type ColorChoice, type Console, makeConsole } from "./console.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { CommandStop } from "./stop.ts";

export { hasErrors } from "../text/diagnostic.ts";

/** A running command. */
export interface Session {
  readonly io: Io;
  readonly console: Console;
}

/** Begins a command. */
export function makeSession(io: Io, color: ColorChoice): Session {
  return { io, console: makeConsole(io, color) };
}

/** Shows how far the reading of a large file is. */
export function showReading(console: Console): (done: number, total: number) => void {
  return (done, total) => console.progress("reading rules", done, total);
}

/** A diagnostic in JSON. */
export interface DiagnosticView {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly help?: string;
  /** Missing where the diagnostic has no place. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Diagnostics as every JSON output has them. */
export function viewDiagnostics(diagnostics: readonly Diagnostic[]): readonly DiagnosticView[] {
  return diagnostics.map((diagnostic) => {
    const { code, severity, span } = diagnostic;
    const help = diagnosticHelp(diagnostic);
    const place = span === null ? {} : { file: span.file.path, ...locate(span.file, span.start) };
    return {
      code,
      severity,
      message: diagnosticMessage(diagnostic),
      ...(help === undefined ? {} : { help }),
      ...place,
    };
  });
}

/** Ends a command whose input has errors: they are printed already, or go into the JSON `{ version, diagnostics }`. */
export async function endWithErrors(
  session: Session,
  diagnostics: readonly Diagnostic[],
  json: boolean,
  what: string,
  exitCode: ExitCode = EXIT.negative,
): Promise<ExitCode> {
  const errors = countErrors(diagnostics);
  if (json)
    await session.console.product(renderJson({ version: 1, diagnostics: viewDiagnostics(diagnostics) }));
  session.console.close(`${errors} error${errors === 1 ? "" : "s"}: ${what}`, "");
  return exitCode;
}

/** With those that an import counted but did not keep. */
function countErrors(diagnostics: readonly Diagnostic[]): number {
  let count = 0;
  for (const { severity, code, args } of diagnostics) {
    if (severity === "error") count += 1;
    else if (code === "MORE_FINDINGS") count += Number(args.errors);
  }
  return count;
}

/** Stops a command at a file that is there and can't be used: `message` says which and why. */
export function refuseWith(session: Session, diagnostics: readonly Diagnostic[], message: string): never {
  session.console.diagnose(diagnostics);
  throw new CommandStop(EXIT.refused, message, "mend it, or add --overwrite");
}

/** Prints diagnostics; true when one is an error. */
export function reportProblems(session: Session, diagnostics: readonly Diagnostic[]): boolean {
  session.console.diagnose(diagnostics);
  return hasErrors(diagnostics);
}
