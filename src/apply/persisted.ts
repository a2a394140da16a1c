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

/** Whether an apply has written any. */
export async function hasStartFiles(system: System, id: string): Promise<boolean> {
  return (await system.readFile(id, RECORD)) !== null;
}

/** Writes them, and keeps what was there. */
export async function writeStartFiles(
  system: System,
  id: string,
  files: readonly StartFile[],
): Promise<void> {
  const record = `${JSON.stringify(files.map(({ path }) => path))}\n`;
  // First, so that no file is ever replaced without a word of it.
  await system.addFiles(id, [{ name: RECORD, bytes: new TextEncoder().encode(record) }]);
  await system.writePersistent(
    files.map(({ path, text }, at) => ({ path, text, keepAs: `${system.pathOf(id)}/${copyName(at)}` })),
  );
}

/** Puts back what was there before; gives the paths. Empty where the apply has written none. */
export async function restorePersistent(system: System, id: string): Promise<readonly string[]> {
  const record = await system.readFile(id, RECORD);
  const paths = record === null ? [] : parsePaths(new TextDecoder().decode(record));
  const files = [];
  for (const [at, path] of paths.entries()) {
    const kept = await system.readFile(id, copyName(at));
    const text = kept === null ? null : textOfBytes(kept);
    files.push({ path, text, keepAs: `${system.pathOf(id)}/${copyName(at)}.replaced` });
  }
  await system.writePersistent(files);
  return paths;
}

function copyName(at: number): string {
  return `persistent/${at}`;
}

function parsePaths(text: string): readonly string[] {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value.filter((path): path is string => typeof path === "string") : [];
}
