/**
 * The command line: commands, options and help, as commander reads them. What a command does is in `commands/`, and read in when it is asked for: a command starts faster without the
 * others.
 */
import { Command } from "commander";
import { addDiff, addVerify } from "./add-verify.ts";
import { addApply, addReview } from "./add-apply.ts";
import { addExplain } from "./add-explain.ts";
import { addGroup } from "./add-group.ts";
import { addLint } from "./add-lint.ts";
import { EXIT_CODE_HELP, type ExitCode } from "./exit-codes.ts";
import { importExamples, programExamples } from "./help.ts";
import type { Io } from "./io.ts";
import {
  addInputOptions,
  type CommonOptions,
  collect,
  lintBudgetOption,
  makeCommand,
  toleranceOption,
} from "./options.ts";
import { makeSession } from "./session.ts";

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
  addGroup(program, io, finish);
  addLint(program, io, finish);
  return program;
}

function addImport(program: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly keepChain?: readonly string[];
    readonly rewriteChain?: readonly string[];
    readonly overwrite?: true;
    readonly aggregate?: boolean;
    readonly names?: string;
    readonly hosts?: readonly string[];
    readonly services?: string;
    readonly lintBudget?: number;
  }
  const command = makeCommand(program, "import", "read rulesets, find groups, write the plan")
    .argument(
      "<files...>",
      "output of iptables-save or ip6tables-save, at most one of each, or a script of iptables commands; - for standard input; a folder for the files in it",
    )
    .option("-o, --output <plan>", "plan to write (default: FILE.markify.yaml)")
    .option("--json", "print the report as JSON");
  addInputOptions(command)
    .option("--keep-chain <pattern>", "leave these chains alone, such as 'DOCKER*' (repeatable)", collect)
    .option("--rewrite-chain <pattern>", "rewrite these, though a daemon may edit them (repeatable)", collect)
    .addOption(toleranceOption())
    .option("--aggregate", "join adjacent and nested addresses of a group in the chains that are written")
    .option("--no-aggregate", "have them as the rules have them, where a plan says otherwise")
    .option("--names <fwb>", "name groups as this file of Firewall Builder does (policy.fwb)")
    .option(
      "--hosts <file>",
      "name groups after host names: hosts(5) or a reverse-DNS dump (repeatable)",
      collect,
    )
    .option("--services <file>", "name services as this file does, such as /etc/services")
    .option("--overwrite", "replace the plan of another input")
    .addOption(lintBudgetOption())
    .addHelpText("after", importExamples)
    .action(async (files: readonly string[], options: Options) => {
      const { json, overwrite, color, ...rest } = options;
      const flags = { json: json === true, overwrite: overwrite === true };
      const { runImport } = await import("./commands/import.ts");
      finish(await runImport(makeSession(io, color), files, { ...rest, ...flags }));
    });
}
