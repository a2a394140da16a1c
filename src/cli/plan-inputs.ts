/**
 * The inputs of a plan: how their paths stand in it, and how they are found and read again.
 */
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Ruleset } from "../model/types.ts";
import type { PlanInput } from "../plan/types.ts";
import { knowGroupSets } from "../sets/know.ts";
import { parseSets } from "../sets/parse.ts";
import type { SourceFile } from "../text/source.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { shellWord } from "./shell.ts";
import { inspectPath, readIfThere, readSource, restoreSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";

/** A path as it stands in a plan: relative to the plan's folder, with `/`. Both paths as the user wrote them. */
export function pathInPlan(io: Io, planPath: string, path: string): string {
  if (path === "-") return path;
  const found = relative(dirname(resolve(io.cwd, planPath)), resolve(io.cwd, path))
    .split(sep)
    .join("/");
  // A file that is called "-" is not standard input.
  return found === "-" ? "./-" : found;
}

/** Beside the plan; where a link leads to the plan, also beside the plan itself. */
async function findInput(io: Io, planPath: string, path: string): Promise<string> {
  if (isAbsolute(path)) return path;
  const beside = join(dirname(planPath), path);
  if ((await readIfThere(io, beside)) !== null) return beside;
  const { realPath } = await inspectPath(io, planPath);
  const behind = join(dirname(realPath), path);
  return (await readIfThere(io, behind)) === null ? beside : behind;
}

/** Stops where a text was made from a file that has changed since. One that is gone leaves the text, which is all that is needed. */
async function checkOriginal(io: Io, planPath: string, { path, madeFrom }: PlanInput): Promise<void> {
  if (madeFrom === undefined || path === "-") return;
  const found = await findInput(io, planPath, path);
  const read = await readIfThere(io, found);
  if (read !== null && read.digest !== madeFrom) throw stopForChange(found, planPath);
}

function stopForChange(path: string, planPath: string): CommandStop {
  // The plan keeps a digest of the old file and not its text, so the rule that differs can't be named.
  const message = `${path} has changed since ${planPath} was made from it (the plan has only its digest, so it can't tell where); nothing was done`;
  const next = `markify import ${shellWord(path)} -o ${shellWord(planPath)} --overwrite`;
  return new CommandStop(EXIT.refused, message, next);
}

/** Reads an input of a plan; stops where it has changed since. */
export async function readPlanInput(io: Io, planPath: string, input: PlanInput): Promise<SourceFile> {
  if (input.text !== undefined) {
    await checkOriginal(io, planPath, input);
    const source = restoreSource(input.path, input.text, input.digest);
    if (source !== null) return source;
    const message = `${planPath}: the ruleset in it is not the one that the plan was made from`;
    throw new CommandStop(EXIT.refused, message, `markify import - -o ${shellWord(planPath)} --overwrite`);
  }
  const path = await findInput(io, planPath, input.path);
  const source = await readSource(io, path);
  if (source.digest === input.digest) return source.file;
  throw stopForChange(path, planPath);
}

/** The ruleset of an input with the members of its groups that are in sets; stops where their file has changed since. */
export async function seePlanSets(
  io: Io,
  planPath: string,
  { path, sets }: PlanInput,
  ruleset: Ruleset,
): Promise<Ruleset> {
  if (sets === undefined) return ruleset;
  const found = await findInput(io, planPath, sets.path);
  const { file, digest } = await readSource(io, found);
  const { sets: read } = parseSets(file);
  if (digest === sets.digest && read !== null) return knowGroupSets([ruleset], read)[0]!;
  const message = `${found} has changed since ${planPath} was made from it; nothing was done`;
  const again = `markify import ${shellWord(path)} --ipset ${shellWord(found)} -o ${shellWord(planPath)} --overwrite`;
  throw new CommandStop(EXIT.refused, message, again);
}
