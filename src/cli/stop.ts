/**
 * The end of a command before its time: a refused system call, wrong usage, or a refusal. Mistakes in rulesets and plans are diagnostics instead.
 */
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** Thrown by commands, caught by `run`: prints `message` and the next command, ends with `exitCode`. */
export class CommandStop extends Error {
  override readonly name = "CommandStop";
  readonly exitCode: ExitCode;
  /** What to do next; empty where there is nothing to advise. */
  readonly next: string;

  constructor(exitCode: ExitCode, message: string, next = "") {
    super(message);
    this.exitCode = exitCode;
    this.next = next;
  }
}

/** A stop for a file that could not be read or written. */
export function stopForFile(verb: "read" | "write", path: string, error: unknown): CommandStop {
  if (error instanceof CommandStop) return error;
  return new CommandStop(EXIT.usage, `can't ${verb} ${path || "''"}: ${describeSystemError(error)}`);
}

/** Node's code of a failed system call; undefined for any other value. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  ENOSPC: "the disk is full",
  ELOOP: "its links lead in a circle",
  EIO: "the device failed",
  EROFS: "the file system is read-only",
};

/** A failed system call in words; throws on anything else, which would be a bug of ours. */
function describeSystemError(error: unknown): string {
  const code = systemErrorCode(error);
  if (code === undefined) throw error;
  return SYSTEM_ERRORS[code] ?? code;
}
