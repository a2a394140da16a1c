/**
 * The command line: commands, options and help, as commander reads them. What a command does is in `commands/`.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Family } from "../model/types.ts";
import { parseMark } from "../plan/own-bits.ts";
import { runApply } from "./commands/apply.ts";
import { runImport } from "./commands/import.ts";
import { runReview } from "./commands/review.ts";
import { runVerify } from "./commands/verify.ts";
import { type ColorChoice, makeConsole } from "./console.ts";
import { EXIT_CODE_HELP, type ExitCode } from "./exit-codes.ts";
import type { ReportFormat } from "./group-report.ts";
import { applyExamples, importExamples, programExamples, reviewExamples, verifyExamples } from "./help.ts";
import type { Io } from "./io.ts";
import type { Session } from "./session.ts";

/** Called with the code that a command ends with. */
type Finish = (exitCode: ExitCode) => void;

/** Options that commands share, as commander gives them. */
interface CommonOptions {
  readonly color: ColorChoice;
  readonly json?: true;
  readonly output?: string;
  readonly family?: Family;
  readonly seed?: number;
  readonly packets?: number;
}

/** Builds the program. `finish` is called when a command has run; usage errors throw commander's error instead. */
export function makeProgram(io: Io, finish: Finish): Command {
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
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr, getOutHelpWidth: () => io.columns ?? 100 });
  addImport(program, io, finish);
  addReview(program, io, finish);
  addApply(program, io, finish);
  addVerify(program, io, finish);
  return program;
}

function addImport(program: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly keepChain: readonly string[];
    readonly rewriteChain: readonly string[];
    readonly overwrite?: true;
  }
  command(program, "import", "read rulesets, find groups, write the plan")
    .argument(
      "<files...>",
      "output of iptables-save or ip6tables-save, at most one of each; - for standard input",
    )
    .option("-o, --output <plan>", "plan to write (default: FILE.markify.yaml)")
    .option("--json", "print the report as JSON")
    .addOption(familyOption())
    .option("--keep-chain <pattern>", "leave these chains alone, such as 'DOCKER*' (repeatable)", collect, [])
    .option(
      "--rewrite-chain <pattern>",
      "rewrite these, though a daemon may edit them (repeatable)",
      collect,
      [],
    )
    .option("--overwrite", "replace the plan of another input")
    .addHelpText("after", importExamples)
    .action(async (files: readonly string[], options: Options) => {
      const { keepChain, rewriteChain, json, overwrite, color, ...rest } = options;
      const chains = { keepChains: keepChain, rewriteChains: rewriteChain };
      const flags = { json: json === true, overwrite: overwrite === true };
      finish(
        await runImport(sessionOf(io, color), files, {
          ...pick(rest, "output", "family"),
          ...chains,
          ...flags,
        }),
      );
    });
}

function addReview(program: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly markdown?: true;
    readonly diff?: true;
  }
  command(program, "review", "show the report of a plan, with the edits made in it")
    .argument("<plan>", "a plan that import wrote")
    .option("--json", "print the report as JSON")
    .addOption(new Option("--markdown", "print the report as Markdown").conflicts("json"))
    .addOption(new Option("--diff", "show the whole diff").conflicts(["json", "markdown"]))
    .addHelpText("after", reviewExamples)
    .action(async (plan: string, { json, markdown, diff, color }: Options) => {
      const format: ReportFormat = json ? "json" : markdown ? "markdown" : "terminal";
      finish(await runReview(sessionOf(io, color), plan, { format, diff: diff === true }));
    });
}

function addApply(program: Command, io: Io, finish: Finish): void {
  command(program, "apply", "rewrite, check, write the restore file")
    .argument("<plan>", "a plan that import wrote")
    .option("-o, --output <file>", "file to write (default: standard output); several: FILE.v4 and FILE.v6")
    .option("--json", "print the check's result as JSON")
    .addOption(seedOption())
    .addOption(packetsOption())
    .addHelpText("after", applyExamples)
    .action(async (plan: string, { json, color, ...rest }: CommonOptions) => {
      const options = pick(rest, "output", "seed", "packets");
      finish(await runApply(sessionOf(io, color), plan, { ...options, json: json === true }));
    });
}

function addVerify(program: Command, io: Io, finish: Finish): void {
  interface Options extends CommonOptions {
    readonly ownBits?: number;
    readonly anyMark?: true;
  }
  command(program, "verify", "are two rulesets equal?")
    .argument("<old>", "a ruleset; - for standard input")
    .argument("<new>", "the ruleset to compare it with")
    .option("--json", "print the result as JSON")
    .addOption(familyOption())
    .addOption(seedOption())
    .addOption(packetsOption())
    .addOption(
      new Option("--own-bits <mask>", "mark bits that NEW owns, such as 0x1f (default: found out)").argParser(
        readMark,
      ),
    )
    .option("--any-mark", "packets may come in with any own bits")
    .addHelpText("after", verifyExamples)
    .action(async (old: string, now: string, { json, color, anyMark, ...rest }: Options) => {
      const options = { ...pick(rest, "family", "seed", "packets", "ownBits"), anyMark: anyMark === true };
      finish(await runVerify(sessionOf(io, color), [old, now], { ...options, json: json === true }));
    });
}

function command(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}${summary.endsWith("?") ? "" : "."}`)
    .summary(summary)
    .helpOption("-h, --help", "show this help")
    .addOption(
      new Option("--color <when>", "colours in text").choices(["auto", "always", "never"]).default("auto"),
    );
}

function sessionOf(io: Io, color: ColorChoice): Session {
  return { io, console: makeConsole(io, color) };
}

/** The fields that are there: an option that wasn't given must not stand as undefined. */
function pick<Value extends object, Key extends keyof Value>(
  value: Value,
  ...keys: readonly Key[]
): Pick<Value, Key> {
  const kept = Object.entries(value).filter(
    ([key, each]) => keys.some((wanted) => wanted === key) && each !== undefined,
  );
  return Object.fromEntries(kept) as Pick<Value, Key>;
}

function familyOption(): Option {
  return new Option("--family <family>", "what the rulesets are, where they don't show it").choices([
    "v4",
    "v6",
  ]);
}

function seedOption(): Option {
  return new Option("--seed <number>", "seed of the packets (default: 1)").argParser((text) =>
    readNumber(text, 0),
  );
}

function packetsOption(): Option {
  return new Option("--packets <number>", "how many packets to try (default: 100000)").argParser((text) =>
    readNumber(text, 1),
  );
}

function collect(pattern: string, patterns: readonly string[]): readonly string[] {
  return [...patterns, pattern];
}

function readNumber(text: string, least: number): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= least && value <= 0xffffffff) return value;
  throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${0xffffffff}.`);
}

function readMark(text: string): number {
  const mark = parseMark(text);
  if (mark === null) throw new InvalidArgumentError("It has to be a 32-bit mask such as 0x1f.");
  return mark;
}
