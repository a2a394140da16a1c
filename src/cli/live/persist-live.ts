/**
 * `--persist`, when the new rules are confirmed: what is live now is written where the machine looks when it starts.
 */
import type { Manifest } from "../../apply/manifest.ts";
import { PERSIST_PATHS, planPersist } from "../../apply/persist.ts";
import { writeStartFiles } from "../../apply/persisted.ts";
import { messageOf } from "../../apply/restoring.ts";
import { LIVE, type System } from "../../apply/system.ts";
import type { Console } from "../console.ts";
import type { Family } from "../../model/types.ts";
import { madeBy, persistTexts } from "./persist-texts.ts";

/** What was written, and why not all. */
export interface Persisted {
  readonly persisted: readonly string[];
  /** What a person should know beside. */
  readonly notes: readonly string[];
  readonly fault: string | null;
}

/** Says what was written. */
export function sayPersisted(console: Console, { persisted, notes }: Persisted): void {
  for (const path of persisted) console.say(`written for the next start of the machine: ${path}`);
  for (const note of notes) console.say(`note: ${note}`);
}

/** Writes them; nothing where it was not asked for. Never rejects. */
export async function persistLive(
  system: System,
  { id, markify, persist, backend, families }: Manifest,
): Promise<Persisted> {
  if (persist === null) return { persisted: [], notes: [], fault: null };
  try {
    const texts = new Map<Family, string>();
    for (const family of families) texts.set(family, await system.readTables(LIVE, { backend, family }));
    const { existing } = await system.inspectHost(PERSIST_PATHS);
    const wanted = persistTexts(texts, await system.readSets(LIVE), madeBy(markify, system.wallClock()));
    const { files, notes, refusal } = planPersist(persist === "" ? null : persist, existing, wanted);
    if (refusal !== null) return { persisted: [], notes: [], fault: `${refusal.message}; ${refusal.next}` };
    await writeStartFiles(system, id, files);
    return { persisted: files.map(({ path }) => path), notes, fault: null };
  } catch (error) {
    return { persisted: [], notes: [], fault: messageOf(error) };
  }
}
