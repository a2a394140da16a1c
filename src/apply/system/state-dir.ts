/**
 * The folder in which applies have theirs: whoever can write there, or replace it, could have root load and run what they like.
 */
import { mkdir, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SystemFault } from "../system.ts";

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Makes it where it is not there; rejects where others could change what is in it. Folders that are there are left as they are. */
export async function makeStateDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const real = await realpath(path);
  await requireOwn(real, real);
  for (let at = real; at !== dirname(at); ) {
    at = dirname(at);
    await requireOwn(at, real);
  }
}

/** Of a folder above it, one in which people can touch only what is theirs (`/tmp`) will do. */
async function requireOwn(path: string, base: string): Promise<void> {
  const { uid, mode } = await stat(path);
  const isOwn = uid === 0 || uid === process.getuid?.();
  const isOpen = (mode & OTHERS_WRITE) !== 0 && (path === base || (mode & STICKY) === 0);
  if (isOwn && !isOpen) return;
  throw new SystemFault(
    `others can write to ${path}: backups need a folder (--state-dir) that is root's alone`,
  );
}
