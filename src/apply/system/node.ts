/**
 * The real machine behind `System`.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type HostFacts, type LockName, type Place, type System, SystemFault } from "../system.ts";
import { type FolderFile, LOADING_VARIABLE } from "../folder.ts";
import { readScripts } from "../system-scripts.ts";
import { makeFolders, writePersistent } from "./folders.ts";
import { type Holder, hold } from "./holders.ts";
import { inspectHost } from "./host.ts";
import { type LoadEnv, makeNetfilter } from "./netfilter.ts";
import { run } from "./programs.ts";
import { makeSignals } from "./signals.ts";
import { armWatchdog, isWatched, startOf } from "./watchdog.ts";

/** Where iptables has its lock, and what says otherwise (iptables/xshared.c, xtables_lock). */
const XTABLES_LOCK = "/run/xtables.lock";

/** Seconds that a lock is waited for, a namespace may take to open, and restore.sh may take: a table of 100,000 rules is loaded in five. */
const LOCK_SECONDS = 10;
const OPEN_SECONDS = 20;
const RESTORE_SECONDS = 120;

/** Makes it. `stateDir`: the folder in which applies have theirs. */
export function makeNodeSystem(stateDir: string): System {
  let known: HostFacts | null = null;
  const facts = async (): Promise<HostFacts> => {
    known ??= await inspectHost([]);
    return known;
  };
  const folders = makeFolders(stateDir);
  const signals = makeSignals();
  const trials = new Map<number, Holder>();
  // Loads into the live namespace belong to an apply; restore.sh ends those that are still on their way when it begins.
  let current: string | null = null;
  const loadEnv: LoadEnv = async (place) => {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    // The real lock is held by markify itself, for all tables.
    const lock = { XTABLES_LOCKFILE: join(stateDir, ".xtables.lock") };
    return current === null || place.kind === "trial" ? lock : { ...lock, [LOADING_VARIABLE]: current };
  };
  const takeLock = async (name: LockName): Promise<Holder> => {
    const flock = await toolOf(facts, "flock");
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const own = join(stateDir, ".lock");
    const path = name === "markify" ? own : (process.env.XTABLES_LOCKFILE ?? XTABLES_LOCK);
    const patience = name === "markify" ? "1" : String(LOCK_SECONDS);
    try {
      return await hold([flock, "-x", "-w", patience, path], LOCK_SECONDS + 5);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new SystemFault(`${path} is locked by somebody else (${why})`);
    }
  };
  return {
    ...makeNetfilter(facts, loadEnv),
    ...folders,
    identify,
    readScripts,
    createFolder: async (id, files) => {
      await folders.createFolder(id, files);
      current = folders.pathOf(id);
    },
    inspectHost: async (paths) => {
      known = await inspectHost(paths);
      return known;
    },
    openTrial: async (): Promise<Place> => {
      const holder = await hold([await toolOf(facts, "unshare"), "-n"], OPEN_SECONDS);
      trials.set(holder.pid, holder);
      return { kind: "trial", pid: holder.pid };
    },
    closeTrial: async (trial) => {
      if (trial.kind === "trial") await trials.get(trial.pid)?.release();
    },
    takeLock,
    arm: async (id) => {
      signals.listen();
      await armWatchdog(folders.pathOf(id));
    },
    isWatched: (id) => isWatched(folders.pathOf(id)),
    setDeadline: (id, second) => folders.addFiles(id, [textFile("deadline", `${Math.ceil(second)}\n`)]),
    restore: async (id) =>
      (await run(["/bin/sh", join(folders.pathOf(id), "restore.sh")], { seconds: RESTORE_SECONDS })).exitCode,
    runCheck: async (command, seconds) => (await run(["/bin/sh", "-c", command], { seconds })).exitCode,
    writePersistent,
    uptime: async () => Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]),
    wait: signals.wait,
    pause: async (milliseconds) => void (await sleep(milliseconds)),
    wallClock: () => new Date(),
  };
}

async function identify(): Promise<{ readonly pid: number; readonly start: string }> {
  return { pid: process.pid, start: (await startOf("self")) ?? "" };
}

function textFile(name: string, text: string): FolderFile {
  return { name, bytes: Buffer.from(text, "utf8") };
}

async function toolOf(facts: () => Promise<HostFacts>, name: keyof HostFacts["tools"]): Promise<string> {
  const path = (await facts()).tools[name];
  if (path === null) throw new SystemFault(`${name} is not installed`);
  return path;
}
