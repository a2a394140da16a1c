/**
 * The options that say what a packet is, as words of a command line: one table for the command, its help and the form in the report's page, which takes the
 * same words and runs without the command's own parser. `test/verify/packet-words.test.ts` holds both readers to the same answers.
 */
import { findNearest } from "../../model/nearest.ts";
import type { ExplainFault, ExplainOptions } from "./types.ts";

/** One of them. */
export interface PacketOption {
  readonly key: keyof ExplainOptions;
  /** Where it has one. */
  readonly short?: string;
  readonly long: string;
  /** What stands in the place of its value; missing where it takes none. */
  readonly value?: string;
  /** For the help. */
  readonly text: string;
}

/** In the order in which the help shows them. */
export const PACKET_OPTIONS: readonly PacketOption[] = [
  { key: "in", short: "-i", long: "--in", value: "name", text: "interface that the packet comes in by" },
  { key: "out", short: "-o", long: "--out", value: "name", text: "interface that it leaves by" },
  { key: "source", short: "-s", long: "--source", value: "address", text: "its source" },
  { key: "destination", short: "-d", long: "--destination", value: "address", text: "its destination" },
  {
    key: "protocol",
    short: "-p",
    long: "--protocol",
    value: "protocol",
    text: "tcp, udp, icmp, icmpv6, … or a number",
  },
  { key: "sport", long: "--sport", value: "port", text: "source port" },
  { key: "dport", long: "--dport", value: "port", text: "destination port" },
  { key: "icmpType", long: "--icmp-type", value: "type[/code]", text: "icmp type, or icmpv6 type" },
  {
    key: "tcpFlags",
    long: "--tcp-flags",
    value: "flags",
    text: "TCP flags that are set (default: SYN for NEW, else ACK)",
  },
  { key: "state", long: "--state", value: "state", text: "connection state (default: NEW)" },
  { key: "mark", long: "--mark", value: "mark", text: "mark that it comes with (default: 0x0)" },
  { key: "connmark", long: "--connmark", value: "mark", text: "connection mark (default: 0x0)" },
  { key: "mac", long: "--mac", value: "address", text: "hardware address of its sender" },
  { key: "fragment", long: "--fragment", text: "a fragment that is not the first" },
  {
    key: "hook",
    long: "--hook",
    value: "hook",
    text: "where it is (default: INPUT with --in, OUTPUT with --out, FORWARD with both)",
  },
  {
    key: "table",
    long: "--table",
    value: "table",
    text: "table to walk, or all of the hook's (default: filter)",
  },
];

/** Has choices, and is told apart by them. */
export const BACKEND_OPTION: PacketOption = {
  key: "backend",
  long: "--backend",
  value: "backend",
  text: "whose way with fragments (default: legacy)",
};

/** What it can be. */
export const BACKENDS: readonly string[] = ["legacy", "nft"];

/** Can be given several times. */
export const MATCH_OPTION: PacketOption = {
  key: "match",
  long: "--match",
  value: "text=true",
  text: "what a match that is not modelled answers, such as '-m set --match-set bad src=false', as the file or iptables-save writes it (repeatable)",
};

const ALL: readonly PacketOption[] = [...PACKET_OPTIONS, BACKEND_OPTION, MATCH_OPTION];

/** Packets by their words; with a fault, they are good for nothing. */
export interface ReadWords {
  readonly options: ExplainOptions;
  readonly faults: readonly ExplainFault[];
  /** Words that the faults are about. */
  readonly rest: readonly string[];
}

/** Reads words as the command does: the last of several values holds, but for `--match`, which are all taken. */
export function readPacketWords(words: readonly string[]): ReadWords {
  const faults: ExplainFault[] = [];
  const rest: string[] = [];
  const refuse = (fault: ExplainFault, ...about: readonly string[]): void => {
    faults.push(fault);
    rest.push(...about);
  };
  const options: Record<string, string | boolean | readonly string[]> = {};
  const matches: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const found = findOption(words[at]!);
    if (typeof found === "string") {
      refuse(faultOf(found), found);
      continue;
    }
    const { option, joined } = found;
    if (option.value === undefined) {
      options[option.key] = true;
      continue;
    }
    const value = joined ?? words[++at];
    const { long, key } = option;
    if (value === undefined)
      refuse({ message: `${long}: its value is missing`, next: `${long} ${option.value}` }, long);
    else if (key === "match") matches.push(value);
    else if (key === "backend" && !BACKENDS.includes(value))
      refuse({ message: `--backend ${value}: there is none`, next: BACKENDS.join(" or ") }, long, value);
    else options[key] = value;
  }
  return { options: matches.length === 0 ? options : { ...options, match: matches }, faults, rest };
}

/** An option, with the value that stands in the same word (`--dport=22`, `-ieth0`); the word itself where it is none. */
function findOption(
  word: string,
): { readonly option: PacketOption; readonly joined: string | undefined } | string {
  const exact = ALL.find(({ short, long }) => word === long || word === short);
  if (exact !== undefined) return { option: exact, joined: undefined };
  const equals = word.indexOf("=");
  if (word.startsWith("--")) {
    const option = ALL.find(({ long }) => equals !== -1 && word.slice(0, equals) === long);
    return option?.value === undefined ? word : { option, joined: word.slice(equals + 1) };
  }
  const option = ALL.find(({ short }) => short !== undefined && word.startsWith(short));
  return option === undefined ? word : { option, joined: word.slice(2) };
}

function faultOf(word: string): ExplainFault {
  const nearest = findNearest(
    word,
    ALL.map(({ long }) => long),
  );
  return {
    message: `${word}: that is no option of a packet`,
    next: nearest === null ? "" : `did you mean ${nearest}?`,
  };
}

/** Options that are being put together. */
export type PacketDraft = { -readonly [Key in keyof ExplainOptions]: ExplainOptions[Key] | undefined };

/** The words of a packet, in the order of the help. */
export function printPacketWords(options: Readonly<PacketDraft>): readonly string[] {
  return ALL.flatMap(({ key, short, long, value }) => {
    const given = options[key];
    if (given === undefined || given === false) return [];
    if (value === undefined) return [long];
    const values = typeof given === "string" ? [given] : given === true ? [] : given;
    return values.flatMap((each) => [short ?? long, each]);
  });
}
