/**
 * Starts the watchdog of an apply so that it outlives markify, the login and its terminal; and tells whether it still stands.
 */
import { spawn } from "node:child_process";
import { access, readFile, readlink, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FOLDER_NAMES, parseArmed } from "../folder.ts";
import { SystemFault } from "../system.ts";
import { findProgram, programEnv, run } from "./programs.ts";

/** Milliseconds until it has to stand, and between two looks. It reads the live tables before: twenty seconds for 100,000 rules on a busy machine. */
const PATIENCE = 60_000;
const LOOK_EVERY = 50;

/** A bus that does not answer is given up before the time of the whole call is over. */
const SYSTEMD_SECONDS = 10;

/** Starts it; resolves when it has said that it stands. With a word where systemd did not help. */
export async function armWatchdog(folder: string): Promise<string | null> {
  // What an earlier one said, which has ended.
  for (const name of [FOLDER_NAMES.armed, FOLDER_NAMES.notArmed])
    await rm(join(folder, name), { force: true });
  const script = join(folder, "watchdog.sh");
  const note = await start(script);
  for (let waited = 0; waited < PATIENCE; waited += LOOK_EVERY) {
    if (await isWatched(folder)) return note;
    const why = await readFile(join(folder, FOLDER_NAMES.notArmed), "utf8").catch(() => "");
    if (why !== "") throw new SystemFault(`the watchdog does not stand: ${why.trim()}`);
    if (!(await isThere(script))) throw new SystemFault(`${script} is gone`);
    await sleep(LOOK_EVERY);
  }
  throw new SystemFault(
    `the watchdog did not stand within ${PATIENCE / 1000} s; ${join(folder, "log")} may say why`,
  );
}

/** By systemd where it runs, which keeps it from all that happens to a login; without where it fails, as where there is no bus. */
async function start(script: string): Promise<string | null> {
  const systemdRun = await findSystemd();
  if (systemdRun === null) {
    await startApart(script);
    return null;
  }
  const why = await askSystemd([systemdRun, ...unitWords(script), "/bin/sh", script]);
  if (why === null) return null;
  await startApart(script);
  return `systemd did not start the watchdog, so it was started without it (${why})`;
}

/** Null: it has done it; else why not. */
async function askSystemd(argv: readonly string[]): Promise<string | null> {
  try {
    const { exitCode, stderr } = await run(argv, { seconds: SYSTEMD_SECONDS });
    return exitCode === 0 ? null : `systemd-run ended with ${exitCode}: ${stderr.trim().split("\n")[0]}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What systemd-run is told of the unit. */
function unitWords(script: string): readonly string[] {
  const name = `markify-${basename(dirname(script))}-${process.hrtime.bigint() % 100_000n}`;
  return [
    "--quiet",
    "--collect",
    // Where the parent is killed, the watchdog itself goes on: systemd would end the whole unit.
    "--property=KillMode=process",
    `--unit=${name}`,
    "--description=markify waits for a confirmation",
  ];
}

/** Whether the watchdog that said so still runs: its process has the start time that it said. */
export async function isWatched(folder: string): Promise<boolean> {
  const armed = parseArmed(await readFile(join(folder, FOLDER_NAMES.armed), "utf8").catch(() => ""));
  return armed !== null && (await startOf(String(armed.pid))) === armed.start;
}

/** When a process was started (field 22 of its stat, proc(5)); null where there is none any more. */
export async function startOf(pid: string): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // Behind the name in brackets stand the state, field 3, and the others.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? null : (fields[19] ?? null);
}

/** Where systemd runs, and a unit of it would be in this network namespace; null elsewhere. */
async function findSystemd(): Promise<string | null> {
  if (!(await isThere("/run/systemd/system"))) return null;
  const [own, first] = await Promise.all(
    ["self", "1"].map((process) => readlink(`/proc/${process}/ns/net`).catch(() => process)),
  );
  return own === first ? await findProgram("systemd-run") : null;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A session of its own, without terminal, in the root folder: nothing that ends with a login reaches it. */
async function startApart(script: string): Promise<void> {
  const setsid = await findProgram("setsid");
  if (setsid === null) throw new SystemFault("setsid is not installed");
  await new Promise<void>((resolve, reject) => {
    const child = spawn(setsid, ["-f", "/bin/sh", script], {
      stdio: "ignore",
      cwd: "/",
      env: programEnv(),
      detached: true,
    });
    child.once("error", (error) => reject(new SystemFault(`setsid can't be started: ${error.message}`)));
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new SystemFault(`setsid ended with ${code}`)),
    );
  });
}
