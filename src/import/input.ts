/**
 * Any file that may hold a ruleset, to the rulesets in it: a save file, one dump of several, a script. What it is is found out first; then it becomes a save file, if it is none,
 * and what is said about that is said about the text that the user wrote.
 */
import type { Family } from "../model/types.ts";
import { isScript, type ScriptOptions, translateScript } from "../script/translate.ts";
import { type Diagnostic, hasErrors, makeDiagnostic } from "../text/diagnostic.ts";
import { originalSpan, type SourceFile } from "../text/source.ts";
import { carryOut } from "./carried-out.ts";
import { chooseDump } from "./dumps.ts";
import { findForeign } from "./foreign.ts";
import { type Imported, type ImportOptions, importRuleset } from "./import.ts";
import { moveNegations } from "./new-negation.ts";
import { limitDiagnostics } from "./limit.ts";
import { outlineOf } from "./outline.ts";
import { checkWhole } from "./partial.ts";

/** What the user says about an input. */
export interface InputOptions extends ScriptOptions {
  /** Of a script that speaks of both families, the rules of one; else the family of a file that does not show it. */
  readonly family?: Family;
  /** Families of the sets that are known (import.ts). */
  readonly setFamilies?: ImportOptions["setFamilies"];
  /** Which of several dumps, from 1. */
  readonly dump?: number;
  /** `dump` is about files with several dumps only. */
  readonly dumpOfSeveral?: true;
  /** Whether a part of a firewall will do. */
  readonly partial: boolean;
  readonly onProgress?: ImportOptions["onProgress"];
  /** Whether rules that can't be read are kept word for word (import.ts). */
  readonly keepUnparsed?: boolean;
}

/** Nothing said. */
export const NO_INPUT_OPTIONS: InputOptions = { defines: new Map(), tables: new Map(), partial: false };

/** A ruleset of an input. */
export interface InputRuleset {
  /** The save file that was read: the user's own, or one with an `origin`. */
  readonly file: SourceFile;
  readonly imported: Imported;
}

/** What came of an input. */
export interface Input {
  /** One, or one of each family; empty after an error. */
  readonly rulesets: readonly InputRuleset[];
  /** About the text that the user wrote, by place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads an input. */
export function readInput(file: SourceFile, options: InputOptions): Input {
  return isScript(file) ? readScript(file, options) : readSaveFile(file, options);
}

function readScript(file: SourceFile, options: InputOptions): Input {
  const { family, keepUnparsed, onProgress } = options;
  const { sources, drafts, diagnostics } = translateScript(file, options);
  // After an error what could be read is of no use but to say in the same run what is wrong with it.
  const wanted = [...sources, ...drafts].filter((source) => family === undefined || source.family === family);
  const read = wanted.map((source) =>
    readRuleset(source.file, { family: source.family, keepUnparsed, onProgress, fromScript: true }),
  );
  const missing =
    wanted.length === 0 && sources.length > 0 && family !== undefined
      ? [makeDiagnostic("SCRIPT_WITHOUT_FAMILY", null, { family: family === "v4" ? "IPv4" : "IPv6" })]
      : [];
  return join(read, [...diagnostics, ...missing]);
}

function readSaveFile(file: SourceFile, options: InputOptions): Input {
  const { partial, family, setFamilies, keepUnparsed, onProgress, ...which } = options;
  const reading = { setFamilies, keepUnparsed, onProgress };
  const outline = outlineOf(file);
  const foreign = findForeign(
    file,
    outline.some(({ kind }) => kind === "table"),
  );
  if (foreign !== null) return { rulesets: [], diagnostics: [foreign] };
  const chosen = chooseDump(file, outline, which);
  if (chosen.file === null) return { rulesets: [], diagnostics: chosen.diagnostics };
  const lines = chosen.file === file ? outline : outlineOf(chosen.file);
  const whole = checkWhole(chosen.file, lines, partial);
  if (!lines.some(({ kind }) => kind === "command"))
    return join([readRuleset(whole.file, { family, ...reading })], whole.diagnostics);
  const made = carryOut(whole.file, family, setFamilies);
  const said = [...whole.diagnostics, ...made.diagnostics];
  if (made.file === null) return join([], said);
  return join([readRuleset(made.file, { family: made.family, ...reading })], said);
}

function readRuleset(file: SourceFile, options: ImportOptions): InputRuleset {
  const imported = importRuleset(file, options);
  const moved = moveNegations(file, imported.diagnostics);
  if (moved === null) return { file, imported };
  const said = imported.diagnostics.filter(({ code }) => code === "OLD_NEGATION");
  const { file: made, imported: again } = readRuleset(moved, options);
  return { file: made, imported: { ...again, diagnostics: [...said, ...again.diagnostics] } };
}

function join(read: readonly InputRuleset[], said: readonly Diagnostic[]): Input {
  const all = [...said, ...read.flatMap(({ imported }) => imported.diagnostics)].map(placeInOriginal);
  all.sort((one, other) => (one.span?.start ?? -1) - (other.span?.start ?? -1));
  return { rulesets: hasErrors(all) ? [] : read, diagnostics: limitDiagnostics(all) };
}

/** A diagnostic with its places in the text that the user wrote. */
function placeInOriginal(diagnostic: Diagnostic): Diagnostic {
  const { span, notes } = diagnostic;
  return {
    ...diagnostic,
    span: span === null ? null : originalSpan(span),
    notes: notes.map((note) => (note.span === undefined ? note : { ...note, span: originalSpan(note.span) })),
  };
}
