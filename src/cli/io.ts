/**
 * Everything outside the program that a command may touch, as one value: the real one is `node-io.ts`, tests pass fakes.
 */
import type { Timer } from "../apply/limit-times.ts";
import type { System } from "../apply/system.ts";
import type { checkInKernel, missingForKernel } from "../verify/kernel/check.ts";
import type { PageParts } from "../report/html.ts";
import type { ShardRunner, SliceRunner } from "../verify/verify.ts";
import type { ServeTools } from "./serve/tools.ts";

/** A file to write. */
export interface OutputFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What has to be there at the last moment; otherwise nothing is written, and the error's code is CHANGED_MEANWHILE. Missing: whatever is there. */
  readonly replaces?: Uint8Array;
}

/** Code of the error for a file that is another one by now. */
export const CHANGED_MEANWHILE = "ECHANGED";

/** What a program that was run left. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** What a path leads to. */
export interface FileFacts {
  /** Equal for two paths exactly when they lead to one file, whatever links are on the way. */
  readonly identity: string;
  /** Absolute, with all links followed, also the one that leads nowhere yet. */
  readonly realPath: string;
  /** False for a pipe or a device, which can't be read a second time. True where nothing is there yet. */
  readonly isRegular: boolean;
  readonly isFolder: boolean;
}

/** The world outside. Reading and writing reject with errors that have a Node `code` (`ENOENT` …). */
export interface Io {
  /** Resolves when everything is out, or when nobody reads it any more. */
  readonly stdout: (data: string | Uint8Array) => Promise<void>;
  /** Whether the reader of standard output has gone. */
  readonly stdoutIsGone: () => boolean;
  readonly stderr: (text: string) => void;
  /** Shows a text in the person's pager, on standard output, until they leave it; false where nothing was shown. */
  readonly showInPager: (text: string) => Promise<boolean>;
  readonly readStdin: () => Promise<Uint8Array>;
  /** The bytes of a file by its absolute path, or (null) of standard input, as they come. */
  readonly readChunks: (path: string | null) => AsyncIterable<Uint8Array>;
  /** Reads a file by its absolute path. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Names of the regular files in a folder, given by its absolute path. */
  readonly listFolder: (path: string) => Promise<readonly string[]>;
  /** Looks at what an absolute path leads to; it need not be there. */
  readonly inspect: (path: string) => Promise<FileFacts>;
  /** Writes files, each whole and in place of what was there; none where one of them can't be written. */
  readonly writeFiles: (files: readonly OutputFile[]) => Promise<void>;
  /** Keeps the account of an own fault; gives the path of the file. */
  readonly keepCrash: (account: string) => Promise<string>;
  /** What every page has, from the build. */
  readonly readPageParts: () => Promise<PageParts>;
  readonly runShards: ShardRunner;
  /** Workers for the proof; read in when they are asked for, like all that only a check needs. */
  readonly loadSlices: () => Promise<SliceRunner>;
  /** What editing in the browser needs; read in when it is asked for, too. */
  readonly loadServing: () => Promise<ServeTools>;
  /** Runs a program that only reads, without a shell; null where it is not installed. */
  readonly runProgram: (argv: readonly string[]) => Promise<ProgramResult | null>;
  /** Sends packets through the real iptables, in namespaces of its own. */
  readonly kernel: {
    readonly findMissing: (
      ...asked: Parameters<typeof missingForKernel>
    ) => Promise<ReturnType<typeof missingForKernel>>;
    readonly check: typeof checkInKernel;
  };
  /** The machine that `apply --live` loads rules into; its folders are in `stateDir`. */
  readonly openSystem: (stateDir: string) => Promise<System>;
  readonly startTimer: Timer;
  /** Asks a person at the terminal; resolves with the line. */
  readonly askLine: (question: string) => Promise<string>;
  readonly stdinIsTerminal: boolean;
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
