/**
 * What an option of iptables looks like: names, number of values, negation. The rows of the match modules are in
 * `match-table.ts`, those of the targets in `target-table.ts`.
 */
import type { Family } from "./types.ts";

/** One option. */
export interface OptionRow {
  /** The long name that iptables-save prints, without dashes. */
  readonly name: string;
  /** Words after it. */
  readonly values: number;
  /** One more may follow, unless it looks like an option. */
  readonly optional: boolean;
  readonly negatable: boolean;
}

/** The options of a module or target under all their long names. */
export type OptionTable = ReadonlyMap<string, OptionRow>;

/**
 * How far a match module is modelled. `typed`: what it means is known. `pure`: a match of that kind, one answer for one packet. The others are opaque
 * matches: `header` reads behind the IP header, and a short one drops the packet or has an answer that depends on the backend; `stateful` counts,
 * keeps state, or asks something that changes between two packets.
 */
export type MatchModel = "typed" | "pure" | "header" | "stateful";

/** Where an extension comes from: iptables 1.8; versions before it; or add-ons that are installed beside it. */
export type Origin = "iptables" | "old" | "add-on";

/** One match module. */
export interface MatchRow {
  readonly name: string;
  readonly model: MatchModel;
  readonly origin: Origin;
  readonly options: OptionTable;
  /** The only family that has it; null for both. */
  readonly family: Family | null;
}

/** One target. */
export interface TargetRow {
  readonly name: string;
  /** True where its effect on the packet is known, not only whether the walk ends. */
  readonly typed: boolean;
  readonly origin: Origin;
  readonly ends: "always" | "never" | "unknown";
  readonly options: OptionTable;
  readonly family: Family | null;
}

/** Which part of a rule a base option is. */
export type BasePart =
  | "source"
  | "destination"
  | "in"
  | "out"
  | "protocol"
  | "fragment"
  | "jump"
  | "goto"
  | "match"
  | "counters"
  | "table"
  | "family"
  | "refused";

/** An option of the rule itself. */
export interface BaseOption extends OptionRow {
  readonly part: BasePart;
}

/**
 * Reads rows from a compact text: `!sport/source-port=1 syn` is the negatable option --sport with one value, also named --source-port,
 * and the flag --syn; `rateest-bps=?` is a flag that a value may follow.
 */
export function optionTable(text: string): OptionTable {
  const table = new Map<string, OptionRow>();
  for (const item of text.split(/\s+/u)) {
    const [, negation, names, values] = /^(!?)([a-z0-9/-]+)(?:=([12?]))?$/u.exec(item) ?? [];
    if (names === undefined) continue;
    const aliases = names.split("/");
    const optional = values === "?";
    const count = optional ? 0 : Number(values ?? 0);
    const row: OptionRow = { name: aliases[0]!, values: count, optional, negatable: negation === "!" };
    for (const alias of aliases) table.set(alias, row);
  }
  return table;
}

function base(
  part: BasePart,
  names: string,
  values: number,
  negatable: boolean,
): readonly [string, BaseOption][] {
  const words = names.split(" ");
  const row: BaseOption = { part, name: words[0]!, values, optional: false, negatable };
  return words.map((word) => [word, row]);
}

/**
 * Options of the rule itself, with their dashes. They win over options of modules (getopt reads them first), and long ones that
 * are refused in a rule still take part in abbreviations. Source: iptables 1.8.9, `iptables/iptables.c`, `original_opts`.
 */
export const BASE_OPTIONS: ReadonlyMap<string, BaseOption> = new Map([
  ...base("source", "-s --source --src", 1, true),
  ...base("destination", "-d --destination --dst", 1, true),
  ...base("in", "-i --in-interface", 1, true),
  ...base("out", "-o --out-interface", 1, true),
  ...base("protocol", "-p --protocol", 1, true),
  ...base("fragment", "-f --fragments", 0, true),
  ...base("jump", "-j --jump", 1, false),
  ...base("goto", "-g --goto", 1, false),
  ...base("match", "-m --match", 1, false),
  ...base("counters", "-c --set-counters", 2, false),
  ...base("table", "-t --table", 1, false),
  ...base("family", "-4 --ipv4", 0, false),
  ...base("family", "-6 --ipv6", 0, false),
  ...[
    "-w --wait",
    "-W --wait-interval",
    "-v --verbose",
    "-n --numeric",
    "-x --exact",
    "-h --help",
    "-V --version",
  ].flatMap((names) => base("refused", names, 0, false)),
  ...[
    "-A --append",
    "-C --check",
    "-D --delete",
    "-I --insert",
    "-R --replace",
    "-L --list",
    "-S --list-rules",
  ].flatMap((names) => base("refused", names, 0, false)),
  ...[
    "-F --flush",
    "-Z --zero",
    "-N --new-chain",
    "-X --delete-chain",
    "-E --rename-chain",
    "-P --policy",
  ].flatMap((names) => base("refused", names, 0, false)),
  ...["--line-numbers", "--modprobe"].flatMap((names) => base("refused", names, 0, false)),
]);
