/**
 * Runs programs for the real system: no shell, a time limit, whole output.
 */
import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { SystemFault } from "../system.ts";

/** What a program left; one character for each byte. */
export interface Left {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How it is run. */
export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds after which it is killed. */
  readonly seconds?: number;
  /** What it says is not read: it may outlive markify. */
  readonly isQuiet?: boolean;
}

/** Programs of a firewall are where root has them, whatever the PATH of who calls. */
const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** A table of 100,000 rules takes some seconds to load, on a busy machine more. */
const USUAL_SECONDS = 60;

/** Absolute path of a program; null where it is not installed. The PATH comes first. */
export async function findProgram(name: string): Promise<string | null> {
  const own = (process.env.PATH ?? "").split(":").filter((folder) => folder.startsWith("/"));
  for (const folder of [...own, ...FOLDERS]) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}

/** The environment that programs get: messages in English, and programs found wherever they are. */
export function programEnv(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C", PATH: `${process.env.PATH ?? ""}:${FOLDERS.join(":")}`, ...more };
}

/** Runs a program to its end. Rejects where it can't be started, or takes too long. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Left> {
  const [program = "", ...words] = argv;
  const { stdin, env = {}, seconds = USUAL_SECONDS, isQuiet = false } = options;
  const output = isQuiet ? "ignore" : "pipe";
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: [stdin === undefined ? "ignore" : "pipe", output, output],
      env: programEnv(env),
      // A group of its own: Ctrl-C is meant for markify, which ends a step before it stops.
      detached: true,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const timer = setTimeout(() => {
      killGroup(child.pid);
      reject(new SystemFault(`${program} did not end within ${seconds} s`));
    }, seconds * 1000);
    child.stdout?.on("data", (data: Buffer) => void out.push(data));
    child.stderr?.on("data", (data: Buffer) => void err.push(data));
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new SystemFault(`${program} can't be started: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const stderr = Buffer.concat(err).toString("latin1");
      const said = signal === null ? stderr : `${stderr}ended by ${signal}`;
      resolve({ exitCode: code ?? 1, stdout: Buffer.concat(out).toString("latin1"), stderr: said });
    });
    // A program that ends before it has read everything says why by its exit code.
    child.stdin?.on("error", () => {});
    child.stdin?.end(stdin, "latin1");
  });
}

/** The same; rejects with what it said where it fails. */
export async function runWell(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(argv, options);
  if (exitCode === 0) return stdout;
  const why = stderr.trim().split("\n").slice(0, 5).join("; ");
  throw new SystemFault(`${argv.join(" ")} failed with ${exitCode}${why === "" ? "" : `: ${why}`}`);
}

/** Ends a program with all that it has started. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself meanwhile.
  }
}
