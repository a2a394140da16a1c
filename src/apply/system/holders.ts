/**
 * Things that last as long as a small program does: locks, and network namespaces. Each reads its standard input, so that it ends with markify however that ends.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { type Held, SystemFault } from "../system.ts";
import { killGroup, programEnv } from "./programs.ts";

/** Says one word when it stands, and stays until its input ends. */
const STAY = "echo held && exec cat >/dev/null";

/** Milliseconds that it has for ending by itself. */
const RELEASE_AFTER = 5000;

/** A running holder. */
export interface Holder extends Held {
  readonly pid: number;
}

/** Runs `argv sh -c STAY`; resolves when it stands. `seconds`: how long it may take. */
export async function hold(argv: readonly string[], seconds: number): Promise<Holder> {
  const [program = "", ...words] = argv;
  const child = spawn(program, [...words, "/bin/sh", "-c", STAY], {
    stdio: ["pipe", "pipe", "pipe"],
    env: programEnv(),
    detached: true,
  });
  // Nobody waits for it at the end of markify: its input ends then.
  await standing(child, program, seconds);
  child.unref();
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const release = async (): Promise<void> => {
    const timer = setTimeout(() => killGroup(child.pid), RELEASE_AFTER);
    child.stdin.end();
    await ended;
    clearTimeout(timer);
  };
  return { pid: child.pid!, release };
}

function standing(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  program: string,
  seconds: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => {
      killGroup(child.pid);
      reject(new SystemFault(`${program} did not answer within ${seconds} s`));
    }, seconds * 1000);
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new SystemFault(`${program}: ${why.trim()}`));
    };
    child.stdin.on("error", () => {});
    child.stderr.on("data", (data: Buffer) => {
      said += data.toString();
    });
    child.stdout.once("data", () => {
      clearTimeout(timer);
      resolve();
    });
    child.once("error", (error) => fail(error.message));
    child.once("close", (code) => fail(said === "" ? `ended with ${code}` : said));
  });
}
