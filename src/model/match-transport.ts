/**
 * Matches that read ports, flags and icmp types.
 *
 * Source: iptables 1.8.9, `extensions/libxt_tcp.c`, `libxt_udp.c`, `libxt_sctp.c`, `libxt_dccp.c`, `libxt_multiport.c`, `libipt_icmp.c`,
 * `libip6t_icmp6.c`.
 */
import type { Word } from "../syntax/tree.ts";
import { icmpNames, parseIcmpType, printIcmpType } from "./icmp.ts";
import {
  type MatchBuilder,
  type MatchContext,
  opaqueMatch,
  requiredOption,
  singleOption,
} from "./match-context.ts";
import { findNearest } from "./nearest.ts";
import { parseUint } from "./numbers.ts";
import { isEveryPort, parsePortRange, printPortRange } from "./ports.ts";
import type { MatchUse, OptionUse } from "./rule-parts.ts";
import { parseTcpFlags, printTcpFlags, SYN_TEST } from "./tcp-flags.ts";
import type { PortRange, PortTest, TransportMatch } from "./types.ts";

/** `service`: a name without a known number; null: an error was reported. */
type PortsResult<T> = T | "service" | null;

/** Reads one word of ports and reports what is wrong or odd with it. */
function readPorts(word: Word, text: string, context: MatchContext): PortsResult<PortRange> {
  const range = parsePortRange(text);
  if (range === "bad") {
    context.report("BAD_PORT", word, { value: text });
    return null;
  }
  if (range === "service") context.report("UNKNOWN_SERVICE", word, { value: text });
  else if (range.first > range.last) context.report("INVERTED_RANGE", word, { value: text });
  return range;
}

function readPortTest(
  option: OptionUse | undefined | null,
  context: MatchContext,
): PortsResult<PortTest | undefined> {
  if (option === undefined || option === null) return option;
  const word = option.values[0]!;
  const range = readPorts(word, word.text, context);
  return range === null || range === "service" ? range : { negated: option.negated, range };
}

/** tcp, udp, udplite, sctp and dccp. */
export const buildTransport: MatchBuilder = (use, context) => {
  const { name: module } = use;
  if (!isTransport(module)) return null;
  const source = readPortTest(singleOption(use, "sport", context), context);
  const destination = readPortTest(singleOption(use, "dport", context), context);
  const flags = readFlags(use, context);
  const option = readTcpOption(use, context);
  if (source === null || destination === null || flags === null || option === null) return null;
  if (source === "service" || destination === "service") return opaqueMatch(use, false, context);
  // Chunk and packet types are read behind the header that the others read.
  if (use.options.some(({ row }) => /^(chunk-types|dccp-)/u.test(row.name)))
    return opaqueMatch(use, true, context);
  const parts = {
    source: source ?? null,
    destination: destination ?? null,
    flags: flags ?? null,
    option: option ?? null,
  };
  return { kind: "transport", module, ...parts, text: transportText(module, parts) };
};

function isTransport(name: string): name is TransportMatch["module"] {
  return name === "tcp" || name === "udp" || name === "udplite" || name === "sctp" || name === "dccp";
}

function readFlags(use: MatchUse, context: MatchContext): TransportMatch["flags"] | undefined {
  const syn = singleOption(use, "syn", context);
  const flags = singleOption(use, "tcp-flags", context);
  if (syn === null || flags === null) return null;
  if (syn !== undefined) {
    if (flags !== undefined) {
      context.report("OPTION_TWICE", flags.word, { option: "--tcp-flags" });
      return null;
    }
    return { negated: syn.negated, ...SYN_TEST };
  }
  if (flags === undefined) return undefined;
  const [mask, set] = flags.values.map((word) => {
    const bits = parseTcpFlags(word.text);
    if (typeof bits === "string") context.report("UNKNOWN_FLAG", word, { value: bits });
    return bits;
  });
  return typeof mask === "number" && typeof set === "number" ? { negated: flags.negated, mask, set } : null;
}

