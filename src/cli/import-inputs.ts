/**
 * Reads the rulesets that `import` is given.
 */
import { importRuleset } from "../import/import.ts";
import type { Family, Ruleset } from "../model/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { inspectPath, isPassing, type ReadSource, readSource } from "./sources.ts";
import { shellWord } from "./shell.ts";
import { CommandStop } from "./stop.ts";

/** What `--family` may say. */
export type InputFamily = Family;

/** One input as the user named it, with its ruleset. */
export interface ImportInput {
  readonly path: string;
  readonly source: ReadSource;
  /** Can't be read again: the plan has to keep its text. */
  readonly passing: boolean;
  readonly ruleset: Ruleset;
}

/** All inputs, or null where one has errors; the diagnostics of all of them. */
export interface ImportInputs {
  readonly inputs: readonly ImportInput[] | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and imports files; stops where one can't be read, is there twice, or two are of one family. */
export async function importInputs(
  io: Io,
  paths: readonly string[],
  family: Family | undefined,
): Promise<ImportInputs> {
  const distinct = new Set<string>();
  for (const path of paths) distinct.add(path === "-" ? path : (await inspectPath(io, path)).identity);
  if (distinct.size < paths.length) throw new CommandStop(EXIT.usage, "an input is given twice");
  const inputs: ImportInput[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    const source = await readSource(io, path);
    const imported = importRuleset(source.file, family === undefined ? {} : { family });
    diagnostics.push(...imported.diagnostics);
    const passing = path === "-" || (await isPassing(io, path));
    if (imported.ruleset !== null) inputs.push({ path, source, passing, ruleset: imported.ruleset });
  }
  if (inputs.length < paths.length) return { inputs: null, diagnostics };
  refuseTwins(inputs);
  return { inputs, diagnostics };
}

/** A host has one ruleset of each family. */
function refuseTwins(inputs: readonly ImportInput[]): void {
  const seen = new Map<Family, string>();
  for (const { path, ruleset } of inputs) {
    const first = seen.get(ruleset.family);
    if (first !== undefined) {
      const message = `${first} and ${path} are both IP${ruleset.family}; a plan takes one ruleset of each family`;
      throw new CommandStop(EXIT.usage, message, `markify import ${shellWord(first)}`);
    }
    seen.set(ruleset.family, path);
  }
}
