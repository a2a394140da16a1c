/**
 * Locks, held by flock(1): iptables programs would wait for a parent that held it in their way.
 */
import { join } from "node:path";
import { type LockName, SystemFault } from "../system.ts";
import { type Holder, hold } from "./holders.ts";
import { makeStateDir } from "./state-dir.ts";

/** Where iptables has its lock, and what says otherwise (iptables/xshared.c, xtables_lock). */
const XTABLES_LOCK = "/run/xtables.lock";

/** Seconds that a lock is waited for. */
const LOCK_SECONDS = 10;

/** What iptables programs take for their lock: the real one is held by markify itself, for all tables. */
export async function lockForChildren(stateDir: string): Promise<{ readonly XTABLES_LOCKFILE: string }> {
  await makeStateDir(stateDir);
  return { XTABLES_LOCKFILE: join(stateDir, ".xtables.lock") };
}

/** Takes it. `flock`: the program. */
export async function takeLock(stateDir: string, flock: string, name: LockName): Promise<Holder> {
  await makeStateDir(stateDir);
  const own = join(stateDir, ".lock");
  const path = name === "markify" ? own : (process.env.XTABLES_LOCKFILE ?? XTABLES_LOCK);
  const patience = name === "markify" ? "1" : String(LOCK_SECONDS);
  try {
    return await hold([flock, "-x", "-w", patience, path], LOCK_SECONDS + 5);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // flock says nothing where the time is over; what it does say is another matter.
    const isHeld = why === `${flock}: ended with 1`;
    throw new SystemFault(isHeld ? `${path} is locked by somebody else` : `${path} can't be locked: ${why}`);
  }
}
