/**
 * The real world behind `Io`: files, standard streams, the clock.
 */
import { readFileSync, rmSync } from "node:fs";
import { mkdtemp, open, readFile, rename, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Io, OutputFile } from "./io.ts";
import { makeShardRunner } from "./shards.ts";

/** A real `Io`, and the removal of what an interrupted write would leave. */
export interface NodeIo {
  readonly io: Io;
  /** Removes temporary files that aren't in their place yet; for a signal handler, so it doesn't wait for anything. */
  readonly dropUnfinished: () => void;
}

/** Makes it for this process. */
export function makeNodeIo(): NodeIo {
  const unfinished = new Set<string>();
  const io: Io = {
    stdout: (data) => void process.stdout.write(data),
    stderr: (text) => void process.stderr.write(text),
    readStdin,
    readFile: (path) => readFile(path),
    writeFiles: (files) => writeFiles(files, unfinished),
    keepCrash,
    runShards: makeShardRunner(),
    now: () => performance.now(),
    cwd: process.cwd(),
    env: process.env,
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? process.stderr.columns,
    version: readVersion(),
  };
  return { io, dropUnfinished: () => dropAll(unfinished) };
}

async function readStdin(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of process.stdin) parts.push(part);
  return Buffer.concat(parts);
}

/** Writes each file beside its place and renames when all are there: a rename inside one folder is atomic. */
async function writeFiles(files: readonly OutputFile[], unfinished: Set<string>): Promise<void> {
  const pairs = files.map(({ path, bytes }) => ({
    path,
    bytes,
    temporary: join(dirname(path), `.${basename(path)}.${process.pid}.tmp`),
  }));
  try {
    for (const { path, bytes, temporary } of pairs) {
      unfinished.add(temporary);
      await writeWhole(temporary, bytes, await modeOf(path));
    }
    for (const { path, temporary } of pairs) {
      await rename(temporary, path);
      unfinished.delete(temporary);
    }
  } finally {
    dropAll(unfinished);
  }
}

/** On the disk before the rename: otherwise a crash could leave the name with nothing behind it. */
async function writeWhole(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const handle = await open(path, "wx", mode);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file that is replaced keeps its permissions; a new one gets the usual ones. */
async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return 0o666;
  }
}

function dropAll(paths: Set<string>): void {
  for (const path of paths) rmSync(path, { force: true });
  paths.clear();
}

async function keepCrash(account: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "markify-"));
  const path = join(folder, "stack.txt");
  await writeFile(path, account);
  return path;
}

/** From the package that this file is in: `package.json` is two folders up, in `src` as in `dist`. */
function readVersion(): string {
  const data: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const isPackage = typeof data === "object" && data !== null && "version" in data;
  return isPackage && typeof data.version === "string" ? data.version : "unknown";
}
