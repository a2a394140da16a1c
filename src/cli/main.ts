/**
 * The command line as a function: arguments and the world outside in, exit code out. `bin.ts` calls it for real, tests with fakes.
 */
import { CommanderError } from "commander";
import { SystemFault } from "../apply/system.ts";
import { renderJson } from "../report/json.ts";
import { printable } from "../report/style.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { makeProgram } from "./program.ts";
import { CommandStop, stopForFile } from "./stop.ts";

/** Runs markify with the arguments after its name. Never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  let help = "";
  let ending: ExitCode | null = null;
  try {
    const program = makeProgram(
      io,
      (code) => {
        exitCode = code;
      },
      (text) => {
        help += text;
      },
    );
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    ending = await endWith(error, io, argv.includes("--json"));
  }
  try {
    if (help !== "") await io.stdout(help);
  } catch (error) {
    return endWith(stopForFile("write", "standard output", error), io, false);
  }
  return ending ?? exitCode;
}

async function endWith(error: unknown, io: Io, json: boolean): Promise<ExitCode> {
  if (error instanceof CommanderError) {
    // Commander has written what it had to say; help and version that were asked for come with 0.
    if (error.exitCode === 0) return EXIT.done;
    await printError(io, json, EXIT.usage, error.message.replace(/^error: /, ""), "");
    return EXIT.usage;
  }
  if (error instanceof CommandStop) {
    const message = printable(error.message);
    const next = printable(error.next);
    io.stderr(`markify: ${message}\n${next === "" ? "" : `next: ${next}\n`}`);
    await printError(io, json, error.exitCode, message, next);
    return error.exitCode;
  }
  if (error instanceof SystemFault) {
    // What may fail while rules are being loaded, or come back, is told there. Here nothing was touched.
    const message = printable(error.message);
    io.stderr(`markify: ${message}\n`);
    await printError(io, json, EXIT.refused, message, "");
    return EXIT.refused;
  }
  return reportOwnFault(error, io);
}

/** The JSON document of a command that ended before its time: a program that reads it should not have to parse stderr. */
async function printError(
  io: Io,
  json: boolean,
  exit: ExitCode,
  message: string,
  help: string,
): Promise<void> {
  if (!json) return;
  try {
    await io.stdout(renderJson({ version: 1, error: { exit, message, ...(help === "" ? {} : { help }) } }));
  } catch {
    // Standard output may be the very thing that failed.
  }
}

/** A bug of ours: the stack goes to a file, so that it can be sent in; the terminal gets one sentence. */
async function reportOwnFault(error: unknown, io: Io): Promise<ExitCode> {
  const account = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const what = error instanceof Error ? error.message : String(error);
  io.stderr(`markify: this is a fault of markify itself: ${what}\n`);
  try {
    io.stderr(
      `The stack is in ${await io.keepCrash(`markify ${io.version}\n${account}\n`)}; please report it.\n`,
    );
  } catch {
    // Nowhere to keep it: then the terminal is the only place left.
    io.stderr(`${account}\n`);
  }
  return EXIT.ownFault;
}
