/**
 * Going back to the old rules. restore.sh does it, run by the watchdog; by markify where no watchdog is left.
 */
import { FOLDER_NAMES, parseOutcome } from "./folder.ts";
import type { Decision, System } from "./system.ts";

/** How it ended. */
export type Restored =
  /** The old rules are live, and were read back. `others`: what others had changed meanwhile, and what became of it. */
  | { readonly kind: "restored"; readonly others: string | null }
  /** Somebody has confirmed before: the new rules stay. */
  | { readonly kind: "confirmed" }
  /** Nobody knows what is live. */
  | { readonly kind: "unknown"; readonly why: string };

/** Milliseconds that a watchdog gets to restore, and between two looks at what it has done. */
const PATIENCE = 600_000;
const LOOK_EVERY = 200;

/** The folder is not there: what is left to a person. */
const BACKUP_GONE =
  "the backup is gone, so the new rules may be live; the old ones are in the files that the plan was made from, and in what the machine loads when it starts";

/** Decides that the old rules come back, and sees that they do. Never rejects. */
export async function goBack(system: System, id: string): Promise<Restored> {
  const decision = await decideBack(system, id);
  if (decision === "confirmed") return { kind: "confirmed" };
  // Where not even the decision could be written, the watchdog does not know of it.
  if (decision === "rolled-back") {
    const seen = await watchOutcome(system, id);
    if (seen !== null) return seen;
  }
  return await restoreHere(system, id);
}

/** Runs restore.sh from here. */
export async function restoreHere(system: System, id: string): Promise<Restored> {
  try {
    const exitCode = await system.restore(id);
    const outcome = await seeOutcome(system, id);
    if (outcome !== null) return outcome;
    if (exitCode === 0) return { kind: "restored", others: null };
    const script = await system.readFile(id, FOLDER_NAMES.restoreScript).catch(() => null);
    if (script === null) return { kind: "unknown", why: BACKUP_GONE };
    return { kind: "unknown", why: `restore.sh ended with ${exitCode} and left no outcome` };
  } catch (error) {
    return { kind: "unknown", why: `restore.sh could not be run: ${messageOf(error)}` };
  }
}

/** Waits for what the watchdog leaves; null where it is gone and has left nothing. */
export async function watchOutcome(system: System, id: string): Promise<Restored | null> {
  for (let waited = 0; waited < PATIENCE; waited += LOOK_EVERY) {
    const outcome = await seeOutcome(system, id);
    if (outcome !== null) return outcome;
    const isWatched = await system.isWatched(id).catch(() => false);
    // It may have ended right after its last word.
    if (!isWatched) return await seeOutcome(system, id);
    await system.pause(LOOK_EVERY).catch(() => {});
  }
  return null;
}

async function decideBack(system: System, id: string): Promise<Decision | null> {
  return await system.decide(id, "rolled-back").catch(() => null);
}

async function seeOutcome(system: System, id: string): Promise<Restored | null> {
  try {
    const bytes = await system.readFile(id, "outcome");
    if (bytes === null) return null;
    const outcome = parseOutcome(new TextDecoder().decode(bytes));
    if (outcome === null) return null;
    if (outcome.kind === "unknown") return { kind: "unknown", why: outcome.why };
    const others = await system.readFile(id, "others").catch(() => null);
    return { kind: "restored", others: others === null ? null : new TextDecoder().decode(others) };
  } catch {
    return null;
  }
}

/** What a failure says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
