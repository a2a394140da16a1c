/**
 * `rollback --forget`: an apply without an end stands in nobody's way any more, and nothing is loaded. For a person who has put the rules right in another way.
 */
import type { Apply } from "./history.ts";
import { messageOf } from "./restoring.ts";
import type { System } from "./system.ts";

/** How it ended. */
export type Forgotten =
  /** Its folder, with the backup, is now called so. */
  | { readonly kind: "forgotten"; readonly path: string }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "busy"; readonly why: string };

/** Forgets it. */
export async function forgetApply(system: System, { id, state }: Apply): Promise<Forgotten> {
  switch (state) {
    case "confirmed":
    case "rolled back":
    case "abandoned":
    case "restarted":
      return { kind: "nothing", why: `${id} is ${state}: it stands in nobody's way` };
    case "loading":
    case "waiting":
    case "going back":
      return { kind: "busy", why: `${id} is ${state}` };
    case "broken off":
    case "undecided":
    case "unknown":
    case "unreadable":
      return await forget(system, id);
  }
}

async function forget(system: System, id: string): Promise<Forgotten> {
  // It would bring the old rules back whatever its folder is called.
  if (await system.isWatched(id)) return { kind: "busy", why: `its watchdog is still at work` };
  const lock = await system.takeLock("markify").catch(messageOf);
  if (typeof lock === "string") return { kind: "busy", why: `another apply may be at work: ${lock}` };
  try {
    return { kind: "forgotten", path: await system.forgetFolder(id) };
  } catch (error) {
    return { kind: "busy", why: messageOf(error) };
  } finally {
    await lock.release().catch(() => {});
  }
}
