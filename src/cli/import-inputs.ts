/**
 * Reads the rulesets that `import` is given.
 */
import type { Family, Ruleset } from "../model/types.ts";
import { missingParts } from "../import/partial.ts";
import type { PlanSets } from "../plan/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { type CommandInput, type InputCommandOptions, readInputs } from "./read-input.ts";
import { type SeenThroughSets, seeThroughSets } from "./read-sets.ts";
import type { Session } from "./session.ts";
import { digestOf, encodeLike, inspectPath, isPassing, listFolder } from "./sources.ts";
import { shellWord } from "./shell.ts";
import { CommandStop } from "./stop.ts";

export type { InputCommandOptions } from "./read-input.ts";

/** One ruleset with the input that it is from. */
export interface ImportInput {
  /** As the user named it. */
  readonly path: string;
  /** Digest of `text` where there is one, else of the file. */
  readonly digest: string;
  /** The save file itself, where it can't be read again: it came through a pipe, or was made from something else. */
  readonly text?: string;
  /** Digest of the file that the text was made from. */
  readonly madeFrom?: string;
  /** What is missing in it, where somebody said that a part will do; not empty. */
  readonly partial?: readonly string[];
  /** Whether the path leads to a pipe. */
  readonly passing: boolean;
  readonly ruleset: Ruleset;
  /** The file of sets that hold members of its groups, as the user named it. */
  readonly sets?: PlanSets;
}

/** All inputs, or null where one has errors; the diagnostics of all of them. */
export interface ImportInputs {
  readonly inputs: readonly ImportInput[] | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What the sets that were given say about a plan of the inputs. */
  readonly findingsOf: SeenThroughSets["findingsOf"];
}

/** Reads and imports files; stops where one can't be read, is there twice, or two rulesets are of one family. */
export async function importInputs(
  session: Session,
  given: readonly string[],
  flags: InputCommandOptions,
): Promise<ImportInputs> {
  const { io } = session;
  const paths = (await Promise.all(given.map((path) => filesOf(io, path)))).flat();
  const distinct = new Set<string>();
  for (const path of paths) distinct.add(path === "-" ? path : (await inspectPath(io, path)).identity);
  if (distinct.size < paths.length) throw new CommandStop(EXIT.usage, "an input is given twice");
  const { inputs: read, sets } = await readInputs(session, paths, flags);
  const inputs: ImportInput[] = [];
  for (const [at, path] of paths.entries()) {
    const passing = path === "-" || (await isPassing(io, path));
    inputs.push(...rulesetsOf(read[at]!, path, passing));
  }
  const diagnostics = read.flatMap(({ input }) => input.diagnostics);
  if (read.some(({ input }) => input.rulesets.length === 0))
    return { inputs: null, diagnostics, findingsOf: () => [] };
  refuseTwins(inputs);
  const rulesets = inputs.map(({ ruleset }) => ruleset);
  const seen = seeThroughSets(sets, rulesets);
  const said = [...diagnostics, ...seen.diagnostics];
  // Groups are found in the rules as they are written, and in the sets that hold members of theirs; through other sets they are seen for findings alone.
  return {
    inputs: seen.rulesets === null ? null : inputs.map((input, at) => withGroupSets(input, at, seen, flags)),
    diagnostics: said,
    findingsOf: seen.findingsOf,
  };
}

function withGroupSets(
  input: ImportInput,
  at: number,
  { groups }: SeenThroughSets,
  { ipset = "" }: InputCommandOptions,
): ImportInput {
  const ruleset = groups?.rulesets[at];
  if (groups === null || ruleset?.setFile === undefined) return input;
  if (ipset === "-") {
    const message = "the members of groups are in the sets, and the plan has to find their file again";
    throw new CommandStop(EXIT.usage, message, "ipset save > SETS, and --ipset SETS");
  }
  return { ...input, ruleset, sets: { path: ipset, digest: groups.digest } };
}

/** What a program leaves beside rulesets. */
const LEFT_BESIDE = /\.markify\.yaml$|\.bak$|~$/u;

/** A folder stands for the files in it (`/etc/iptables`). */
async function filesOf(io: Io, path: string): Promise<readonly string[]> {
  if (path === "-" || !(await inspectPath(io, path)).isFolder) return [path];
  const files = (await listFolder(io, path)).filter((file) => !LEFT_BESIDE.test(file));
  if (files.length === 0) throw new CommandStop(EXIT.usage, `no file is in ${path}`);
  // A link to another file of the folder is no ruleset of its own.
  const byIdentity = new Map<string, string>();
  for (const file of files) {
    const { identity } = await inspectPath(io, file);
    if (!byIdentity.has(identity)) byIdentity.set(identity, file);
  }
  return [...byIdentity.values()];
}

function rulesetsOf({ source, input }: CommandInput, path: string, passing: boolean): readonly ImportInput[] {
  const missing = missingParts(input.diagnostics);
  const partial = missing.length === 0 ? {} : { partial: missing };
  return input.rulesets.flatMap(({ file, imported: { ruleset } }) => {
    if (ruleset === null) return [];
    const start = { path, passing, ruleset, ...partial };
    if (file.origin !== undefined) {
      const digest = digestOf(encodeLike(file, file.text));
      return { ...start, digest, text: file.text, madeFrom: source.digest };
    }
    // A compressed file has another digest than its text.
    const isText = source.bytes.length === encodeLike(file, file.text).length;
    if (passing && !isText)
      return { ...start, digest: digestOf(encodeLike(file, file.text)), text: file.text };
    return { ...start, digest: source.digest, ...(passing ? { text: file.text } : {}) };
  });
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
