/**
 * Files as `Io` has them: looked at through their links, and written whole or not at all, also when a signal comes.
 */
import { readFileSync, renameSync, rmSync, type Stats } from "node:fs";
import {
  type FileHandle,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { PageParts } from "../report/html.ts";
import { CHANGED_MEANWHILE, type FileFacts, type OutputFile } from "./io.ts";
import { systemErrorCode } from "./stop.ts";

/** Signals that ask a program to end. They keep their default effect except while files are being written. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Links that are followed one after the other; the kernel's limit (path_resolution(7)). */
const MOST_LINKS = 40;

/** Where an output goes. */
type Place =
  /** Written beside `path` and renamed: a rename inside one folder is atomic. `old` null: nothing is there yet. */
  | { readonly kind: "file"; readonly path: string; readonly temporary: string; readonly old: Stats | null }
  /** A device or a pipe (`/dev/null`): written as it is; a rename would put a file in its place. */
  | { readonly kind: "stream"; readonly path: string };

/** Looks at a path. */
export async function inspectFile(path: string): Promise<FileFacts> {
  const found = await statIfThere(path);
  const realPath = await followLinks(path);
  if (found === null) return { identity: realPath, realPath, isRegular: true, isFolder: false };
  return {
    identity: `${found.dev}:${found.ino}`,
    realPath,
    isRegular: found.isFile() || found.isDirectory(),
    isFolder: found.isDirectory(),
  };
}

/** Reads the parts that the build left beside the command. */
export async function readPageParts(script: "page.js" | "served.js" = "page.js"): Promise<PageParts> {
  const [code, style] = await Promise.all(
    [script, "style.css"].map((name) => readFile(new URL(`./page/${name}`, import.meta.url), "utf8")),
  );
  return { script: code!, style: style! };
}

/** Names of what is in a folder and is no folder. */
export async function listFolder(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

/** Keeps the account of an own fault where nothing is overwritten. */
export async function keepCrash(account: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "markify-"));
  const path = join(folder, "stack.txt");
  await writeFile(path, account);
  return path;
}

/** Nothing appears in its place before everything is on the disk. */
export async function writeFiles(files: readonly OutputFile[]): Promise<void> {
  const places: Place[] = [];
  for (const { path } of files) places.push(await findPlace(path));
  const unfinished = new Set<string>();
  const release = guardAgainstSignals(() => dropAll(unfinished));
  try {
    for (const [at, place] of places.entries()) {
      if (place.kind === "stream") continue;
      unfinished.add(place.temporary);
      await writeWhole(place.temporary, files[at]!.bytes, place.old);
    }
    for (const [at, place] of places.entries()) {
      if (place.kind === "stream") await writeFile(place.path, files[at]!.bytes);
    }
    // In one go: no signal's handler can run between two of them, and next to nothing between the last look and the rename.
    for (const [at, { path }] of places.entries()) requireUnchanged(path, files[at]!.replaces);
    for (const place of places) if (place.kind === "file") renameSync(place.temporary, place.path);
  } finally {
    dropAll(unfinished);
    release();
  }
}

/** Stops where something else has written the file since somebody read it. */
function requireUnchanged(path: string, expected: Uint8Array | undefined): void {
  if (expected === undefined) return;
  if (!readFileSync(path).equals(expected)) throw systemError(CHANGED_MEANWHILE, path);
}

/** Until the returned function is called, a signal that ends the program cleans up first, and then has its usual effect. Where somebody else waits for the signal, it is theirs, and the files are written to the end. */
function guardAgainstSignals(cleanUp: () => void): () => void {
  const end = (signal: NodeJS.Signals): void => {
    cleanUp();
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  for (const signal of SIGNALS) if (process.listenerCount(signal) === 0) process.on(signal, end);
  return release;
}

/** A file that is replaced keeps its permissions, owner and group, and a link to it stays a link; a new file gets the usual permissions. */
async function findPlace(path: string): Promise<Place> {
  const found = await statIfThere(path);
  if (found?.isDirectory()) throw systemError("EISDIR", path);
  if (found !== null && !found.isFile()) return { kind: "stream", path };
  // A rename would not ask: it needs the folder's permission only. Root may write what nobody may, and is asked all the same.
  if (found !== null && (found.mode & 0o222) === 0) throw systemError("EACCES", path);
  if (found !== null) await (await open(path, "r+")).close();
  const real = await followLinks(path);
  const temporary = join(dirname(real), `.${basename(real)}.${process.pid}.tmp`);
  return { kind: "file", path: real, temporary, old: found };
}

/** The path without links. Of a file that isn't there, its folder's; a folder that isn't there either gives the path as it is. */
async function followLinks(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      return await realpath(at);
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT") throw error;
    }
    const target = await readlink(at).catch(() => null);
    if (target === null) break;
    at = resolve(dirname(at), target);
  }
  const folder = await realpath(dirname(at)).catch(() => dirname(at));
  return join(folder, basename(at));
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
async function writeWhole(path: string, bytes: Uint8Array, old: Stats | null): Promise<void> {
  // Until it has its group, the file is nobody else's to read.
  const handle = await open(path, "wx", old === null ? 0o666 : old.mode & 0o700);
  try {
    await handle.writeFile(bytes);
    if (old !== null) {
      await keepOwner(handle, old);
      // After the change of owner, which clears bits such as setuid; the umask has taken its part at the opening.
      await handle.chmod(old.mode & 0o7777);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Gives a new file the owner and the group of the one that it replaces. Where the system forbids it (somebody else's file, a group that one is not in), the write is refused:
 * the old file stays whole, and the person can write elsewhere. To go on would take the file away from its owner, and open it to another group or close it to its own,
 * and nobody would be told.
 */
async function keepOwner(handle: FileHandle, { uid, gid }: Stats): Promise<void> {
  const own = await handle.stat();
  // Not asked without need: some file systems know no owners.
  if (own.uid === uid && own.gid === gid) return;
  await handle.chown(uid, gid);
}

function dropAll(paths: Set<string>): void {
  for (const path of paths) rmSync(path, { force: true });
  paths.clear();
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}
