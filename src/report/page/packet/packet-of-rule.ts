/**
 * A packet to try with a rule: one that the rule's own matches fit, as words for the form. What the rule leaves open has a value, too, since a walk stops where a rule asks for
 * something that is not known; the form shows all of it.
 */
import { printHost } from "../../../model/address.ts";
import { printProtocol } from "../../../model/protocols.ts";
import { ruleOfText } from "../../../model/rule-of-text.ts";
import { printTcpFlags } from "../../../model/tcp-flags.ts";
import {
  type AddressSetMatch,
  CTSTATE,
  type Family,
  type Match,
  type PortRange,
  type PortTest,
  type TransportMatch,
} from "../../../model/types.ts";
import { answerKey } from "../../../verify/explain/conditions.ts";
import { type PacketDraft, printPacketWords } from "../../../verify/explain/packet-words.ts";
import { shellValue } from "../../../text/shell-words.ts";
import { findWay, readLine } from "./rule-way.ts";

/** Addresses for documentation (RFC 5737, RFC 3849): nobody's own. */
const SOMEBODY: Readonly<Record<Family, readonly [source: string, destination: string]>> = {
  v4: ["192.0.2.1", "198.51.100.1"],
  v6: ["2001:db8::1", "2001:db8:1::1"],
};

/** The packet of a line (from 1), for `markify explain`; null where the line is no rule that can be read. `known`: what is known of sets. */
export function packetOfLine(
  lines: readonly string[],
  line: number,
  family: Family,
  known: readonly AddressSetMatch[] = [],
): string | null {
  const matches = matchesOf(lines[line - 1] ?? "", family, known);
  const way = matches === null ? null : findWay(lines, line);
  if (matches === null || way === null) return null;
  const { table, hook, callers } = way;
  const options: PacketDraft = { hook, ...(table === "filter" ? {} : { table }) };
  for (const match of matches) takeMatch(match, options, family);
  // What leads to the rule may ask for more.
  for (const caller of callers) {
    const more: PacketDraft = {};
    for (const match of matchesOf(lines[caller - 1]!, family, known) ?? [])
      if (match.kind !== "mark" && match.kind !== "connmark") takeMatch(match, more, family);
    fillGaps(options, more);
  }
  complete(options, hook, family);
  return printPacketWords(options).map(shellValue).join(" ");
}

/** The matches of a rule; null where the text is none. */
function matchesOf(text: string, family: Family, known: readonly AddressSetMatch[]): readonly Match[] | null {
  const line = readLine(text);
  if (line === null) return null;
  const rule = ruleOfText(line.words, family) ?? ruleOfText(line.words, family, line.target);
  return rule?.matches.map((match) => known.find((set) => set.text === match.text) ?? match) ?? null;
}

/** Takes over what is not said yet; answers to matches join. */
function fillGaps(options: PacketDraft, more: PacketDraft): void {
  const match = [...(options.match ?? []), ...(more.match ?? [])];
  const own = Object.entries(options).filter(([, value]) => value !== undefined);
  Object.assign(options, more, Object.fromEntries(own), match.length === 0 ? {} : { match });
}

/** Gives the packet what a match wants. Of what is negated nothing is taken: whatever else stands there will do as a rule. */
function takeMatch(match: Match, options: PacketDraft, family: Family): void {
  const key = answerKey(match);
  if (key !== null) {
    const negated = "negated" in match && match.negated;
    options.match = [...(options.match ?? []), `${key}=${String(!negated)}`];
    return;
  }
  if ("negated" in match && match.negated) return;
  switch (match.kind) {
    case "source":
    case "destination":
      if (match.address !== null) options[match.kind] = hostIn(match.address.address, match.address.prefix);
      return;
    case "in":
    case "out":
      if (match.name !== "+") options[match.kind] = match.name.replace(/\+$/, "0");
      return;
    case "protocol":
      options.protocol = printProtocol(match.number, "");
      return;
    case "fragment":
      options.fragment = true;
      return;
    case "transport":
      options.sport = portOf(match.source) ?? options.sport;
      options.dport = portOf(match.destination) ?? options.dport;
      if (match.flags !== null) options.tcpFlags = printTcpFlags(flagsFor(match.flags));
      return;
    case "multiport":
      options[match.side === "source" ? "sport" : "dport"] = firstPort(match.ranges[0]);
      return;
    default:
      takeRest(match, options, family);
  }
}

/** The same for what is rarer. */
function takeRest(match: Match, options: PacketDraft, family: Family): void {
  switch (match.kind) {
    case "icmp":
      if (match.type !== null) options.icmpType = `${match.type}/${match.firstCode}`;
      options.protocol ??= family === "v4" ? "icmp" : "icmpv6";
      return;
    case "ctstate":
      options.state = stateIn(match.states);
      return;
    case "mark":
    case "connmark":
      options[match.kind] = `0x${match.value.toString(16)}`;
      return;
    case "addressSet":
      if (match.ranges[0] !== undefined) options[match.side] = printHost(match.ranges[0].first);
      return;
    case "mac":
      options.mac = match.address;
      return;
    case "iprange":
      for (const side of ["source", "destination"] as const)
        if (match[side]?.negated === false) options[side] = printHost(match[side].range.first);
      return;
    default:
  }
}

/** One of some states; what is not one for itself goes with a new connection. */
function stateIn(states: number): string {
  const state = STATES.find((name) => (states & CTSTATE[name]) !== 0);
  return state ?? ((states & CTSTATE.DNAT) !== 0 ? "NEW,DNAT" : "NEW,SNAT");
}

const STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"] as const;

/** The first address of a network that a host can have. */
function hostIn(address: readonly number[], prefix: number | null): string {
  const isNetwork = prefix !== null && prefix < address.length * 32 - 1;
  const last = address.length - 1;
  return printHost(isNetwork ? address.with(last, (address[last]! | 1) >>> 0) : address);
}

/** Flags that pass a test: those that are asked for, or the first usual ones that are not. */
function flagsFor({ negated, mask, set }: NonNullable<TransportMatch["flags"]>): number {
  const usual = [ACK, SYN, 0];
  return negated ? (usual.find((flags) => (flags & mask) !== set) ?? 0) : set;
}

const [SYN, ACK] = [2, 16];

function portOf(test: PortTest | null): string | undefined {
  return test === null || test.negated ? undefined : firstPort(test.range);
}

function firstPort(range: PortRange | undefined): string | undefined {
  return range === undefined ? undefined : String(range.first);
}

/** Gives everything else a value. */
function complete(options: PacketDraft, hook: string, family: Family): void {
  const [source, destination] = SOMEBODY[family];
  options.source ??= source;
  options.destination ??= destination;
  if (hook !== "OUTPUT" && hook !== "POSTROUTING") options.in ??= "eth0";
  if (hook !== "INPUT" && hook !== "PREROUTING") options.out ??= "eth1";
  options.protocol ??= "tcp";
  if (options.protocol.includes("icmp")) options.icmpType ??= family === "v4" ? "8/0" : "128/0";
  if (options.fragment === true || !["tcp", "udp", "sctp", "dccp", "udplite"].includes(options.protocol))
    return;
  options.sport ??= "49152";
  options.dport ??= "443";
}
