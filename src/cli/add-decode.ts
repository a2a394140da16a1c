/**
 * `decode` on the command line.
 */
import type { Command } from "commander";
import type { Family } from "../model/types.ts";
import type { ExitCode } from "./exit-codes.ts";
import { decodeExamples } from "./help.ts";
import type { Io } from "./io.ts";
import { type CommonOptions, collect, familyOption, makeCommand } from "./options.ts";
import { makeSession } from "./session.ts";

/** Adds the command. */
export function addDecode(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  interface Options extends CommonOptions {
    readonly plan?: string;
    readonly rules?: readonly string[];
    readonly family?: Family;
  }
  makeCommand(program, "decode", "say which groups a MARK=0x… in log lines means")
    .argument(
      "[logs...]",
      "syslog or journal lines, also gzipped; - for standard input, which is followed (default)",
    )
    .option("--plan <plan>", "plan whose groups the marks are of")
    .option(
      "--rules <file>",
      "ruleset with mark groups, instead of a plan (repeatable: one of each family)",
      collect,
    )
    .addOption(familyOption())
    .option("--json", "print one JSON document for each line that has a mark of a group, and nothing else")
    .addHelpText("after", decodeExamples)
    .action(async (logs: readonly string[], { json, color, plan, rules, family }: Options) => {
      const { runDecode } = await import("./commands/decode.ts");
      const flags = {
        ...(plan === undefined ? {} : { plan }),
        ...(rules === undefined ? {} : { rules }),
        ...(family === undefined ? {} : { family }),
      };
      finish(await runDecode(makeSession(io, color), logs, { ...flags, json: json === true }));
    });
}
