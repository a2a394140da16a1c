/**
 * `replay` on the command line: two rulesets, and traffic that was seen.
 */
import { type Command, Option } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import { replayExamples } from "./help.ts";
import type { Io } from "./io.ts";
import { addInputOptions, type CommonOptions, collect, makeCommand } from "./options.ts";
import { makeSession } from "./session.ts";
import type { TrafficFlags } from "./replay-traffic.ts";

/** Adds the command. */
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
