/**
 * The command line as a function: arguments and the world outside in, exit code out. `bin.ts` calls it for real, tests with fakes.
 */
import { CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { makeProgram } from "./program.ts";
import { CommandStop } from "./stop.ts";

/** Runs markify with the arguments after its name. Never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  try {
    const program = makeProgram(io, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    return endWith(error, io);
  }
}

async function endWith(error: unknown, io: Io): Promise<ExitCode> {
  // Commander has written what it had to say; help and version that were asked for come with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CommandStop) {
    io.stderr(`markify: ${error.message}\n${error.next === "" ? "" : `next: ${error.next}\n`}`);
    return error.exitCode;
  }
  return reportOwnFault(error, io);
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
