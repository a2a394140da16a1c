/**
 * Runs a program of the host.
 */
import { spawn } from "node:child_process";
import type { ProgramResult } from "./io.ts";
import { systemErrorCode } from "./stop.ts";

/** Runs it without a shell and with nothing on its standard input; null where it is not installed. */
export function runProgram([name = "", ...argv]: readonly string[]): Promise<ProgramResult | null> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: "C", PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
    const child = spawn(name, argv, { stdio: ["ignore", "pipe", "pipe"], env });
    const stdout: Buffer[] = [];
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => void stdout.push(data));
    child.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    child.on("error", (error) => (systemErrorCode(error) === "ENOENT" ? resolve(null) : reject(error)));
    child.on("close", (code) => resolve({ exitCode: code ?? 1, stdout: Buffer.concat(stdout), stderr }));
  });
}
