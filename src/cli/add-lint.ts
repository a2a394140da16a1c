/**
 * `lint` on the command line.
 */
import { type Command, Option } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import { lintExamples } from "./help.ts";
import type { Io } from "./io.ts";
import { addInputOptions, budgetOption, type CommonOptions, makeCommand } from "./options.ts";
import { makeSession } from "./session.ts";

/** Options of `lint`, as commander gives them. */
interface LintFlags extends CommonOptions {
  readonly budget?: number;
  readonly sarif?: true;
}

/** Adds the command. */
export function addLint(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  const command = makeCommand(
    program,
    "lint",
    "find rules, chains and marks that do nothing, or not what they seem to",
  )
    .argument("<files...>", "rulesets or scripts of iptables commands; - for standard input")
    .option("--json", "print the findings as JSON")
    .addOption(new Option("--sarif", "print the findings as SARIF, for code review").conflicts("json"));
  addInputOptions(command)
    .addOption(
      budgetOption(
        "how long the proofs of one file may take before they are given up (default: 60; 0: no proof)",
      ),
    )
    .addHelpText("after", lintExamples)
    .action(async (files: readonly string[], { json, sarif, color, ...options }: LintFlags) => {
      const { runLint } = await import("./commands/lint.ts");
      const format = json === true ? "json" : sarif === true ? "sarif" : "terminal";
      finish(await runLint(makeSession(io, color), files, { ...options, format }));
    });
}
