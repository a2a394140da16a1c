/**
 * Everything outside the program that a command may touch, as one value: the real one is `node-io.ts`, tests pass fakes.
 */
import type { ShardRunner } from "../verify/verify.ts";

/** A file to write. */
export interface OutputFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The world outside. Reading and writing reject with errors that have a Node `code` (`ENOENT` …). */
export interface Io {
  readonly stdout: (data: string | Uint8Array) => void;
  readonly stderr: (text: string) => void;
  readonly readStdin: () => Promise<Uint8Array>;
  /** Reads a file by its absolute path. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Writes files, each whole and in place of what was there; none where one of them can't be written. */
  readonly writeFiles: (files: readonly OutputFile[]) => Promise<void>;
  /** Keeps the account of an own fault; gives the path of the file. */
  readonly keepCrash: (account: string) => Promise<string>;
  readonly runShards: ShardRunner;
  /** Milliseconds, from any start. */
  readonly now: () => number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Width of the terminal; undefined where there is none. */
  readonly columns: number | undefined;
  /** markify's own version. */
  readonly version: string;
}
