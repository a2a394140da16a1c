/**
 * `explain` and `replay` on the command line: one packet, whose options have the names that iptables has for them, and traffic that was seen.
 */
import { type Command, Option } from "commander";
import {
  BACKEND_OPTION,
  BACKENDS,
  MATCH_OPTION,
  PACKET_OPTIONS,
  type PacketOption,
} from "../verify/explain/packet-words.ts";
import type { ExplainOptions } from "../verify/explain/types.ts";
import type { ExitCode } from "./exit-codes.ts";
import { explainExamples, replayExamples } from "./help.ts";
import type { Io } from "./io.ts";
import { addInputOptions, type CommonOptions, collect, makeCommand } from "./options.ts";
import type { TrafficFlags } from "./replay-traffic.ts";
import { makeSession } from "./session.ts";

/** Options of `explain`, as commander gives them. */
interface ExplainFlags extends CommonOptions, ExplainOptions {
  readonly all?: true;
}

/** Adds `explain`. What of the packet is not given is not known: a rule that asks for it ends the walk, and the answer says so. */
export function addExplain(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  const command = makeCommand(program, "explain", "walk one packet through a ruleset, rule by rule");
  command.argument("<file>", "a ruleset; - for standard input");
  for (const option of PACKET_OPTIONS) command.option(flagsOf(option), option.text);
  command
    .addOption(new Option(flagsOf(BACKEND_OPTION), BACKEND_OPTION.text).choices(BACKENDS))
    .option(flagsOf(MATCH_OPTION), MATCH_OPTION.text, collect)
    .option("--all", "show every rule, also of long runs that do not match")
    .option("--json", "print the walk as JSON");
  addInputOptions(command)
    .addHelpText("after", explainExamples)
    .action(async (file: string, { json, all, color, ...options }: ExplainFlags) => {
      const flags = { json: json === true, all: all === true };
      const { runExplain } = await import("./commands/explain.ts");
      finish(await runExplain(makeSession(io, color), file, { ...options, ...flags }));
    });
}

function flagsOf({ short, long, value }: PacketOption): string {
  const names = short === undefined ? long : `${short}, ${long}`;
  return value === undefined ? names : `${names} <${value}>`;
}

/** Adds `replay`. */
export function addReplay(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  const command = makeCommand(program, "replay", "how does traffic that was seen fare under two rulesets?");
  command
    .argument("<old>", "a ruleset or a script of iptables commands; - for standard input")
    .argument("<new>", "the ruleset to compare it with")
    .option(
      "--packets-from <file>",
      "a capture (pcap or pcapng), or output of conntrack -L, perhaps with gzip; - for standard input (repeatable)",
      collect,
    )
    .option("--live", "the connections that this host has now (root)")
    .option("--routes <file>", "output of ip route show table all on the host of the rulesets")
    .option("--this-host", "the rulesets are for this host: ask it for its routes and interfaces")
    .option("--interface <name>", "the interface of a capture that does not name its own")
    .addOption(
      new Option("--backend <name>", "whose way with broken packets (default: both)").choices([
        "legacy",
        "nft",
      ]),
    )
    .option("--json", "print the result as JSON");
  addInputOptions(command)
    .addHelpText("after", replayExamples)
    .action(async (old: string, now: string, flags: CommonOptions & TrafficFlags) => {
      const { runReplay } = await import("./commands/replay.ts");
      const { color, json, ...rest } = flags;
      finish(await runReplay(makeSession(io, color), [old, now], { ...rest, json: json === true }));
    });
}