function readTcpOption(use: MatchUse, context: MatchContext): TransportMatch["option"] | undefined {
  const option = singleOption(use, "tcp-option", context);
  if (option === undefined || option === null) return option;
  const word = option.values[0]!;
  const number = parseUint(word.text, 255);
  if (number !== null && number > 0) return { negated: option.negated, number };
  context.report("BAD_NUMBER", word, {
    value: word.text,
    what: "TCP option",
    expected: "a number from 1 to 255",
  });
  return null;
}

function transportText(
  module: string,
  parts: Pick<TransportMatch, "source" | "destination" | "flags" | "option">,
): string {
  const { source, destination, flags, option } = parts;
  let text = `-m ${module}${portText("--sport", source)}${portText("--dport", destination)}`;
  if (option !== null) text += `${bang(option)} --tcp-option ${option.number}`;
  // No flag asked for is always true, and iptables-save leaves it out.
  if (flags !== null && (flags.negated || flags.mask !== 0 || flags.set !== 0)) {
    text += `${bang(flags)} --tcp-flags ${printTcpFlags(flags.mask)} ${printTcpFlags(flags.set)}`;
  }
  return text;
}

function portText(option: string, test: PortTest | null): string {
  // iptables-save leaves out a test that every port passes.
  if (test === null || (isEveryPort(test.range) && !test.negated)) return "";
  return `${bang(test)} ${option} ${printPortRange(test.range)}`;
}

function bang(test: { readonly negated: boolean }): string {
  return test.negated ? " !" : "";
}

const MULTIPORT_SIDES = { sports: "source", dports: "destination", ports: "either" } as const;
const MULTIPORT_SLOTS = 15;

/** multiport: one of its three options. */
export const buildMultiport: MatchBuilder = (use, context) => {
  const [option, second] = use.options;
  if (option === undefined) {
    context.report("NEEDS_OPTION", use.word, {
      module: "-m multiport",
      expected: "--sports, --dports or --ports",
    });
    return null;
  }
  if (second !== undefined) {
    context.report("OPTION_TWICE", second.word, { option: second.word.text });
    return null;
  }
  const word = option.values[0]!;
  const ranges: PortRange[] = [];
  let service = false;
  for (const text of word.text.split(",")) {
    const range = readPorts(word, text, context);
    if (range === null) return null;
    if (range === "service") service = true;
    else ranges.push(range);
  }
  if (service) return opaqueMatch(use, false, context);
  const slots = ranges.reduce((sum, range) => sum + (range.first === range.last ? 1 : 2), 0);
  if (slots > MULTIPORT_SLOTS) {
    context.report("TOO_MANY_PORTS", word);
    return null;
  }
  const name = option.row.name;
  const side = name === "sports" || name === "dports" ? MULTIPORT_SIDES[name] : MULTIPORT_SIDES.ports;
  const text = `-m multiport${bang(option)} --${name} ${ranges.map(printPortRange).join(",")}`;
  return { kind: "multiport", side, negated: option.negated, ranges, text };
};

/** icmp and icmp6. */
export const buildIcmp: MatchBuilder = (use, context) => {
  const name = context.family === "v4" ? "icmp-type" : "icmpv6-type";
  const option = requiredOption(use, name, context);
  if (option === null) return null;
  const word = option.values[0]!;
  const kind = parseIcmpType(word.text, context.family);
  if (kind === null) {
    const nearest = findNearest(word.text, icmpNames(context.family)) ?? "";
    context.report("UNKNOWN_ICMP_TYPE", word, {
      value: word.text,
      version: context.family === "v4" ? "" : "v6",
      nearest,
    });
    return null;
  }
  const text = `-m ${use.name}${bang(option)} --${name} ${printIcmpType(kind)}`;
  return { kind: "icmp", negated: option.negated, ...kind, text };
};
