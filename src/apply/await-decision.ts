/**
 * The wait for a confirmation: by a person in any terminal, or by a command that stands in for one.
 */
import type { Say } from "./carry-out.ts";
import type { FolderFile } from "./folder.ts";
import { goBack, messageOf, type Restored, watchOutcome } from "./restoring.ts";
import type { Decision, System } from "./system.ts";

/** What is waited for. */
export interface Wait {
  readonly id: string;
  /** By `uptime`. */
  readonly deadline: number;
  /** A command that decides at once. */
  readonly check: string | null;
  /** What the folder has to hold meanwhile, but for the deadline. */
  readonly backup: readonly FolderFile[];
}

/** How it ended. */
export type Decided =
  /** `by`: who did it also writes the files for the next start of the machine. */
  | { readonly kind: "confirmed"; readonly by: "check" | "person" }
  /** The time is over, somebody asked for it, or the check failed. */
  | { readonly kind: "back"; readonly why: "deadline" | "check" | "no-watchdog"; readonly restored: Restored }
  /** The person has left; the watchdog goes on. */
  | { readonly kind: "left" };

const LOOK_EVERY = 500;
/** Seconds after the deadline in which a watchdog has to have acted. */
const GRACE = 15;
/** Looks that may fail one after the other. */
const MOST_FAILURES = 20;

/** Waits. Never rejects. */
export async function awaitDecision(system: System, wait: Wait, say: Say): Promise<Decided> {
  if (wait.check !== null) return await decideByCheck(system, wait, wait.check, say);
  for (let failures = 0; failures < MOST_FAILURES; ) {
    try {
      const seen = await look(system, wait, say);
      if (seen === "over") break;
      if (seen !== "undecided") return seen;
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1) say(`the wait is troubled: ${messageOf(error)}`);
    }
    // A wait that fails only makes the next look an early one.
    if ((await system.wait(LOOK_EVERY).catch(() => null)) === "interrupted") return { kind: "left" };
  }
  return await back(system, wait.id, "no-watchdog");
}

/** Looks once. `over`: the watchdog should have acted. */
async function look(system: System, wait: Wait, say: Say): Promise<Decided | "undecided" | "over"> {
  const { id, deadline } = wait;
  const decision = await system.readDecision(id);
  if (decision !== null) return await follow(system, id, decision);
  if ((await system.uptime()) > deadline + GRACE) return "over";
  if (!(await system.isWatched(id))) {
    say("the watchdog is gone; another one is started");
    await mendBackup(system, wait, say);
    await system.arm(id);
  }
  return "undecided";
}

/** Whoever takes the folder away takes the watchdog's word with it, and the way back: markify still has all of it. */
async function mendBackup(system: System, { id, deadline, backup }: Wait, say: Say): Promise<void> {
  const lost: FolderFile[] = [];
  for (const file of backup) {
    const found = await system.readFile(id, file.name).catch(() => null);
    if (found === null || Buffer.compare(found, file.bytes) !== 0) lost.push(file);
  }
  if (lost.length === 0) return;
  say(`the backup in ${system.pathOf(id)} is gone or damaged: it is written again`);
  await system.addFiles(id, lost);
  await system.setDeadline(id, deadline);
}

async function decideByCheck(
  system: System,
  { id, deadline }: Wait,
  check: string,
  say: Say,
): Promise<Decided> {
  try {
    // Later the watchdog has decided.
    const left = Math.max(1, deadline - (await system.uptime()));
    const exitCode = await system.runCheck(check, left);
    say(`the check ended with ${exitCode}`);
    if (exitCode === 0 && (await system.decide(id, "confirmed")) === "confirmed")
      return { kind: "confirmed", by: "check" };
  } catch (error) {
    say(`the check failed: ${messageOf(error)}`);
  }
  return await back(system, id, "check");
}

async function follow(system: System, id: string, decision: Decision): Promise<Decided> {
  if (decision === "confirmed") return { kind: "confirmed", by: "person" };
  const seen = await watchOutcome(system, id);
  if (seen !== null) return { kind: "back", why: "deadline", restored: seen };
  return await back(system, id, "deadline");
}

async function back(
  system: System,
  id: string,
  why: Extract<Decided, { kind: "back" }>["why"],
): Promise<Decided> {
  const restored = await goBack(system, id);
  return restored.kind === "confirmed"
    ? { kind: "confirmed", by: "person" }
    : { kind: "back", why, restored };
}
