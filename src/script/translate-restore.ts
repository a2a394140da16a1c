/**
 * Input of iptables-restore that holds commands other than `-A` (`-I`, `-D`, `-N`, `-P` …) to the save file that the kernel would give back.
 */
import type { Family } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { reportAssumptions } from "./assumptions.ts";
import { Firewall, type Outcome } from "./firewall.ts";
import { known } from "./pieces.ts";
import { printTables } from "./print.ts";
import { restoreTables } from "./restore.ts";

/** A command in a table's block, by its line. */
const COMMAND = /^(?:\[\d+:\d+\]\s*)?(?:-[A-Z]|--[a-z][a-z-]+)/u;
const APPEND = /^(?:\[\d+:\d+\]\s*)?(?:-A|--append)(?:\s|$)/u;

/** Whether a line is a command that a save file has not. */
export function isOtherCommand(line: string): boolean {
  return COMMAND.test(line) && !APPEND.test(line);
}

/** Translates; null after an error. */
export function translateRestore(
  file: SourceFile,
  family: Family,
): { readonly file: SourceFile | null; readonly diagnostics: readonly Diagnostic[] } {
  const firewall = new Firewall(family);
  // What iptables-restore loads replaces what was there.
  firewall.allFresh = true;
  const whole = { from: 0, to: file.text.length };
  const failures: (Outcome & { readonly kind: "refused" | "doubt" })[] = [];
  restoreTables(
    firewall,
    [known(file.text, whole)],
    whole,
    { keepsRules: false, only: null },
    {
      unknown: () => {},
      failed: (outcome) => {
        if (outcome.kind !== "done") failures.push(outcome);
      },
    },
  );
  const diagnostics = failures.map(({ kind, why, at: { from, to } }) =>
    makeDiagnostic(
      kind === "doubt" ? "SCRIPT_COMMAND_UNREADABLE" : "SCRIPT_COMMAND_FAILS",
      { file, start: from, end: to },
      { why },
    ),
  );
  if (failures.length > 0) return { file: null, diagnostics };
  reportAssumptions(firewall, (code, { from, to }, args) => {
    diagnostics.push(makeDiagnostic(code, { file, start: from, end: to }, args));
  });
  return { file: printTables(firewall, file), diagnostics };
}
