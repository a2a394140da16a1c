/**
 * Standard streams: everything that is written is out before the program says that it is done, and a reader that goes away is no fault.
 */
import { createInterface } from "node:readline/promises";
import { fstatSync, write } from "node:fs";
import { EXIT } from "./exit-codes.ts";
import { systemErrorCode } from "./stop.ts";

const STDOUT = 1;

/** Codes of a reader that has seen enough (`| head`): nobody is left to tell. */
const READER_LEFT: readonly (string | undefined)[] = ["EPIPE", "ERR_STREAM_DESTROYED"];

let isGone = false;

/** Whether somebody who read standard output has gone: what follows is for nobody. */
export function stdoutIsGone(): boolean {
  return isGone;
}

/** Writes to standard output, all of it. Rejects with the system's error, except where the reader has gone. */
export async function writeStdout(data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
  try {
    if (isFileLike()) await writeAll(bytes);
    else await writeToStream(bytes);
  } catch (error) {
    if (!READER_LEFT.includes(systemErrorCode(error))) throw error;
    isGone = true;
  }
}

/** Call once: without listeners, a stream's error would end the process with a stack. Standard output's errors reach its writer. */
export function listenToStreams(): void {
  process.stdout.on("error", () => {});
  process.stderr.on("error", (error) => {
    if (READER_LEFT.includes(systemErrorCode(error))) return;
    // Nowhere to say it: the exit code is all that is left.
    process.exitCode = EXIT.usage;
  });
}

/** Whether Node would write a file's way: once, and without looking how much of it was taken. */
function isFileLike(): boolean {
  const found = fstatSync(STDOUT);
  return found.isFile() || (found.isCharacterDevice() && process.stdout.isTTY !== true);
}

/** write(2) may take a part only, as it does when a disk fills up; the next call then fails. */
async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += await new Promise<number>((resolve, reject) => {
      write(STDOUT, bytes, at, bytes.length - at, null, (error, written) => {
        if (error !== null) reject(error);
        else resolve(written);
      });
    });
  }
}

function writeToStream(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Asks a person at the terminal; the end of the input is an empty answer. */
export async function askLine(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // The end of the input, as with Ctrl-D, is an answer, too.
  const ended = new Promise<string>((resolve) => void lines.once("close", () => resolve("")));
  try {
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}
