/**
 * The command line: commands, options and help, as commander reads them. What a command does is in `commands/`, and read in when it is asked for: a command starts faster without the
 * others.
 */
import { Command, Option } from "commander";
import { addDiff, addVerify } from "./add-verify.ts";
import { addExplain } from "./add-explain.ts";
import { EXIT_CODE_HELP, type ExitCode } from "./exit-codes.ts";
import type { ReportFormat } from "./group-report.ts";
import { applyExamples, importExamples, programExamples, reviewExamples } from "./help.ts";
import type { Io } from "./io.ts";
import {
  addInputOptions,
  assertOption,
  budgetOption,
  collect,
  FEW_PACKETS,
  makeCommand,
  packetsOption,
  seedOption,
  toleranceOption,
  type CommonOptions,
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
  return program;
}

function addImport(program: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly keepChain?: readonly string[];
    readonly rewriteChain?: readonly string[];
    readonly overwrite?: true;
    readonly names?: string;
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
    .option("--names <fwb>", "name groups as this file of Firewall Builder does (policy.fwb)")
    .option("--overwrite", "replace the plan of another input")
    .addHelpText("after", importExamples)
    .action(async (files: readonly string[], options: Options) => {
      const { json, overwrite, color, ...rest } = options;
      const flags = { json: json === true, overwrite: overwrite === true };
      const { runImport } = await import("./commands/import.ts");
      finish(await runImport(makeSession(io, color), files, { ...rest, ...flags }));
    });
}

function addReview(program: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly markdown?: true;
    readonly diff?: true;
  }
  makeCommand(program, "review", "show the report of a plan, with the edits made in it")
    .argument("<plan>", "a plan that import wrote")
    .option("--json", "print the report as JSON")
    .addOption(new Option("--markdown", "print the report as Markdown").conflicts("json"))
    .addOption(new Option("--diff", "show the whole diff").conflicts(["json", "markdown"]))
    .addHelpText("after", reviewExamples)
    .action(async (plan: string, { json, markdown, diff, color }: Options) => {
      const format: ReportFormat = json ? "json" : markdown ? "markdown" : "terminal";
      const { runReview } = await import("./commands/review.ts");
      finish(await runReview(makeSession(io, color), plan, { format, diff: diff === true }));
    });
}

function addApply(program: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly budget?: number;
    readonly acceptSampled?: true;
    readonly assert?: string;
  }
  makeCommand(program, "apply", "rewrite, check, write the restore file")
    .argument("<plan>", "a plan that import wrote")
    .option("-o, --output <file>", "file to write (default: standard output); several: FILE.v4 and FILE.v6")
    .option("--json", "print the check's result as JSON")
    .addOption(seedOption())
    .addOption(packetsOption(FEW_PACKETS))
    .addOption(budgetOption())
    .addOption(assertOption())
    .option("--accept-sampled", "write the file also where nothing more than samples stands behind it")
    .addHelpText("after", applyExamples)
    .action(async (plan: string, { json, color, acceptSampled, ...rest }: Options) => {
      const flags = { json: json === true, acceptSampled: acceptSampled === true };
      const { runApply } = await import("./commands/apply.ts");
      finish(await runApply(makeSession(io, color), plan, { ...rest, ...flags }));
    });
}
