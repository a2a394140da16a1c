/**
 * Runs the command of a person that decides in their place: what it says is passed on as it comes, and it can be ended at any moment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { type System, SystemFault } from "../system.ts";
import { killGroup, programEnv } from "./programs.ts";

/** Lines that are passed on, and the length of one: a check that goes mad must not hide what markify has to say. */
const MOST_LINES = 40;
const MOST_LENGTH = 300;

/** Milliseconds for the rest of what it said; something that it has left behind may keep its outputs open. */
const REST = 200;

/** Runs one at a time. */
export function makeChecks(): Pick<System, "runCheck" | "stopCheck"> {
  let running: ChildProcess | null = null;
  return {
    runCheck: async (command, seconds, say) => {
      const child = spawn("/bin/sh", ["-c", command], {
        stdio: ["ignore", "pipe", "pipe"],
        env: programEnv(),
        // A group of its own: Ctrl-C is for markify, which ends it.
        detached: true,
      });
      running = child;
      const tell = limitLines(say);
      for (const output of [child.stdout, child.stderr]) passLines(output, tell.line);
      try {
        return await ending(child, seconds);
      } finally {
        running = null;
        tell.end();
        for (const output of [child.stdout, child.stderr]) output.destroy();
      }
    },
    stopCheck: async () => killGroup(running?.pid),
  };
}

function ending(child: ChildProcess, seconds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      killGroup(child.pid);
      reject(new SystemFault(`it did not end within ${Math.round(seconds)} s`));
    }, seconds * 1000);
    const finish = (code: number | null): void => {
      clearTimeout(timer);
      resolve(code ?? 1);
    };
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(new SystemFault(`it can't be started: ${error.message}`));
    });
    child.once("close", finish);
    child.once("exit", (code) => void setTimeout(() => finish(code), REST));
  });
}

/** Passes whole lines on, and what is left at the end. */
function passLines(output: Readable, line: (text: string) => void): void {
  let rest = "";
  output.setEncoding("utf8");
  output.on("data", (text: string) => {
    const lines = `${rest}${text}`.split(/[\r\n]+/);
    // Of a line without an end no more than what will be shown.
    rest = lines.pop()!.slice(0, MOST_LENGTH + 1);
    for (const each of lines) line(each);
  });
  output.on("end", () => line(rest));
  output.on("error", () => {});
}

function limitLines(say: (line: string) => void): {
  readonly line: (text: string) => void;
  readonly end: () => void;
} {
  let count = 0;
  return {
    line: (text) => {
      if (text === "") return;
      count += 1;
      if (count <= MOST_LINES) say(text.length > MOST_LENGTH ? `${text.slice(0, MOST_LENGTH)}…` : text);
    },
    end: () => {
      if (count > MOST_LINES) say(`… and ${count - MOST_LINES} more lines`);
    },
  };
}
