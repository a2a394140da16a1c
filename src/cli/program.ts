/**
 * The command line: commands, options and help, as commander reads them. What a command does is in `commands/`, and read in when it is asked for: a command starts faster without the
 * others.
 */
import { Command } from "commander";
import { ADD_COMMANDS } from "./all-commands.ts";
import { EXIT_CODE_HELP, type ExitCode } from "./exit-codes.ts";
import { programExamples } from "./help.ts";
import type { Io } from "./io.ts";

/** Called with the code that a command ends with. */
type Finish = (exitCode: ExitCode) => void;

/** Builds the program. `finish` is called when a command has run; usage errors throw commander's error
 * instead. `writeHelp` is given help and version that were asked for. */
export function makeProgram(io: Io, finish: Finish, writeHelp: (text: string) => void): Command {
  const program = new Command("markify")
    .description(
      "Turns flat iptables rulesets into groups built on packet marks, and checks that nothing changed.",
    )
    .version(io.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("before", programExamples)
    .addHelpText("after", `\n${EXIT_CODE_HELP}`)
    .exitOverride()
    .configureOutput({
      writeOut: writeHelp,
      writeErr: io.stderr,
      getOutHelpWidth: () => io.columns ?? 100,
    });
  for (const add of ADD_COMMANDS) add(program, io, finish);
  return program;
}
