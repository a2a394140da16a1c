/**
 * `rollback`: the old rules come back, in the wait or any time later.
 */
import { type Apply, isOpen, listApplies } from "./history.ts";
import { findLaterChanges } from "./later-changes.ts";
import { findEditedFiles, type PutBack, restorePersistent } from "./persisted.ts";
import { goBack, messageOf, type Restored, restoreHere } from "./restoring.ts";
import type { System } from "./system.ts";

/** How it ended. */
export type RolledBack =
  | { readonly kind: "restored"; readonly others: string | null; readonly persistent: readonly PutBack[] }
  | { readonly kind: "nothing"; readonly why: string }
  /** Somebody has changed what the apply had loaded, and that would be lost. */
  | { readonly kind: "changed"; readonly lines: readonly string[] }
  | { readonly kind: "confirmed" }
  /** Nothing was touched: another apply is on its way, or nobody knows what it has loaded. */
  | { readonly kind: "busy"; readonly why: string }
  /** The old rules are live again; the files for the next start of the machine are not the old ones. */
  | { readonly kind: "not-persistent"; readonly others: string | null; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string };

/** Goes back. `discardChanges`: also where that loses rules that somebody has added to what was loaded. */
export async function rollBackApply(
  system: System,
  { id, state, manifest, why }: Apply,
  discardChanges: boolean,
): Promise<RolledBack> {
  switch (state) {
    case "loading":
    case "waiting":
    case "going back":
      return await end(system, id, await goBack(system, id));
    case "undecided": {
      // Nobody watches it: this may be long after. Where nothing can be read, going back is what was asked for.
      const lines =
        discardChanges || manifest === null ? [] : await findLaterChanges(system, manifest).catch(() => []);
      return lines.length > 0 ? { kind: "changed", lines } : await backHere(system, id);
    }
    case "broken off":
    case "unknown":
      return await backHere(system, id);
    case "confirmed":
      return await backLater(system, { id, manifest, discardChanges });
    case "unreadable":
      return refuseUnread(system, id, `its folder can't be read (${why})`);
    case "restarted":
      return {
        kind: "nothing",
        why: `the machine was started anew since, and what is live now is not of this apply; sh ${system.pathOf(id)}/restore.sh loads the rules from before it all the same`,
      };
    case "rolled back":
      return { kind: "nothing", why: "the old rules are back already" };
    case "abandoned":
      return { kind: "nothing", why: "nothing had been loaded" };
  }
}

async function backHere(system: System, id: string): Promise<RolledBack> {
  const decision = await system.decide(id, "rolled-back").catch(() => null);
  if (decision === "abandoned") return { kind: "nothing", why: "nothing had been loaded" };
  return await end(system, id, await restoreHere(system, id));
}

async function describeEdits(system: System, id: string): Promise<readonly string[]> {
  try {
    const edited = await findEditedFiles(system, id);
    return edited.map((path) => `${path}, which the machine loads when it starts, was edited`);
  } catch (error) {
    return [`whether files for the next start of the machine were edited can't be told: ${messageOf(error)}`];
  }
}

async function end(system: System, id: string, restored: Restored): Promise<RolledBack> {
  if (restored.kind !== "restored") return restored;
  try {
    return { ...restored, persistent: await restorePersistent(system, id) };
  } catch (error) {
    return { kind: "not-persistent", others: restored.others, why: messageOf(error) };
  }
}

/** What was loaded, and whether anybody has changed it, can't be told. */
function refuseUnread(system: System, id: string, what: string): RolledBack {
  return { kind: "busy", why: `${what}; sh ${system.pathOf(id)}/restore.sh goes back without looking at it` };
}

/** Goes back from rules that were confirmed, while no other apply is on its way. */
async function backLater(
  system: System,
  { id, manifest, discardChanges }: Pick<Apply, "id" | "manifest"> & { readonly discardChanges: boolean },
): Promise<RolledBack> {
  if (manifest === null) return refuseUnread(system, id, "its manifest.json can't be read");
  const lock = await system.takeLock("markify").catch(messageOf);
  if (typeof lock === "string") return { kind: "busy", why: `another apply may be at work: ${lock}` };
  try {
    const others = (await listApplies(system)).filter((other) => other.id !== id);
    const open = others.find(isOpen);
    if (open !== undefined) return { kind: "busy", why: `apply ${open.id} is ${open.state}` };
    const later = others.filter((other) => other.id > id && other.state === "confirmed");
    const lines = discardChanges
      ? []
      : [
          ...later.map((other) => `apply ${other.id} was confirmed later`),
          ...(await findLaterChanges(system, manifest)),
          ...(await describeEdits(system, id)),
        ];
    if (lines.length > 0) return { kind: "changed", lines };
    return await end(system, id, await restoreHere(system, id));
  } finally {
    await lock.release().catch(() => {});
  }
}
