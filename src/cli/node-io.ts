/**
 * The real world behind `Io`: files, standard streams, the clock.
 */
import { readFileSync, rmSync, type Stats } from "node:fs";
import { mkdtemp, open, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Io, OutputFile } from "./io.ts";
import { makeShardRunner } from "./shards.ts";
import { systemErrorCode } from "./stop.ts";

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

/** Where an output goes. */
type Place =
  /** Written beside `path` and renamed: a rename inside one folder is atomic. */
  | { readonly kind: "file"; readonly path: string; readonly temporary: string; readonly mode: number }
  /** A device or a pipe (`/dev/null`): written as it is; a rename would put a file in its place. */
  | { readonly kind: "stream"; readonly path: string };

/** Nothing appears in its place before everything is on the disk. */
async function writeFiles(files: readonly OutputFile[], unfinished: Set<string>): Promise<void> {
  const places: Place[] = [];
  for (const { path } of files) places.push(await findPlace(path));
  try {
    for (const [at, place] of places.entries()) {
      if (place.kind === "stream") continue;
      unfinished.add(place.temporary);
      await writeWhole(place.temporary, files[at]!.bytes, place.mode);
    }
    for (const [at, place] of places.entries()) {
      if (place.kind === "stream") await writeFile(place.path, files[at]!.bytes);
      else await rename(place.temporary, place.path);
    }
  } finally {
    dropAll(unfinished);
  }
}

/** A file that is replaced keeps its permissions, and a link to it stays a link; a new file gets the usual permissions. */
async function findPlace(path: string): Promise<Place> {
  const found = await statIfThere(path);
  if (found?.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
  if (found !== null && !found.isFile()) return { kind: "stream", path };
  const real = found === null ? path : await realpath(path);
  const temporary = join(dirname(real), `.${basename(real)}.${process.pid}.tmp`);
  return { kind: "file", path: real, temporary, mode: found === null ? 0o666 : found.mode & 0o777 };
}

async function statIfThere(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
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
