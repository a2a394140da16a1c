/**
 * Which file `import` writes its plan to, and what becomes of the one that is there.
 */
import { resolve } from "node:path";
import type { SourceFile } from "../text/source.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io, OutputFile } from "./io.ts";
import { shellWord } from "./shell.ts";
import { inspectPath, isPassing, readIfThere } from "./sources.ts";
import { CommandStop, stopForFile } from "./stop.ts";

/** Where the plan of an input is, unless told otherwise. */
export function defaultPlanPath(input: string): string {
  return `${input}.markify.yaml`;
}

/** Where the plan goes: as told, or beside the first input. Never over an input. */
export async function choosePlanPath(
  io: Io,
  paths: readonly string[],
  output: string | undefined,
): Promise<string> {
  const [first] = paths;
  const files = paths.filter((path) => path !== "-");
  if (output === undefined && (first === undefined || first === "-" || (await isPassing(io, first)))) {
    const what = first === undefined || first === "-" ? "standard input" : first;
    const message = `${what} has no name to call the plan after`;
    throw new CommandStop(EXIT.usage, message, `markify import ${shellWord(first ?? "-")} -o PLAN`);
  }
  if (output === "-") {
    throw new CommandStop(EXIT.usage, "the plan is a file that you edit; it can't go to standard output");
  }
  const planPath = output ?? defaultPlanPath(first!);
  if (await isPassing(io, planPath))
    throw new CommandStop(EXIT.usage, `the plan is a file that you edit; ${planPath} is a pipe or a device`);
  const { identity } = await inspectPath(io, planPath);
  for (const path of files) {
    if ((await inspectPath(io, path)).identity === identity) {
      throw new CommandStop(EXIT.usage, `${planPath} is an input; the plan needs a file of its own`);
    }
  }
  return planPath;
}

/** Writes a plan file; `old`, where it isn't null, is kept beside it. Gives the path of that. */
export async function writePlan(
  io: Io,
  planPath: string,
  text: string,
  old: Uint8Array | null,
): Promise<string | null> {
  const files: OutputFile[] = [{ path: resolve(io.cwd, planPath), bytes: Buffer.from(text, "utf8") }];
  const kept = old === null ? null : await findFreeName(io, `${planPath}.bak`);
  if (old !== null && kept !== null) files.push({ path: resolve(io.cwd, kept), bytes: old });
  try {
    await io.writeFiles(files);
  } catch (error) {
    throw stopForFile("write", planPath, error);
  }
  return kept;
}

/** Writes a plan file that was changed in place, in its own encoding. */
export async function writePlanText(io: Io, { path, text, encoding }: SourceFile): Promise<void> {
  try {
    await io.writeFiles([{ path: resolve(io.cwd, path), bytes: Buffer.from(text, encoding) }]);
  } catch (error) {
    throw stopForFile("write", path, error);
  }
}

/** Nothing that was kept before is overwritten. */
async function findFreeName(io: Io, path: string): Promise<string> {
  let free = path;
  for (let number = 2; (await readIfThere(io, free)) !== null; number++) free = `${path}${number}`;
  return free;
}
