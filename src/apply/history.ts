/**
 * The applies of this machine, and how each of them stands.
 */
import { FOLDER_NAMES, parseOutcome } from "./folder.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { messageOf } from "./restoring.ts";
import type { System } from "./system.ts";

/** Of one apply. */
export type State =
  /** Being loaded. */
  | "loading"
  /** Loaded; the watchdog stands. */
  | "waiting"
  /** Never loaded as a whole, and nobody loads any more. */
  | "broken off"
  /** Never decided, and nobody watches: a power cut, or both were killed. */
  | "undecided"
  | "confirmed"
  /** It was decided to, and the watchdog is at it. */
  | "going back"
  | "rolled back"
  /** The old rules were decided on, and are not known to be back. */
  | "unknown"
  /** Nothing was loaded. */
  | "abandoned"
  /** The machine was started anew before it had an end: what is live then is what the machine loads when it starts. */
  | "restarted"
  /** Its folder can't be read. */
  | "unreadable";

const ENDS: readonly State[] = ["confirmed", "rolled back", "abandoned", "restarted"];

/** Whether it has no end yet: until then there is no saying which rules are the old ones. */
export function isOpen({ state }: Apply): boolean {
  return !ENDS.includes(state);
}

/** One apply. */
export interface Apply {
  readonly id: string;
  readonly path: string;
  readonly state: State;
  /** Null where it can't be read. */
  readonly manifest: Manifest | null;
  /** Seconds until the watchdog goes back; null where nobody waits. */
  readonly secondsLeft: number | null;
  /** Why it is unreadable; else null. */
  readonly why: string | null;
}

/** All of them, the oldest first. */
export async function listApplies(system: System): Promise<readonly Apply[]> {
  const applies: Apply[] = [];
  for (const id of await system.listFolders()) applies.push(await readApply(system, id));
  return applies;
}

/** One of them. One that can't be read hides no other; nobody knows whether it has an end. */
export async function readApply(system: System, id: string): Promise<Apply> {
  try {
    return await readFolder(system, id);
  } catch (error) {
    const none = { manifest: null, secondsLeft: null };
    return { id, path: system.pathOf(id), state: "unreadable", ...none, why: messageOf(error) };
  }
}

/** Whether the machine was started anew since; no where nothing tells. */
async function wasBefore(system: System, manifest: Manifest | null): Promise<boolean> {
  const then = manifest?.boot ?? null;
  const { boot } = await system.identify();
  return then !== null && boot !== null && then !== boot;
}

async function readFolder(system: System, id: string): Promise<Apply> {
  const text = async (name: string): Promise<string | null> => {
    const bytes = await system.readFile(id, name);
    return bytes === null ? null : new TextDecoder().decode(bytes);
  };
  const manifest = parseManifest((await text("manifest.json")) ?? "");
  const state = await readState(system, id, manifest);
  const deadline = state === "waiting" ? Number((await text("deadline")) ?? Number.NaN) : Number.NaN;
  const left = Number.isNaN(deadline) ? null : Math.max(0, Math.round(deadline - (await system.uptime())));
  return { id, path: system.pathOf(id), state, manifest, secondsLeft: left, why: null };
}

async function readState(system: System, id: string, manifest: Manifest | null): Promise<State> {
  const decision = await system.readDecision(id);
  const bytes = await system.readFile(id, "outcome");
  const outcome = bytes === null ? null : parseOutcome(new TextDecoder().decode(bytes));
  // A confirmed apply may be gone back from later.
  if (outcome?.kind === "restored") return "rolled back";
  if (decision === "abandoned" || (decision === "confirmed" && outcome === null)) return decision;
  // Whatever was live then is gone, and so is its watchdog: another process may have that number now.
  if (await wasBefore(system, manifest)) return "restarted";
  if (outcome?.kind === "unknown") return "unknown";
  const isWatched = await system.isWatched(id);
  if (decision !== null) return isWatched ? "going back" : "unknown";
  if ((await system.readFile(id, FOLDER_NAMES.loadEnded)) === null)
    return isWatched ? "loading" : "broken off";
  return isWatched ? "waiting" : "undecided";
}
