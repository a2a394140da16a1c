/**
 * A file of the wrong kind has an error on every line, and nobody reads the hundred-thousandth: the first ones stay, the rest is counted.
 */
import { type Diagnostic, makeDiagnostic, type Severity } from "../text/diagnostic.ts";

/** So many diagnostics of one severity are kept. */
export const MOST_FINDINGS = 10_000;

/** The first of each severity in their order; where some are left out, a note in front says how many. */
export function limitDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MOST_FINDINGS) return diagnostics;
  const found: Record<Severity, number> = { error: 0, warning: 0, note: 0 };
  const kept = diagnostics.filter(({ severity }) => {
    found[severity] += 1;
    return found[severity] <= MOST_FINDINGS;
  });
  if (kept.length === diagnostics.length) return diagnostics;
  const beyond = (severity: Severity) => Math.max(0, found[severity] - MOST_FINDINGS);
  const args = { errors: beyond("error"), warnings: beyond("warning"), notes: beyond("note") };
  return [makeDiagnostic("MORE_FINDINGS", null, args), ...kept];
}
