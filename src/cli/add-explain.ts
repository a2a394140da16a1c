/**
 * `explain` and `replay` on the command line: one packet, whose options have the names that iptables has for them, and traffic that was seen.
 */
import { type Command, Option } from "commander";
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

/** Flags and what they mean, in the order in which the help shows them. */
const PACKET_OPTIONS: readonly (readonly [flags: string, text: string])[] = [
  ["-i, --in <name>", "interface that the packet comes in by"],
  ["-o, --out <name>", "interface that it leaves by"],
  ["-s, --source <address>", "its source"],
  ["-d, --destination <address>", "its destination"],
  ["-p, --protocol <protocol>", "tcp, udp, icmp, icmpv6, … or a number"],
  ["--sport <port>", "source port"],
  ["--dport <port>", "destination port"],
  ["--icmp-type <type[/code]>", "icmp type, or icmpv6 type"],
  ["--tcp-flags <flags>", "TCP flags that are set (default: SYN for NEW, else ACK)"],
  ["--state <state>", "connection state (default: NEW)"],
  ["--mark <mark>", "mark that it comes with (default: 0x0)"],
  ["--connmark <mark>", "connection mark (default: 0x0)"],
  ["--mac <address>", "hardware address of its sender"],
  ["--fragment", "a fragment that is not the first"],
  ["--hook <hook>", "where it is (default: INPUT with --in, OUTPUT with --out, FORWARD with both)"],
  ["--table <table>", "table to walk, or all of the hook's (default: filter)"],
];

/** Adds `explain`. What of the packet is not given is not known: a rule that asks for it ends the walk, and the answer says so. */
export function addExplain(program: Command, io: Io, finish: (exitCode: ExitCode) => void): void {
  const command = makeCommand(program, "explain", "walk one packet through a ruleset, rule by rule");
  command.argument("<file>", "a ruleset; - for standard input");
  for (const [flags, text] of PACKET_OPTIONS) command.option(flags, text);
  command
    .addOption(backendOption())
    .option("--match <text=true>", MATCH_HELP, collect)
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

const MATCH_HELP =
  "what a match that is not modelled answers, such as '-m set --match-set bad src=false', as the file or iptables-save writes it (repeatable)";

function backendOption(): Option {
  return new Option("--backend <backend>", "whose way with fragments (default: legacy)").choices([
    "legacy",
    "nft",
  ]);
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
