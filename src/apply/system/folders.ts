/**
 * The folders of applies on the disk, which root alone can read.
 */
import { randomBytes } from "node:crypto";
import {
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { FOLDER_NAMES, type FolderFile } from "../folder.ts";
import type { Decision, PersistentFile } from "../system.ts";
import { makeStateDir } from "./state-dir.ts";

const EMPTY: FolderFile = { name: FOLDER_NAMES.loadEnded, bytes: new Uint8Array() };

/** What a folder of an apply is called. */
const ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

/** Reads and writes them. */
export function makeFolders(base: string) {
  const pathOf = (id: string): string => join(base, id);
  return {
    pathOf,
    createFolder: (id: string, files: readonly FolderFile[]) => createFolder(base, id, files),
    addFiles: async (id: string, files: readonly FolderFile[]): Promise<void> => {
      // Its folder may have been taken away, and then is made again.
      await makeStateDir(base);
      await writeAll(pathOf(id), files);
    },
    readFile: (id: string, name: string): Promise<Uint8Array | null> =>
      readFile(join(pathOf(id), name)).catch(nullIfMissing),
    listFolders: async (): Promise<readonly string[]> => {
      // A file in its place has no applies either; who makes one is told.
      const names = await readdir(base).catch(() => []);
      return names.filter((name) => ID.test(name)).sort();
    },
    forgetFolder: async (id: string): Promise<string> => {
      const path = `${pathOf(id)}.forgotten`;
      await rename(pathOf(id), path);
      await syncFolder(base);
      return path;
    },
    decide: async (id: string, decision: Decision): Promise<Decision> => {
      const path = join(pathOf(id), "decision");
      try {
        await symlink(decision, path);
        await syncFolder(pathOf(id));
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
      }
      return readDecision(await readlink(path));
    },
    readDecision: async (id: string): Promise<Decision | null> => {
      const word = await readlink(join(pathOf(id), "decision")).catch(nullIfMissing);
      return word === null ? null : readDecision(word);
    },
    endLoad: async (id: string): Promise<void> => {
      // Room for it, where the disk is full; restore.sh kills who can't say it.
      await rm(join(pathOf(id), FOLDER_NAMES.reserve), { force: true });
      await writeAll(pathOf(id), [EMPTY]);
    },
    drawLetters: (): string => randomBytes(2).toString("hex"),
  };
}

async function createFolder(base: string, id: string, files: readonly FolderFile[]): Promise<void> {
  await makeStateDir(base);
  // Under another name until it is whole: what is left of one that was killed, or found no room, is no apply.
  const unfinished = join(base, `.${id}`);
  try {
    await mkdir(unfinished, { mode: 0o700 });
    await writeAll(unfinished, files);
    await rename(unfinished, join(base, id));
    await syncFolder(base);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** A file outside of the folders; null where it is not there. */
export function readPersistent(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch(nullIfMissing);
}

/** Files outside of the folders; what was there is copied first, all of it before anything is written. */
export async function writePersistent(files: readonly PersistentFile[]): Promise<void> {
  for (const { path, keepAs } of files) {
    // A second run, after one that was killed, must not take the new file for the old one.
    if ((await stat(keepAs).catch(nullIfMissing)) !== null) continue;
    const found = await readFile(path).catch(nullIfMissing);
    if (found !== null) await writeInFolder(keepAs, found, 0o600);
  }
  for (const { path, text } of files) {
    // A link stays one: it is what it leads to that is read when the machine starts.
    const real = (await realpath(path).catch(nullIfMissing)) ?? path;
    const found = await stat(real).catch(nullIfMissing);
    if (text !== null)
      await writeInFolder(real, Buffer.from(text, "latin1"), found === null ? 0o600 : found.mode & 0o7777);
    else if (found !== null) {
      await rm(real);
      await syncFolder(dirname(real));
    }
  }
}

async function writeInFolder(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeWhole(path, bytes, mode);
  await syncFolder(dirname(path));
}

function readDecision(word: string): Decision {
  return word === "confirmed" || word === "abandoned" ? word : "rolled-back";
}

async function writeAll(folder: string, files: readonly FolderFile[]): Promise<void> {
  const folders = new Set([folder]);
  for (const { name, bytes } of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    folders.add(dirname(path));
    await writeWhole(path, bytes, 0o600);
  }
  for (const each of folders) await syncFolder(each);
}

/** On the disk before the rename: a crash leaves the old file or the new one. */
async function writeWhole(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  // Nobody's link, nor what an earlier process of this number has left.
  await rm(temporary, { force: true });
  const handle = await open(temporary, "wx", mode);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === "ENOENT") return null;
  throw error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
