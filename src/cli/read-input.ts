/**
 * Reads files that hold rulesets, for the commands that take any: what the user says about them (`--family`, `--define`, `--dump` …) and what comes of them.
 */
import { type Input, type InputOptions, readInput } from "../import/input.ts";
import type { Family } from "../model/types.ts";
import { familiesOfSets } from "../sets/families.ts";
import { type ParsedSets, parseSets } from "../sets/parse.ts";
import type { SourceFile } from "../text/source.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { shellWord } from "./shell.ts";
import { type Session, showReading } from "./session.ts";
import { listFolder, type ReadSource, readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";

/** Options about inputs, as commander gives them. */
export interface InputCommandOptions {
  readonly family?: Family;
  /** `NAME=VALUE`. */
  readonly define?: readonly string[];
  readonly tableDir?: string;
  readonly dump?: number;
  readonly partial?: true;
  /** Says what is done without `keepUnparsed`. */
  readonly strict?: true;
  readonly keepUnparsed?: true;
  /** Path of an ipset save file. */
  readonly ipset?: string;
}

/** A file as it was read, and the rulesets in it. */
export interface CommandInput {
  readonly source: ReadSource;
  readonly input: Input;
  /** The same file with something else said about it. */
  readonly again: (flags: InputCommandOptions) => Promise<CommandInput>;
}

/** What is known of inputs beside what the user says. */
type ReadOptions = Pick<InputOptions, "dumpOfSeveral" | "setFamilies">;

/** The file of sets that a command is given; null where none was. */
export type GivenSets = (ParsedSets & { readonly digest: string }) | null;

/** Reads the sets that are given, and reads and imports files; stops where one can't be read. */
export async function readInputs(
  session: Session,
  paths: readonly string[],
  flags: InputCommandOptions,
  more: Pick<InputOptions, "dumpOfSeveral"> = {},
): Promise<{ readonly inputs: readonly CommandInput[]; readonly sets: GivenSets }> {
  const sets = await readSets(session.io, flags.ipset, paths);
  // A ruleset may say nothing of its family but the sets that it names.
  const families = sets === null || sets.sets === null ? {} : { setFamilies: familiesOfSets(sets.sets) };
  const inputs: CommandInput[] = [];
  for (const path of paths) {
    const source = await readSource(session.io, path);
    inputs.push(await importSource(session, source, flags, { ...more, ...families }));
  }
  return { inputs, sets };
}

async function readSets(io: Io, path: string | undefined, paths: readonly string[]): Promise<GivenSets> {
  if (path === undefined) return null;
  if (path === "-" && paths.includes("-"))
    throw new CommandStop(EXIT.usage, "only one input can be standard input", "ipset save > SETS");
  const { file, digest } = await readSource(io, path);
  return { ...parseSets(file), digest };
}

async function importSource(
  session: Session,
  source: ReadSource,
  flags: InputCommandOptions,
  more: ReadOptions,
): Promise<CommandInput> {
  const onProgress = showReading(session.console);
  const options = { ...(await readOptions(session.io, flags)), ...more, onProgress };
  const again = (others: InputCommandOptions) => importSource(session, source, others, more);
  return { source, input: readInput(source.file, options), again };
}

async function readOptions(io: Io, flags: InputCommandOptions): Promise<InputOptions> {
  const { family, define = [], tableDir, dump, partial, keepUnparsed } = flags;
  return {
    defines: readDefines(define),
    tables: tableDir === undefined ? new Map() : await readTables(io, tableDir),
    partial: partial === true,
    keepUnparsed: keepUnparsed === true,
    ...(family === undefined ? {} : { family }),
    ...(dump === undefined ? {} : { dump }),
  };
}

function readDefines(defines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    defines.map((text) => {
      const [, name, value] = /^([A-Za-z_]\w*|1)=(.*)$/su.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new CommandStop(EXIT.usage, `--define ${text} is no NAME=VALUE`, "--define i_eth0=192.0.2.10");
      return [name, value] as const;
    }),
  );
}

/** Every file of the folder: which of them a script reads is known only when it is read itself. */
async function readTables(io: Io, folder: string): Promise<ReadonlyMap<string, SourceFile>> {
  const paths = await listFolder(io, folder);
  const tables = new Map<string, SourceFile>();
  for (const path of paths) tables.set(path.split("/").at(-1)!, (await readSource(io, path)).file);
  return tables;
}

/** The option about sets again, for a command that is to follow. */
export function setsAgain(path: string | undefined): string {
  return path === undefined || path === "-" ? "" : ` --ipset ${shellWord(path)}`;
}
