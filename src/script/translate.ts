/**
 * A shell script of iptables commands to save files, one for each family that it speaks of. The script is read, never executed: what can't be known from its text and from what
 * the user gives is an error.
 */
import type { Family } from "../model/types.ts";
import type { DiagnosticArgs } from "../text/code-row.ts";
import type { DiagnosticCode } from "../text/codes.ts";
import { type Diagnostic, hasErrors, makeDiagnostic } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { looksLikeScript } from "./detect.ts";
import { reportAssumptions } from "./assumptions.ts";
import { Firewalls } from "./iptables-commands.ts";
import type { Stretch } from "./pieces.ts";
import { printTables } from "./print.ts";
import { runScript } from "./run-script.ts";

/** What the user says about things that a script finds out when it runs. */
export interface ScriptOptions {
  /** Values of variables, by name; `1` is the script's first argument. */
  readonly defines: ReadonlyMap<string, string>;
  /** Files that the script would read, by their names without folders. */
  readonly tables: ReadonlyMap<string, SourceFile>;
}

/** The save file of one family, with an `origin`. */
export interface TranslatedSource {
  readonly family: Family;
  readonly file: SourceFile;
}

/** The rules that the kernel would hold after the script has run. */
export interface Translation {
  /** Save files with an `origin`, at most one a family; none after an error. */
  readonly sources: readonly TranslatedSource[];
  /** After an error: what could be read, of which only the findings are of use. */
  readonly drafts: readonly TranslatedSource[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether a text is a script with iptables commands, rather than a save file. */
export function isScript(file: SourceFile): boolean {
  return looksLikeScript(file.text);
}

/** Translates a script. */
export function translateScript(file: SourceFile, options: ScriptOptions): Translation {
  const findings = new Findings(file);
  const report = findings.report.bind(findings);
  const firewalls = new Firewalls();
  runScript(file, options, firewalls, report);
  if (firewalls.count === 0 && !findings.hasErrors()) report("SCRIPT_WITHOUT_COMMANDS", { from: 0, to: 0 });
  for (const firewall of firewalls.all) reportAssumptions(firewall, report);
  const diagnostics = findings.sorted();
  const touched = firewalls.all
    .filter(({ tables }) => tables.length > 0)
    .sort((one, other) => (one.family < other.family ? -1 : 1));
  const sources = touched.map((firewall) => ({ family: firewall.family, file: printTables(firewall, file) }));
  return hasErrors(diagnostics)
    ? { sources: [], drafts: sources, diagnostics }
    : { sources, drafts: [], diagnostics };
}

/** Gathers what is found; a place that is walked over several times is reported once. */
class Findings {
  readonly #file: SourceFile;
  readonly #found = new Map<string, Diagnostic>();

  constructor(file: SourceFile) {
    this.#file = file;
  }

  report(code: DiagnosticCode, { from, to }: Stretch, args: DiagnosticArgs = {}): void {
    // One message a command that isn't known: scripts repeat them.
    const place = code === "SCRIPT_COMMAND_IGNORED" ? JSON.stringify(args) : `${from} ${to}`;
    const key = `${code} ${place}`;
    if (this.#found.has(key)) return;
    this.#found.set(key, makeDiagnostic(code, { file: this.#file, start: from, end: to }, args));
  }

  hasErrors(): boolean {
    return hasErrors([...this.#found.values()]);
  }

  sorted(): readonly Diagnostic[] {
    return [...this.#found.values()].sort((one, other) => (one.span?.start ?? 0) - (other.span?.start ?? 0));
  }
}
