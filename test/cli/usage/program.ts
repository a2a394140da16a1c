/** The program with a world in which nothing is there: for tests of what it says of itself. */
import type { Command } from "commander";
import type { Io } from "../../../src/cli/io.ts";
import { run } from "../../../src/cli/main.ts";
import { makeProgram } from "../../../src/cli/program.ts";
import { runIn } from "../fake-io.ts";

const io = await new Promise<Io>((resolve, reject) => {
  runIn({}, [], {}, "", async (fake) => {
    resolve(fake);
    return run(["--version"], fake);
  }).catch(reject);
});

/** The program, with the version and width of the man page. */
export function makeTestProgram(writeHelp: (text: string) => void = () => {}, version = "1.2.3"): Command {
  return makeProgram({ ...io, version, columns: 100 }, () => {}, writeHelp);
}
