/** A world for `run` that is in memory: files, streams, a clock that stands still. */
import { basename, dirname, resolve } from "node:path";
import { run } from "../../src/cli/main.ts";
import { buildPage } from "../support/build-page.ts";
import type { Io } from "../../src/cli/io.ts";
import { proveSlicesHere, runInline } from "../../src/verify/verify.ts";

/** What a run left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** All files afterwards, by their path below `/home`. */
  readonly files: Readonly<Record<string, string>>;
}

/** The folder that fake commands run in. */
export const HOME = "/home";

/** A failed system call. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Runs markify with files (paths below `/home`, latin1 texts) and changes to the world. */
export async function runIn(
  files: Readonly<Record<string, string>>,
  argv: readonly string[],
  changes: Partial<Io> = {},
  stdin = "",
  action: (io: Io) => Promise<number> = (io) => run(argv, io),
): Promise<Outcome> {
  const disk = new Map(
    Object.entries(files).map(([path, text]) => [resolve(HOME, path), Buffer.from(text, "latin1")]),
  );
  let stdout = "";
  let stderr = "";
  const io: Io = {
    stdout: async (data) => {
      stdout += typeof data === "string" ? data : Buffer.from(data).toString("latin1");
    },
    stderr: (text) => {
      stderr += text;
    },
    readStdin: async () => Buffer.from(stdin, "latin1"),
    stdoutIsGone: () => false,
    readChunks: async function* (path) {
      const bytes = path === null ? Buffer.from(stdin, "latin1") : disk.get(path);
      if (bytes === undefined) throw systemError("ENOENT");
      // Small pieces, so that lines are cut everywhere.
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    },
    readFile: async (path) => {
      const bytes = disk.get(path);
      if (bytes === undefined) throw systemError("ENOENT");
      return bytes;
    },
    listFolder: async (path) => {
      const names = [...disk.keys()].filter((file) => dirname(file) === path).map((file) => basename(file));
      if (names.length === 0) throw systemError("ENOENT");
      return names;
    },
    inspect: async (path) => {
      const isFolder = [...disk.keys()].some((file) => file.startsWith(`${path}/`));
      return { identity: path, realPath: path, isRegular: true, isFolder };
    },
    writeFiles: async (outputs) => {
      for (const { path, replaces } of outputs)
        if (replaces !== undefined && disk.get(path)?.equals(replaces) !== true)
          throw systemError("ECHANGED");
      for (const { path, bytes } of outputs) disk.set(path, Buffer.from(bytes));
    },
    showInPager: async () => false,
    keepCrash: async () => "/tmp/stack.txt",
    runProgram: async () => null,
    readPageParts: () => buildPage(),
    runShards: runInline,
    loadSlices: async () => proveSlicesHere,
    loadServing: async () => {
      throw new Error("this test has no browser");
    },
    kernel: { findMissing: async () => [{ what: "Linux", debianPackage: null }], check: async () => [] },
    openSystem: async () => {
      throw new Error("this test has no machine");
    },
    startTimer: () => () => {},
    askLine: async () => "",
    stdinIsTerminal: false,
    now: () => 0,
    cwd: HOME,
    env: { LANG: "C.UTF-8" },
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: undefined,
    version: "1.2.3",
    ...changes,
  };
  const code = await action(io);
  const left = [...disk].map(([path, bytes]) => [path.slice(HOME.length + 1), bytes.toString("latin1")]);
  return { code, stdout, stderr, files: Object.fromEntries(left) };
}
