/**
 * Matches of connection state, marks, hardware addresses, ranges of addresses, reverse paths, and comments.
 *
 * Source: iptables 1.8.9, `extensions/libxt_conntrack.c`, `libxt_mark.c`, `libxt_connmark.c`, `libxt_mac.c`, `libxt_iprange.c`, `libxt_comment.c`,
 * and the kernel's `net/ipv4/netfilter/ipt_rpfilter.c`.
 */
import { isInvertedRange, parseAddressRange, printHost } from "./address.ts";
import {
  type MatchBuilder,
  type MatchContext,
  opaqueMatch,
  pureMatch,
  requiredOption,
  singleOption,
} from "./match-context.ts";
import { parseValueMask, printValueMask } from "./numbers.ts";
import { quoteString, quoteWord } from "./quote.ts";
import { reportAddress } from "./report-address.ts";
import type { OptionUse } from "./rule-parts.ts";
import { type AddressRange, CTSTATE, type IprangeMatch, type Match } from "./types.ts";

/** In the order in which iptables-save prints them. */
const STATES = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT"] as const;

/** Any start of a name will do, in any case (`state_parse_state`); no two begin with the same letter. */
function findState(text: string): (typeof STATES)[number] | undefined {
  return text === "" ? undefined : STATES.find((name) => name.startsWith(text.toUpperCase()));
}

function buildStates(module: "state" | "conntrack", option: OptionUse, context: MatchContext): Match | null {
  const word = option.values[0]!;
  let states = 0;
  for (const name of word.text.split(",")) {
    const state = findState(name);
    if (state === undefined || (module === "state" && state.endsWith("NAT"))) {
      context.report("UNKNOWN_STATE", word, { value: name });
      return null;
    }
    states |= CTSTATE[state];
  }
  const names = STATES.filter((name) => (states & CTSTATE[name]) !== 0).join(",");
  const bang = option.negated ? "! " : "";
  const text = `-m ${module} ${bang}--${option.row.name} ${names}`;
  return { kind: "ctstate", negated: option.negated, states, text };
}

/** `-m state`. */
export const buildState: MatchBuilder = (use, context) => {
  const option = requiredOption(use, "state", context);
  return option === null ? null : buildStates("state", option, context);
};

/** `-m conntrack`: typed where it asks for --ctstate alone; a remaining lifetime changes from packet to packet. */
export const buildConntrack: MatchBuilder = (use, context) => {
  const [first, second] = use.options;
  if (first === undefined) {
    context.report("NEEDS_OPTION", use.word, { module: "-m conntrack", expected: "an option" });
    return null;
  }
  const state = singleOption(use, "ctstate", context);
  if (state === null) return null;
  if (state !== undefined) {
    const match = buildStates("conntrack", state, context);
    if (match === null || second === undefined) return match;
  }
  if (use.options.some(({ row }) => row.name === "ctexpire")) return opaqueMatch(use, true, context);
  return pureMatch(use, context);
};

/** `-m mark` and `-m connmark`. */
export const buildMark: MatchBuilder = (use, context) => {
  const option = requiredOption(use, "mark", context);
  if (option === null) return null;
  const word = option.values[0]!;
  const mark = parseValueMask(word.text);
  if (mark === null) {
    context.report("BAD_NUMBER", word, {
      value: word.text,
      what: "mark",
      expected: "VALUE or VALUE/MASK of 32 bits",
    });
    return null;
  }
  const kind = use.name === "mark" ? "mark" : "connmark";
  const text = `-m ${kind} ${option.negated ? "! " : ""}--mark ${printValueMask(mark)}`;
  return { kind, negated: option.negated, ...mark, text };
};

const MAC = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i;

/** `-m mac`. */
export const buildMac: MatchBuilder = (use, context) => {
  const option = requiredOption(use, "mac-source", context);
  if (option === null) return null;
  const word = option.values[0]!;
  const valid = MAC.test(word.text);
  if (!valid) context.report("UNREADABLE_MAC", word, { value: word.text });
  const address = valid ? normalMac(word.text) : word.text;
  const text = `-m mac ${option.negated ? "! " : ""}--mac-source ${valid ? address : quoteWord(word)}`;
  return { kind: "mac", negated: option.negated, address, text };
};

function normalMac(text: string): string {
  const bytes = text.toLowerCase().split(":");
  return bytes.map((byte) => byte.padStart(2, "0")).join(":");
}

/** `-m iprange`. */
export const buildIprange: MatchBuilder = (use, context) => {
  const source = readRange(singleOption(use, "src-range", context), context);
  const destination = readRange(singleOption(use, "dst-range", context), context);
  if (source === null || destination === null) return null;
  if (source === "name" || destination === "name") return opaqueMatch(use, false, context);
  if (source === undefined && destination === undefined) {
    context.report("NEEDS_OPTION", use.word, {
      module: "-m iprange",
      expected: "--src-range or --dst-range",
    });
    return null;
  }
  const text = `-m iprange${rangeText("--src-range", source)}${rangeText("--dst-range", destination)}`;
  return { kind: "iprange", source: source ?? null, destination: destination ?? null, text };
};

type RangeTest = NonNullable<IprangeMatch["source"]>;

function readRange(
  option: OptionUse | undefined | null,
  context: MatchContext,
): RangeTest | "name" | undefined | null {
  if (option === undefined || option === null) return option;
  const word = option.values[0]!;
  const range = parseAddressRange(word.text, context.family);
  if (typeof range === "string") return reportAddress(range, word, word.text, context) ? "name" : null;
  if (isInvertedRange(range)) context.report("INVERTED_RANGE", word, { value: word.text });
  return { negated: option.negated, range };
}

function rangeText(option: string, test: RangeTest | undefined): string {
  if (test === undefined) return "";
  const { first, last }: AddressRange = test.range;
  return `${test.negated ? " !" : ""} ${option} ${printHost(first)}-${printHost(last)}`;
}

/** `-m comment`. */
export const buildComment: MatchBuilder = (use, context) => {
  const option = requiredOption(use, "comment", context);
  if (option === null) return null;
  const comment = option.values[0]!.text;
  return { kind: "comment", comment, text: `-m comment --comment ${quoteString(comment)}` };
};

/** `-m rpfilter`: with --validmark it looks up the route by the packet's mark, so it must not be evaluated under another one. */
export const buildRpfilter: MatchBuilder = (use, context) => {
  // The route is looked up with the packet's mark: what it reads isn't followed.
  if (use.options.some(({ row }) => row.name === "validmark")) return opaqueMatch(use, false, context);
  return pureMatch(use, context);
};
