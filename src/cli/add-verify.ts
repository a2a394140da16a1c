/**
 * `verify` and `diff` on the command line: the same checkers, with an answer or with everything that differs.
 */
import type { Command } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import { diffExamples, verifyExamples } from "./help.ts";
import type { Io } from "./io.ts";
import { oneBackend } from "./kernel-step.ts";
import {
  assertOption,
  addInputOptions,
  backendOption,
  budgetOption,
  type CommonOptions,
  countersOption,
  type KernelCommandOptions,
  kernelPacketsOption,
  makeCommand,
  mostOption,
  ownBitsOption,
  packetsOption,
  seedOption,
} from "./options.ts";
import { makeSession } from "./session.ts";

/** Options that both have, as commander gives them. */
interface CheckFlags extends CommonOptions, Pick<KernelCommandOptions, "backend"> {
  readonly ownBits?: number;
  readonly anyMark?: true;
  readonly budget?: number;
  readonly counters?: true;
}

function makeCheck(program: Command, name: string, summary: string): Command {
  const command = makeCommand(program, name, summary)
    .argument("<old>", "a ruleset or a script of iptables commands; - for standard input")
    .argument("<new>", "the ruleset to compare it with")
    .option("--json", "print the result as JSON");
  return addInputOptions(command)
    .addOption(budgetOption())
    .addOption(backendOption())
    .addOption(countersOption())
    .addOption(ownBitsOption())
    .option("--any-mark", "packets may come in with any own bits");
}

/** Adds `verify`. */
export function addVerify(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  interface Flags extends CheckFlags, KernelCommandOptions {
    readonly crossCheck?: true;
    readonly cover?: true;
    readonly assert?: string;
  }
  makeCheck(program, "verify", "are two rulesets equal?")
    .addOption(packetsOption(0))
    .addOption(seedOption())
    .addOption(assertOption())
    .option("--cross-check", "run every sampled packet through the proof too, and stop where they disagree")
    .option("--cover", "draw packets from the proof for every rule that the samples missed (slow)")
    .option("--kernel", "also send packets through the real iptables, in namespaces of its own (root, Linux)")
    .addOption(kernelPacketsOption())
    .addHelpText("after", verifyExamples)
    .action(async (old: string, now: string, flags: Flags) => {
      const { json, color, anyMark, counters, crossCheck, cover, ...rest } = flags;
      const checking = {
        anyMark: anyMark === true,
        counters: counters === true,
        crossCheck: crossCheck === true,
        cover: cover === true,
      };
      const { runVerify } = await import("./commands/verify.ts");
      finish(
        await runVerify(makeSession(io, color), [old, now], { ...rest, ...checking, json: json === true }),
      );
    });
}

/** Adds `diff`. */
export function addDiff(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  interface Flags extends CheckFlags {
    readonly most?: number;
  }
  makeCheck(program, "diff", "show which packets two rulesets treat differently")
    .addOption(mostOption())
    .addHelpText("after", diffExamples)
    .action(async (old: string, now: string, flags: Flags) => {
      const { json, color, anyMark, counters, most, ...rest } = flags;
      const checking = { anyMark: anyMark === true, counters: counters === true, backend: oneBackend(flags) };
      const regions = most === undefined ? {} : { regions: most };
      const options = { ...rest, ...checking, ...regions, json: json === true };
      const { runDiff } = await import("./commands/diff.ts");
      finish(await runDiff(makeSession(io, color), [old, now], options));
    });
}
