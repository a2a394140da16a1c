/**
 * Files that are read when the machine starts: written after a confirmation, and put back where somebody goes back later. Copies of what was there are in the apply's folder.
 */
import { textOfBytes } from "./bytes.ts";
import type { System } from "./system.ts";

/** A file to write. */
export interface StartFile {
  readonly path: string;
  readonly text: string;
}

const RECORD = "persistent/files.json";

/** There when all of them were written. */
const WRITTEN = "persistent/written";

/** A file of an apply, and whether it was there before. */
interface Recorded {
  readonly path: string;
  readonly existed: boolean;
}

/** Whether an apply has written all of them; one that was broken off has not. */
export async function hasStartFiles(system: System, id: string): Promise<boolean> {
  return (await system.readFile(id, WRITTEN)) !== null;
}

/** Writes them, and keeps what was there; may be called again where it was broken off. */
export async function writeStartFiles(
  system: System,
  id: string,
  files: readonly StartFile[],
): Promise<void> {
  const { existing } = await system.inspectHost(files.map(({ path }) => path));
  // What an earlier run found counts: by now its new files may be in their places.
  const known = await readRecord(system, id);
  const added = files.filter(({ path }) => !known.some((each) => each.path === path));
  const all = [...known, ...added.map(({ path }): Recorded => ({ path, existed: existing.has(path) }))];
  // First, so that no file is ever replaced without a word of it.
  await addFile(system, id, RECORD, `${JSON.stringify(all)}\n`);
  await system.writePersistent(
    files.map(({ path, text }) => {
      const at = all.findIndex((each) => each.path === path);
      return { path, text, keepAs: `${system.pathOf(id)}/${copyName(at)}` };
    }),
  );
  await addFile(system, id, WRITTEN, "");
}

/** Puts back what was there before; gives the paths. Empty where the apply has written none. */
export async function restorePersistent(system: System, id: string): Promise<readonly string[]> {
  const files = [];
  for (const [at, { path, existed }] of (await readRecord(system, id)).entries()) {
    const kept = await system.readFile(id, copyName(at));
    // Copies come before all writing: a file without one was never replaced.
    if (existed && kept === null) continue;
    const text = existed && kept !== null ? textOfBytes(kept) : null;
    files.push({ path, text, keepAs: `${system.pathOf(id)}/${copyName(at)}.replaced` });
  }
  await system.writePersistent(files);
  return files.map(({ path }) => path);
}

function copyName(at: number): string {
  return `persistent/${at}`;
}

async function addFile(system: System, id: string, name: string, text: string): Promise<void> {
  await system.addFiles(id, [{ name, bytes: new TextEncoder().encode(text) }]);
}

async function readRecord(system: System, id: string): Promise<readonly Recorded[]> {
  const record = await system.readFile(id, RECORD);
  const value: unknown = record === null ? [] : JSON.parse(new TextDecoder().decode(record));
  if (Array.isArray(value) && value.every(isRecorded)) return value;
  throw new Error(`${system.pathOf(id)}/${RECORD} can't be read`);
}

function isRecorded(value: unknown): value is Recorded {
  if (typeof value !== "object" || value === null) return false;
  return (
    "path" in value &&
    typeof value.path === "string" &&
    "existed" in value &&
    typeof value.existed === "boolean"
  );
}
