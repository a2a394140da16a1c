/**
 * The matches of a rule from its parts, in the order in which the kernel evaluates them.
 */
import { parseAddress, printAddress } from "./address.ts";
import {
  buildComment,
  buildConntrack,
  buildIprange,
  buildMac,
  buildMark,
  buildRpfilter,
  buildState,
} from "./match-state.ts";
import { type MatchBuilder, type MatchContext, opaqueMatch, pureMatch } from "./match-context.ts";
import { buildIcmp, buildMultiport, buildTransport } from "./match-transport.ts";
import { parseProtocol, printProtocol } from "./protocols.ts";
import { quoteWord } from "./quote.ts";
import { reportAddress } from "./report-address.ts";
import type { MatchUse, OptionUse } from "./rule-parts.ts";
import type { Match, ProtocolMatch } from "./types.ts";

const BUILDERS: ReadonlyMap<string, MatchBuilder> = new Map([
  ["tcp", buildTransport],
  ["udp", buildTransport],
  ["udplite", buildTransport],
  ["sctp", buildTransport],
  ["dccp", buildTransport],
  ["multiport", buildMultiport],
  ["icmp", buildIcmp],
  ["icmp6", buildIcmp],
  ["state", buildState],
  ["conntrack", buildConntrack],
  ["mark", buildMark],
  ["connmark", buildMark],
  ["mac", buildMac],
  ["iprange", buildIprange],
  ["comment", buildComment],
  ["rpfilter", buildRpfilter],
]);

/** The match of one module; null after an error. */
export function buildModuleMatch(use: MatchUse, context: MatchContext): Match | null {
  if (use.row === null) return opaqueMatch(use, false, context);
  const builder = BUILDERS.get(use.name);
  if (builder !== undefined) return builder(use, context);
  if (use.row.model === "pure") return pureMatch(use, context);
  return opaqueMatch(use, !mayReadMark(use), context);
}

/** `-s` or `-d`; null after an error, undefined where it matches every address and so is no match. */
export function buildAddressMatch(
  kind: "source" | "destination",
  use: OptionUse,
  context: MatchContext,
): Match | null | undefined {
  const word = use.values[0]!;
  const option = `${use.negated ? "! " : ""}${kind === "source" ? "-s" : "-d"}`;
  if (word.text.includes(",")) {
    context.report("COMMA_LIST", word, { count: word.text.split(",").length });
    return null;
  }
  const address = parseAddress(word.text, context.family);
  if (typeof address === "string") {
    if (!reportAddress(address, word, word.text, context)) return null;
    return { kind, negated: use.negated, address: null, text: `${option} ${quoteWord(word)}` };
  }
  if (address.prefix === 0 && !use.negated) return undefined;
  return { kind, negated: use.negated, address, text: `${option} ${printAddress(address)}` };
}

/** A program can load the mark, and so can a set of more than one part (`hash:ip,mark`): net/netfilter/xt_bpf.c, ipset/ip_set_hash_ipmark.c. */
function mayReadMark({ name, options }: MatchUse): boolean {
  return (
    name === "bpf" || (name === "set" && options.some(({ values }) => values[1]?.text.includes(",") === true))
  );
}

const LONGEST_INTERFACE = 15;

/** `-i` or `-o`; null after an error. */
export function buildInterfaceMatch(kind: "in" | "out", use: OptionUse, context: MatchContext): Match | null {
  const word = use.values[0]!;
  const name = word.text;
  if (name === "") {
    context.report("MISSING_VALUE", use.word, { option: use.word.text, count: 1 });
    return null;
  }
  if (name.length > LONGEST_INTERFACE) {
    context.report("INTERFACE_TOO_LONG", word, { length: name.length });
    return null;
  }
  const option = `${use.negated ? "! " : ""}${kind === "in" ? "-i" : "-o"}`;
  return { kind, negated: use.negated, name, text: `${option} ${quoteWord(word)}` };
}

/** `-p`; null after an error, undefined for all protocols. */
export function buildProtocolMatch(use: OptionUse, context: MatchContext): ProtocolMatch | null | undefined {
  const word = use.values[0]!;
  const number = parseProtocol(word.text);
  if (number === null) {
    context.report("UNKNOWN_PROTOCOL", word, { value: word.text });
    return null;
  }
  if (number === 0) {
    if (!use.negated) return undefined;
    context.report("NOT_NEGATABLE", use.word, { option: `-p ${word.text}` });
    return null;
  }
  const text = `${use.negated ? "! " : ""}-p ${printProtocol(number, word.text)}`;
  return { kind: "protocol", negated: use.negated, number, text };
}

/** `-f`; null after an error. */
export function buildFragmentMatch(use: OptionUse, context: MatchContext): Match | null {
  if (context.family === "v6") {
    context.report("FOREIGN_MODULE", use.word, { module: "-f", version: 6 });
    return null;
  }
  return { kind: "fragment", negated: use.negated, text: use.negated ? "! -f" : "-f" };
}
