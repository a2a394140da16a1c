/**
 * Files that are read when the machine starts: written after a confirmation, and put back where somebody goes back later, so that the machine starts with the rules that
 * are live. Copies of what was there are in the apply's folder.
 */
import { bytesOfText, textOfBytes } from "./bytes.ts";
import { crcOfFile } from "./cksum.ts";
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
  /** Digests of all that the apply has written there: of each run, where it was broken off. */
  readonly written: readonly string[];
}

/** A file that is, or would be, as it was before the apply. */
interface Replacement {
  readonly path: string;
  /** Null: it was not there. */
  readonly text: string | null;
  /** Where what stands there is kept. */
  readonly keepAs: string;
  /** Whether that is neither what the apply has written nor what was there before it. */
  readonly isEdited: boolean;
}

/** A file that was put back. */
export interface PutBack {
  readonly path: string;
  /** What somebody had made of the file since; null: it was as the apply had written it. */
  readonly editedKeptAs: string | null;
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
  const all = [
    ...known,
    ...added.map(({ path }): Recorded => ({ path, existed: existing.has(path), written: [] })),
  ].map((each): Recorded => {
    const file = files.find(({ path }) => path === each.path);
    return file === undefined
      ? each
      : { ...each, written: [...each.written, digestOf(bytesOfText(file.text))] };
  });
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

/** Files that somebody has edited since: going back would take their place. */
export async function findEditedFiles(system: System, id: string): Promise<readonly string[]> {
  const files = await listReplacements(system, id);
  return files.filter(({ isEdited }) => isEdited).map(({ path }) => path);
}

/** Puts back what was there before, also in place of what was edited since: the rules of that are no longer live. Empty where the apply has written none. */
export async function restorePersistent(system: System, id: string): Promise<readonly PutBack[]> {
  const files = await listReplacements(system, id);
  await system.writePersistent(files.map(({ path, text, keepAs }) => ({ path, text, keepAs })));
  return files.map(({ path, isEdited, keepAs }) => ({ path, editedKeptAs: isEdited ? keepAs : null }));
}

async function listReplacements(system: System, id: string): Promise<readonly Replacement[]> {
  const files: Replacement[] = [];
  for (const [at, { path, existed, written }] of (await readRecord(system, id)).entries()) {
    const kept = await system.readFile(id, copyName(at));
    // Copies come before all writing: a file without one was never replaced.
    if (existed && kept === null) continue;
    const found = await system.readPersistent(path);
    const isOurs = found === null || written.includes(digestOf(found));
    const isOld = found !== null && kept !== null && digestOf(found) === digestOf(kept);
    files.push({
      path,
      text: existed && kept !== null ? textOfBytes(kept) : null,
      keepAs: `${system.pathOf(id)}/${copyName(at)}.replaced`,
      isEdited: !isOurs && !isOld,
    });
  }
  return files;
}

/** As cksum(1) tells files apart. */
function digestOf(bytes: Uint8Array): string {
  return `${crcOfFile(bytes)} ${bytes.length}`;
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
    typeof value.existed === "boolean" &&
    "written" in value &&
    Array.isArray(value.written)
  );
}
