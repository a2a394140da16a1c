/**
 * What commands share on the command line: their beginning, options, and the reading of their values.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { USUAL_TABLES } from "../cluster/segments.ts";
import { parseTolerance } from "../plan/file-parse.ts";
import { LAYOUTS, ORDERS } from "../plan/layout.ts";
import { parseMark } from "../plan/own-bits.ts";
import { parseTables, TABLE_WORDS } from "../plan/search-options.ts";
import { parseStorage, STORAGE_FORMS } from "../plan/storage.ts";
import { type Backend, DEFAULT_KERNEL_PACKETS } from "../verify/kernel/types.ts";
import type { ColorChoice } from "./console.ts";
import type { InputCommandOptions } from "./read-input.ts";

/** Options that commands share, as commander gives them. */
export interface CommonOptions extends InputCommandOptions {
  readonly color: ColorChoice;
  readonly json?: true;
  readonly output?: string;
  readonly seed?: number;
  readonly packets?: number;
}

/** Begins a command: its summary in the list of commands, the same as a sentence in its help, and what all commands have. */
export function makeCommand(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}${summary.endsWith("?") ? "" : "."}`)
    .summary(summary)
    .helpOption("-h, --help", "show this help")
    .addOption(colorOption());
}

/** Options of the kernel's part; `--backend` is everybody's. */
export interface KernelCommandOptions {
  readonly kernel?: true;
  readonly backend?: Backend | "both";
  readonly kernelPackets?: number;
}

/** `--family`. */
export function familyOption(): Option {
  return new Option("--family <family>", "what the rulesets are, where they don't show it").choices([
    "v4",
    "v6",
  ]);
}

/** What commands that read any ruleset take: `--family`, `--define`, `--table-dir`, `--dump`, `--partial`, `--ipset`, `--strict`, `--keep-unparsed`. */
export function addInputOptions(command: Command): Command {
  return command
    .addOption(familyOption())
    .option(
      "--define <name=value>",
      "value of a variable that a script finds out when it runs (repeatable)",
      collect,
    )
    .option("--table-dir <folder>", "folder of the address tables that a script reads")
    .addOption(
      new Option("--dump <number>", "which of several dumps in one file, from 1").argParser((text) =>
        readNumber(text, 1),
      ),
    )
    .option("--partial", "go on with a dump that is known to be incomplete")
    .option("--ipset <file>", "output of ipset save: what is in the sets that rules name")
    .addOption(
      new Option("--strict", "refuse files with rules that can't be read (default)").conflicts(
        "keepUnparsed",
      ),
    )
    .option(
      "--keep-unparsed",
      "keep rules that can't be read as they are; what reaches them can't be proved",
    );
}

/** `--seed`. */
export function seedOption(): Option {
  return new Option("--seed <number>", "seed of the packets (default: 1)").argParser((text) =>
    readNumber(text, 0),
  );
}

/** Fewer packets than this say next to nothing: `apply` refuses them, `verify` says it. */
export const FEW_PACKETS = 1000;

/** `--packets`, at least so many; 0 is the proof alone. */
export function packetsOption(least: number): Option {
  const none = least === 0 ? "; 0: none, the proof alone" : "";
  return new Option(
    "--packets <number>",
    `how many packets to try as a second opinion (default: 100000${none})`,
  ).argParser((text) => readNumber(text, least));
}

/** `--budget`. */
export function budgetOption(
  text = "how long proof and samples may take before the proof is given up (default: 60; 0: no proof)",
): Option {
  return new Option("--budget <seconds>", text).argParser((value) => readNumber(value, 0));
}

/** `--counters`. */
export function countersOption(): Option {
  return new Option("--counters", "also compare what rules without a target count");
}

/** `--assert`. */
export function assertOption(): Option {
  return new Option(
    "--assert <file>",
    "prove the assertions in a file, too: what is never, what is always accepted",
  );
}

/** `--most`. */
export function mostOption(): Option {
  return new Option("--most <number>", "how many differences to list (default: 200)").argParser((text) =>
    readNumber(text, 1),
  );
}

/** `--color`. */
function colorOption(): Option {
  return new Option("--color <when>", "colours in text").choices(["auto", "always", "never"]).default("auto");
}

/** `--own-bits`. */
export function ownBitsOption(): Option {
  const text = "mark bits that NEW owns, such as 0x1f (default: found out)";
  return new Option("--own-bits <mask>", text).argParser(readMark);
}

/** `--backend`. */
export function backendOption(): Option {
  const text = "iptables that the rulesets are for: they treat broken packets differently (default: both)";
  return new Option("--backend <name>", text).choices(["legacy", "nft", "both"]);
}

/** `--kernel-packets`. */
export function kernelPacketsOption(): Option {
  const text = `packets that --kernel sends, for each backend (default: ${DEFAULT_KERNEL_PACKETS})`;
  return new Option("--kernel-packets <number>", text).argParser((value) => readNumber(value, 1));
}

/** Reads an option that may be given several times. */
export function collect(pattern: string, patterns: readonly string[] = []): readonly string[] {
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

/** `--lint-budget SECONDS`. */
export function lintBudgetOption(): Option {
  const text =
    "how long the report may look for what does nothing, in each input (default: 2, and not at all past 3000 rules; 0: not at all)";
  return new Option("--lint-budget <seconds>", text).argParser((value) => readNumber(value, 0));
}

/** `--layout LAYOUT`. */
export function layoutOption(): Option {
  return new Option(
    "--layout <layout>",
    "article: each policy rule for itself; shared: neighbours ask a source group that they have in common once; hoisted: addresses tested once a packet, which is faster where there are many policy rules; auto: for each chain what costs least, flat where that is faster (kept in the plan)",
  ).choices([...LAYOUTS]);
}

/** `--order ORDER`. */
export function orderOption(): Option {
  return new Option(
    "--order <order>",
    "used: of rules that may swap, those first that decide most packets, where counters (iptables-save -c) or --traffic tell; written: as they are (kept in the plan; default: used)",
  ).choices([...ORDERS]);
}

/** `--traffic FILE`. */
export function trafficOption(): Option {
  return new Option(
    "--traffic <file>",
    "what the traffic is, for estimates and the order: lines such as 120 in=eth0 src=192.0.2.1 dst=192.0.2.9 proto=tcp dport=443, or output of conntrack -L beside that of ip route show table all",
  );
}

/** `--tolerance SHARE`. */
export function toleranceOption(): Option {
  return new Option(
    "--tolerance <share>",
    "find policy rules too that lack up to this share of their combinations, such as 0.2 (0.5 at most); what they lack stays as it is",
  ).argParser((text) => {
    const share = parseTolerance(text);
    if (share === null) throw new InvalidArgumentError("It has to be a number from 0 to 0.5.");
    return share;
  });
}

/** `--tables` and `--members`: what is rewritten, and how. */
export function addRewriteOptions(command: Command): Command {
  return command.addOption(tablesOption()).addOption(membersOption());
}

/** `--tables LIST`. */
function tablesOption(): Option {
  return new Option(
    "--tables <list>",
    `tables whose rules are merged, such as filter,raw (default: ${USUAL_TABLES.join()})`,
  ).argParser((text) => {
    const tables = parseTables(text);
    if (tables === null) throw new InvalidArgumentError(`It has to be ${TABLE_WORDS}, with commas between.`);
    return tables;
  });
}

/** `--members WHERE`. */
export function membersOption(): Option {
  const text = `where chains of groups keep addresses: ${STORAGE_FORMS} (default: as the plan says, else lines)`;
  return new Option("--members <where>", text).argParser((value) => {
    const storage = parseStorage(value);
    if (storage === null) throw new InvalidArgumentError(`It has to be ${STORAGE_FORMS}.`);
    return storage;
  });
}
