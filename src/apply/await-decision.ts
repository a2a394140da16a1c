/**
 * The wait for a confirmation: by a person in any terminal, or by a command that stands in for one. Either way the watchdog is looked after.
 */
import type { Say } from "./carry-out.ts";
import type { FolderFile } from "./folder.ts";
import { sayLines } from "./say-lines.ts";
import { goBack, messageOf, type Restored, watchOutcome } from "./restoring.ts";
import type { Decision, System } from "./system.ts";

/** What is waited for. */
export interface Wait {
  readonly id: string;
  /** By `uptime`. */
  readonly deadline: number;
  /** A command that decides when it ends. */
  readonly check: string | null;
  /** What somebody has changed of what was loaded, in lines; never rejects. */
  readonly findChanges: () => Promise<readonly string[]>;
  /** What the folder has to hold meanwhile, but for the deadline. */
  readonly backup: readonly FolderFile[];
}

/** How it ended. */
export type Decided =
  /** `by`: who did it also writes the files for the next start of the machine. */
  | { readonly kind: "confirmed"; readonly by: "check" | "person" }
  /** The time is over, somebody asked for it, or the check failed. */
  | {
      readonly kind: "back";
      readonly why: "deadline" | "check" | "changed" | "no-watchdog";
      readonly restored: Restored;
    }
  /** The person has left; the watchdog goes on. */
  | { readonly kind: "left" };

const LOOK_EVERY = 250;
/** Seconds after the deadline in which a watchdog has to have acted. */
const GRACE = 15;
/** Looks that may fail one after the other. */
const MOST_FAILURES = 40;

/** Waits. Never rejects. */
export async function awaitDecision(system: System, wait: Wait, say: Say): Promise<Decided> {
  const check = wait.check === null ? null : startCheck(system, wait.deadline, wait.check, say);
  const decided = await watch(system, wait, check, say);
  // Whoever left, or decided it otherwise: it stands in for nobody any more.
  if (check !== null && check.ended() === null) {
    say("the check is stopped");
    await system.stopCheck().catch(() => {});
  }
  return decided;
}

async function watch(system: System, wait: Wait, check: Check | null, say: Say): Promise<Decided> {
  for (let failures = 0; failures < MOST_FAILURES; ) {
    const ended = check?.ended() ?? null;
    if (ended !== null) return await decideByCheck(system, wait, ended, say);
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
    const note = await system.arm(id);
    if (note !== null) say(`note: ${note}`);
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

/** A check that runs beside the wait. */
interface Check {
  /** Null: it has not ended. */
  readonly ended: () => CheckEnd | null;
}

type CheckEnd = { readonly exitCode: number } | { readonly fault: string };

function startCheck(system: System, deadline: number, command: string, say: Say): Check {
  let end: CheckEnd | null = null;
  const run = async (): Promise<number> => {
    // Later the watchdog has decided.
    const left = Math.max(1, deadline - (await system.uptime()));
    return await system.runCheck(command, left, (line) => say(`check: ${line}`));
  };
  void run().then(
    (exitCode) => {
      end = { exitCode };
    },
    (error: unknown) => {
      end = { fault: messageOf(error) };
    },
  );
  return { ended: () => end };
}

async function decideByCheck(
  system: System,
  { id, findChanges }: Wait,
  ended: CheckEnd,
  say: Say,
): Promise<Decided> {
  if ("fault" in ended) say(`the check failed: ${ended.fault}`);
  else say(`the check ended with ${ended.exitCode}`);
  const isGood = "exitCode" in ended && ended.exitCode === 0;
  if (isGood) {
    const changes = await findChanges();
    if (changes.length > 0) {
      sayLines(say, "what was loaded has been changed since:", changes);
      return await back(system, id, "changed");
    }
    try {
      if ((await system.decide(id, "confirmed")) === "confirmed") return { kind: "confirmed", by: "check" };
    } catch (error) {
      say(`confirming failed: ${messageOf(error)}`);
    }
  }
  const decided = await back(system, id, "check");
  // What failed may have been decided all the same, and then by this command, which has the rest to do.
  return isGood && decided.kind === "confirmed" ? { kind: "confirmed", by: "check" } : decided;
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
