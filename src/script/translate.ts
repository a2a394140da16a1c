/**
 * A shell script of iptables commands to save files, one for each family that it speaks of. The script is read, never executed: what can't be known from its text and from what
 * the user gives is an error.
 */
import type { Family } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";

/** What the user says about things that a script finds out when it runs. */
export interface ScriptOptions {
  /** Values of variables, by name. */
  readonly defines: ReadonlyMap<string, string>;
  /** Files that the script would read, by their names without folders. */
  readonly tables: ReadonlyMap<string, SourceFile>;
}

/** The rules that the kernel would hold after the script has run. */
export interface Translation {
  /** Save files with an `origin`, at most one a family; empty after an error. */
  readonly sources: readonly { readonly family: Family; readonly file: SourceFile }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether a text is a script with iptables commands, rather than a save file. */
export function isScript(_file: SourceFile): boolean {
  return false;
}

/** Translates a script. */
export function translateScript(file: SourceFile, _options: ScriptOptions): Translation {
  return { sources: [], diagnostics: [makeDiagnostic("EMPTY_FILE", { file, start: 0, end: 0 })] };
}
