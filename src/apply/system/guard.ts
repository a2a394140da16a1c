/**
 * The watchdog of the real machine, and what asks for it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FOLDER_NAMES } from "../folder.ts";
import { RESTORE_SECONDS } from "../limit-times.ts";
import type { System } from "../system.ts";
import type { makeFolders } from "./folders.ts";
import { run } from "./programs.ts";
import { makeSignals } from "./signals.ts";
import { armWatchdog, isWatched, startOf } from "./watchdog.ts";

/** Another one after each start of the kernel. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** The watchdog, and what asks for it. */
export function makeGuard({
  pathOf,
  addFiles,
}: ReturnType<typeof makeFolders>): Pick<ReturnType<typeof makeSignals>, "listen"> &
  Pick<System, "identify" | "arm" | "isWatched" | "setDeadline" | "restore" | "wait" | "pause"> {
  const signals = makeSignals();
  return {
    listen: signals.listen,
    identify,
    arm: (id) => armWatchdog(pathOf(id)),
    isWatched: (id) => isWatched(pathOf(id)),
    setDeadline: (id, second) =>
      addFiles(id, [{ name: FOLDER_NAMES.deadline, bytes: Buffer.from(`${Math.ceil(second)}\n`) }]),
    restore: async (id) => {
      const script = join(pathOf(id), FOLDER_NAMES.restoreScript);
      // It goes on where markify ends; what it has to say is in its files.
      return (await run(["/bin/sh", script], { seconds: RESTORE_SECONDS, isQuiet: true })).exitCode;
    },
    wait: signals.wait,
    pause: async (milliseconds) => void (await sleep(milliseconds)),
  };
}

async function identify(): ReturnType<System["identify"]> {
  const boot = await readFile(BOOT_ID, "utf8").catch(() => "");
  const start = (await startOf("self")) ?? "";
  return { pid: process.pid, start, boot: boot.trim() === "" ? null : boot.trim() };
}
