/**
 * The real world behind `Io`: files, standard streams, the clock.
 */
import { createReadStream, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Io } from "./io.ts";
import { inspectFile, keepCrash, listFolder, readPageParts, writeFiles } from "./node-files.ts";
import { runProgram } from "./node-program.ts";
import { askLine, stdoutIsGone, writeStdout } from "./node-streams.ts";

/** Makes it for this process. */
export function makeNodeIo(): Io {
  return {
    stdout: writeStdout,
    stderr: (text) => void process.stderr.write(text),
    stdoutIsGone,
    showInPager: async (text) => (await import("./node-pager.ts")).showInPager(text, process.env),
    readStdin,
    readChunks: (path) => (path === null ? process.stdin : createReadStream(path)),
    readFile: (path) => readFile(path),
    listFolder,
    inspect: inspectFile,
    writeFiles,
    keepCrash,
    runProgram,
    readPageParts: () => readPageParts(),
    // A command that checks nothing starts faster without what checks need.
    runShards: async (...asked) => (await import("./shards.ts")).makeShardRunner()(...asked),
    loadSlices: async () => (await import("./slices.ts")).makeSliceRunner(),
    loadServing: async () => (await import("./serve/node-tools.ts")).makeServeTools(),
    kernel: {
      findMissing: async (...asked) => (await loadKernel()).missingForKernel(...asked),
      check: async (...asked) => (await loadKernel()).checkInKernel(...asked),
    },
    openSystem: async (stateDir) => (await import("../apply/system/node.ts")).makeNodeSystem(stateDir),
    startTimer: (seconds, ring) => {
      const timer = setTimeout(ring, seconds * 1000);
      return () => clearTimeout(timer);
    },
    askLine,
    stdinIsTerminal: process.stdin.isTTY === true,
    now: () => performance.now(),
    cwd: process.cwd(),
    env: process.env,
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? process.stderr.columns,
    version: readVersion(),
  };
}

function loadKernel(): Promise<typeof import("../verify/kernel/check.ts")> {
  return import("../verify/kernel/check.ts");
}

async function readStdin(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of process.stdin) parts.push(part);
  return Buffer.concat(parts);
}

/** From the package that this file is in: `package.json` is two folders up, in `src` as in `dist`. */
function readVersion(): string {
  const data: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const isPackage = typeof data === "object" && data !== null && "version" in data;
  return isPackage && typeof data.version === "string" ? data.version : "unknown";
}
