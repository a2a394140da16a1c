/**
 * A save file to a ruleset: parse, find out the family, model. The way in for everything that reads rulesets.
 */
import { buildRuleset } from "../model/build.ts";
import type { Family, Ruleset } from "../model/types.ts";
import { parseSaveFile } from "../syntax/parse.ts";
import type { Tree } from "../syntax/tree.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { detectFamily } from "./detect.ts";
import { limitDiagnostics } from "./limit.ts";

/** What came of a file. */
export interface Imported {
  /** Null when there is an error: a file is imported whole or not at all. */
  readonly ruleset: Ruleset | null;
  readonly tree: Tree;
  /** By place; those without a place first. At most MOST_FINDINGS of a severity: MORE_FINDINGS counts what is left out. */
  readonly diagnostics: readonly Diagnostic[];
}

/** How an import may be done. */
export interface ImportOptions {
  /** Found out where it is not given. */
  readonly family?: Family;
  /** Is told how far it is, every few thousand lines. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Imports a save file. */
export function importRuleset(file: SourceFile, options: ImportOptions = {}): Imported {
  const { onProgress = () => {} } = options;
  // Each line is read twice: parsed, and modelled, which takes about twice as long.
  const total = 3 * file.lineStarts.length;
  const parsed = parseSaveFile(file, (lines) => onProgress(lines, total));
  const { tree } = parsed;
  const detected =
    options.family === undefined ? detectFamily(tree) : { family: options.family, diagnostics: [] };
  const built = buildRuleset(tree, detected.family, (lines) => onProgress(total / 3 + 2 * lines, total));
  const diagnostics = [...parsed.diagnostics, ...detected.diagnostics, ...built.diagnostics];
  diagnostics.sort((one, other) => (one.span?.start ?? -1) - (other.span?.start ?? -1));
  const ruleset = hasErrors(diagnostics) ? null : built.ruleset;
  return { ruleset, tree, diagnostics: limitDiagnostics(diagnostics) };
}
