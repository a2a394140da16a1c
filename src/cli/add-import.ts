/**
 * `import` on the command line.
 */
import type { Command } from "commander";
import { addMarkOptions } from "./add-mark-options.ts";
import type { ExitCode } from "./exit-codes.ts";
import { importExamples } from "./help.ts";
import type { Io } from "./io.ts";
import {
  addInputOptions,
  addRewriteOptions,
  type CommonOptions,
  collect,
  lintBudgetOption,
  makeCommand,
  toleranceOption,
} from "./options.ts";
import type { MarkOptions } from "./read-marks.ts";
import { makeSession } from "./session.ts";

/** Adds the command. */
export function addImport(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  interface Options extends CommonOptions, MarkOptions {
    readonly keepChain?: readonly string[];
    readonly rewriteChain?: readonly string[];
    readonly tables?: readonly string[];
    readonly members?: string;
    readonly overwrite?: true;
    readonly aggregate?: boolean;
    readonly compiledChains?: boolean;
    readonly lintBudget?: number;
    readonly names?: string;
    readonly hosts?: readonly string[];
    readonly services?: string;
  }
  const command = makeCommand(program, "import", "read rulesets, find groups, write the plan")
    .argument(
      "<files...>",
      "output of iptables-save or ip6tables-save, at most one of each, or a script of iptables commands; - for standard input; a folder for the files in it",
    )
    .option("-o, --output <plan>", "plan to write (default: FILE.markify.yaml)")
    .option("--json", "print the report as JSON");
  addRewriteOptions(addMarkOptions(addInputOptions(command)))
    .option("--keep-chain <pattern>", "leave these chains alone, such as 'DOCKER*' (repeatable)", collect)
    .option("--rewrite-chain <pattern>", "rewrite these, though a daemon may edit them (repeatable)", collect)
    .addOption(toleranceOption())
    .option("--aggregate", "join adjacent and nested addresses of a group in the chains that are written")
    .option("--no-aggregate", "have them as the rules have them, where a plan says otherwise")
    .option(
      "--compiled-chains",
      "take all products that a tool compiled into chains for policy rules, even where the file grows",
    )
    .option("--no-compiled-chains", "only those that pay, where a plan says otherwise")
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
