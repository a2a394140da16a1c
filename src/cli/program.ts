/**
 * The command line: commands, options and help, as commander reads them. What a command does is in `commands/`, and read in when it is asked for: a command starts faster without the
 * others.
 */
import { Command } from "commander";
import { addDiff, addVerify } from "./add-verify.ts";
import { addApply, addReview } from "./add-apply.ts";
import { addImport } from "./add-import.ts";
import { addDecode } from "./add-decode.ts";
import { addExplain, addReplay } from "./add-explain.ts";
import { addGroup } from "./add-group.ts";
import { addConfirm, addHistory, addRollback } from "./add-live.ts";
import { addLint } from "./add-lint.ts";
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
  addImport(program, io, finish);
  addReview(program, io, finish);
  addApply(program, io, finish);
  addVerify(program, io, finish);
  addDiff(program, io, finish);
  addExplain(program, io, finish);
  addReplay(program, io, finish);
  addGroup(program, io, finish);
  addDecode(program, io, finish);
  addLint(program, io, finish);
  addConfirm(program, io, finish);
  addRollback(program, io, finish);
  addHistory(program, io, finish);
  return program;
}
