/**
 * A save file to a ruleset: parse, find out the family, model. The way in for everything that reads rulesets.
 */
import { buildRuleset } from "../model/build.ts";
import type { Family, Ruleset } from "../model/types.ts";
import { lowerSeverity, raiseRefused } from "../model/unparsed.ts";
import { parseSaveFile } from "../syntax/parse.ts";
import type { Tree } from "../syntax/tree.ts";
import { type Diagnostic, hasErrors, makeDiagnostic } from "../text/diagnostic.ts";
import type { SourceFile } from "../text/source.ts";
import { detectFamily, type SetFamilies } from "./detect.ts";
import { limitDiagnostics } from "./limit.ts";

/** What came of a file. */
export interface Imported {
  /** Null when there is an error: a file is imported whole or not at all. */
  readonly ruleset: Ruleset | null;
  readonly tree: Tree;
  /** How many rules could not be read and are kept word for word. */
  readonly unparsed: number;
  /** By place; those without a place first. At most MOST_FINDINGS of a severity: MORE_FINDINGS counts what is left out. */
  readonly diagnostics: readonly Diagnostic[];
}

/** How a file is read. */
export interface ImportOptions {
  /** Found out where it is not given. */
  readonly family?: Family | undefined;
  /** Families of the sets that are known, by name: what the rules name tells theirs. */
  readonly setFamilies?: SetFamilies | undefined;
  /** Rules that can't be read are kept word for word where their chain is known, instead of refusing the file. Default false. */
  readonly keepUnparsed?: boolean | undefined;
  /** The rules were made by commands of a script, each of which iptables may refuse alone. Default false. */
  readonly fromScript?: boolean | undefined;
  /** Is told how far it is, every few thousand lines. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Imports a save file. */
export function importRuleset(file: SourceFile, options: ImportOptions = {}): Imported {
  const { onProgress = () => {}, keepUnparsed = false, fromScript = false } = options;
  // Each line is read twice: parsed, and modelled, which takes about twice as long.
  const total = 3 * file.lineStarts.length;
  const parsed = parseSaveFile(file, (lines) => onProgress(lines, total));
  const { tree } = parsed;
  const detected =
    options.family === undefined
      ? detectFamily(tree, options.setFamilies)
      : { family: options.family, diagnostics: [] };
  const onLines = (lines: number) => onProgress(total / 3 + 2 * lines, total);
  const built = buildRuleset(tree, detected.family, { keepUnparsed, onProgress: onLines });
  const kept = built.unparsed.size;
  const diagnostics = [
    ...lowerSeverity(parsed.diagnostics, built.unparsed),
    ...detected.diagnostics,
    ...(fromScript && !keepUnparsed ? built.diagnostics.map(raiseRefused) : built.diagnostics),
    ...(kept === 0 ? [] : [makeDiagnostic("RULES_KEPT_UNPARSED", null, { count: kept, file: file.path })]),
  ];
  diagnostics.sort((one, other) => (one.span?.start ?? -1) - (other.span?.start ?? -1));
  const ruleset = hasErrors(diagnostics) ? null : built.ruleset;
  return { ruleset, tree, unparsed: kept, diagnostics: limitDiagnostics(diagnostics) };
}
