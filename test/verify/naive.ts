/**
 * A second interpreter of rulesets, written from the kernel's rules for reading and not for speed: plain objects, one function a fact. It shares
 * nothing with `src/verify`, so that a mistake would have to be made twice.
 */
import type { AddressMask, Chain, Match, PortRange, PortTest, Rule, Table } from "../../src/model/types.ts";

export interface NaivePacket {
  readonly in: string;
  readonly out: string;
  /** Words as in the model. */
  readonly source: readonly number[];
  readonly destination: readonly number[];
  readonly protocol: number;
  readonly sport: number;
  readonly dport: number;
  readonly flags: number;
  /** Numbers of the tcp options in the header. */
  readonly options: readonly number[];
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly states: readonly string[];
  readonly mark: number;
  readonly connmark: number;
  readonly mac: string | null;
  readonly fragmentOffset: number;
  /** How much of the transport header arrived; Infinity: all of it, and its options. */
  readonly headerLength: number;
  readonly brokenExtensions: boolean;
  readonly backend: "legacy" | "nft";
  /** What matches and targets that are not modelled answer, save those named in `exceptions` by text. */
  readonly answers: boolean;
  readonly exceptions: readonly string[];
}

export interface NaiveOutcome {
  readonly verdict: string;
  readonly mark: number;
  readonly connmark: number;
  /** `text` or `text @mark`, in order. */
  readonly effects: readonly string[];
}

/** Mutable state of one walk. */
interface Walk {
  readonly table: Table;
  readonly names: OccurrenceNames;
  readonly packet: NaivePacket;
  states: readonly string[];
  mark: number;
  connmark: number;
  readonly effects: string[];
}

/** Thrown by nobody but `matches`, caught by nobody but `interpret`: a match dropped the packet. */
class Hotdrop extends Error {}

/** Either a final verdict, or "return" to the calling rule. */
type Result = { readonly verdict: string } | "return";

/** Which bucket, list or counter a match of a rule asks: its text, and the number among its equals. */
type OccurrenceNames = (rule: Rule, place: number) => string;

/** Equal texts are numbered in file order. */
function namesOf(table: Table): OccurrenceNames {
  const seen = new Map<string, number>();
  const names = new Map<string, string>();
  const key = (rule: Rule, place: number): string => `${rule.line} ${rule.chain} ${place}`;
  for (const rule of table.chains.flatMap(({ rules }) => rules)) {
    rule.matches.forEach(({ kind, text }, place) => {
      if (kind !== "opaque") return;
      const number = (seen.get(text) ?? 0) + 1;
      seen.set(text, number);
      names.set(key(rule, place), number === 1 ? text : `${text} #${number}`);
    });
  }
  return (rule, place) => names.get(key(rule, place))!;
}

/** Walks a packet from a base chain. `names` is given where the occurrences of two tables have been paired. */
export function interpret(
  table: Table,
  hook: string,
  packet: NaivePacket,
  names = namesOf(table),
): NaiveOutcome {
  const walk: Walk = {
    table,
    names,
    packet,
    states: packet.states,
    mark: packet.mark,
    connmark: packet.connmark,
    effects: [],
  };
  const base = chainOf(table, hook);
  let verdict: string;
  try {
    const result = runChain(walk, base);
    verdict = result === "return" ? base.policy! : result.verdict;
  } catch (error) {
    if (!(error instanceof Hotdrop)) throw error;
    verdict = "DROP";
  }
  return { verdict, mark: walk.mark, connmark: walk.connmark, effects: walk.effects };
}

function chainOf(table: Table, name: string): Chain {
  const chain = table.chains.find((candidate) => candidate.name === name);
  if (chain === undefined) throw new Error(`no chain ${name}`);
  return chain;
}

/** Runs a chain to its end. A goto is "run that chain instead of the rest of this one". */
function runChain(walk: Walk, chain: Chain): Result {
  for (const rule of chain.rules) {
    if (!rule.matches.every((match, place) => isTrue(walk, match, rule, place))) continue;
    const result = runTarget(walk, rule);
    if (result !== "next") return result;
  }
  return "return";
}

function runTarget(walk: Walk, rule: Rule): Result | "next" {
  const { target } = rule;
  switch (target.kind) {
    case "none":
      return "next";
    case "verdict":
      return target.verdict === "RETURN" ? "return" : { verdict: target.verdict };
    case "jump": {
      const result = runChain(walk, chainOf(walk.table, target.chain));
      return result === "return" ? "next" : result;
    }
    case "goto":
      return runChain(walk, chainOf(walk.table, target.chain));
    case "mark":
      walk.mark = unsigned(withBits(walk.mark, target.clear, target.flip));
      return "next";
    case "unparsed":
      throw new Error(`line ${rule.line} can't be read`);
    case "connmark":
      runConnmark(walk, target.operation);
      return "next";
    case "extension": {
      const text = target.text.slice("-j ".length);
      if (target.ends === "always") return { verdict: text };
      walk.effects.push(`${text} @${walk.mark}`);
      if (target.name === "NOTRACK" || target.name === "CT") track(walk, target.text);
      return target.ends === "unknown" && answer(walk.packet, text) ? { verdict: text } : "next";
    }
  }
}

function runConnmark(
  walk: Walk,
  operation: Extract<Rule["target"], { kind: "connmark" }>["operation"],
): void {
  if (!hasConnection(walk)) return;
  switch (operation.kind) {
    case "set":
      walk.connmark = unsigned(withBits(walk.connmark, operation.clear, operation.flip));
      return;
    case "save":
      walk.connmark = unsigned(
        withBits(walk.connmark, operation.ctmask, bits(walk.mark) & bits(operation.nfmask)),
      );
      return;
    case "restore":
      walk.mark = unsigned(
        withBits(walk.mark, operation.nfmask, bits(walk.connmark) & bits(operation.ctmask)),
      );
  }
}

function track(walk: Walk, text: string): void {
  if (!walk.states.includes("INVALID")) return;
  walk.states = text.startsWith("-j NOTRACK") || text.includes("--notrack") ? ["UNTRACKED"] : ["NEW"];
}

function hasConnection(walk: Walk): boolean {
  return !walk.states.includes("INVALID") && !walk.states.includes("UNTRACKED");
}

const STATE_BITS: Readonly<Record<string, number>> = {
  INVALID: 1,
  ESTABLISHED: 2,
  RELATED: 4,
  NEW: 8,
  UNTRACKED: 16,
  SNAT: 32,
  DNAT: 64,
};

const NUMBERS = { tcp: 6, udp: 17, sctp: 132, dccp: 33, udplite: 136 } as const;

function isTrue(walk: Walk, match: Match, rule: Rule, place: number): boolean {
  const { packet } = walk;
  switch (match.kind) {
    case "source":
    case "destination": {
      const address = match.kind === "source" ? packet.source : packet.destination;
      if (match.address === null) return answer(packet, match.text.replace("! ", "")) !== match.negated;
      return isInside(address, match.address) !== match.negated;
    }
    case "in":
    case "out":
      return fits(match.name, match.kind === "in" ? packet.in : packet.out) !== match.negated;
    case "protocol":
      // ip6t legacy gives up on the packet; nft has no protocol to compare with, so neither `-p x` nor `! -p x` holds.
      if (packet.brokenExtensions && packet.backend === "legacy") throw new Hotdrop();
      if (packet.brokenExtensions) return false;
      return (packet.protocol === match.number) !== match.negated;
    case "fragment":
      return packet.fragmentOffset > 0 !== match.negated;
    case "transport":
      return isTransportTrue(packet, match);
    case "multiport":
      if (!canReadHeader(packet, 4)) return false;
      return isMultiportTrue(packet, match) !== match.negated;
    case "icmp":
      if (!canReadHeader(packet, 8)) return false;
      return isIcmpTrue(packet, match) !== match.negated;
    case "ctstate":
      return walk.states.some((state) => (match.states & STATE_BITS[state]!) !== 0) !== match.negated;
    case "mark":
      return (unsigned(bits(walk.mark) & bits(match.mask)) === match.value) !== match.negated;
    case "connmark":
      if (!hasConnection(walk)) return false;
      return (unsigned(bits(walk.connmark) & bits(match.mask)) === match.value) !== match.negated;
    case "mac":
      return packet.mac !== null && (packet.mac === match.address) !== match.negated;
    case "iprange":
      return isRangeTrue(packet.source, match.source) && isRangeTrue(packet.destination, match.destination);
    case "addressSet": {
      const address = match.side === "source" ? packet.source : packet.destination;
      return match.ranges.some((range) => isRangeTrue(address, { negated: false, range })) !== match.negated;
    }
    case "comment":
      return true;
    case "pure":
      return answer(packet, match.text);
    case "opaque": {
      const name = walk.names(rule, place);
      walk.effects.push(match.known ? name : `${name} @${walk.mark}`);
      return answer(packet, name);
    }
  }
}

function answer(packet: NaivePacket, text: string): boolean {
  return packet.exceptions.includes(text) ? !packet.answers : packet.answers;
}

/** What legacy does before it looks into a header: later fragments have none, one shorter than the match's struct drops the packet. */
function canReadHeader(packet: NaivePacket, length: number): boolean {
  if (packet.fragmentOffset > 0) return false;
  if (packet.headerLength < length) throw new Hotdrop();
  return true;
}

/** sizeof the header structs that the modules ask for. */
const STRUCT = { tcp: 20, udp: 8, udplite: 8, sctp: 12, dccp: 12 };

function isTransportTrue(packet: NaivePacket, match: Extract<Match, { kind: "transport" }>): boolean {
  if (packet.protocol !== NUMBERS[match.module]) return false;
  const asks = match.source !== null || match.destination !== null || match.flags !== null;
  const isNative =
    packet.backend === "nft" && ["tcp", "udp"].includes(match.module) && match.option === null && asks;
  if (isNative) {
    // Offsets of the fields' ends: source port 2, destination port 4, tcp flags 14.
    if (match.source !== null && packet.headerLength < 2) return false;
    if (match.destination !== null && packet.headerLength < 4) return false;
    if (match.flags !== null && packet.headerLength < 14) return false;
  } else {
    if (match.module === "tcp" && packet.fragmentOffset === 1) throw new Hotdrop();
    if (!canReadHeader(packet, STRUCT[match.module])) return false;
    if (match.option !== null && packet.headerLength < Number.POSITIVE_INFINITY) throw new Hotdrop();
  }
  const { flags, option } = match;
  if (flags !== null && ((packet.flags & flags.mask) === flags.set) === flags.negated) return false;
  if (option !== null && packet.options.includes(option.number) === option.negated) return false;
  return isPortTrue(packet.sport, match.source) && isPortTrue(packet.dport, match.destination);
}

function isPortTrue(port: number, test: PortTest | null): boolean {
  return test === null || contains(test.range, port) !== test.negated;
}

function contains(range: PortRange, port: number): boolean {
  return range.first <= port && port <= range.last;
}

function isMultiportTrue(packet: NaivePacket, match: Extract<Match, { kind: "multiport" }>): boolean {
  const ports = { source: [packet.sport], destination: [packet.dport], either: [packet.sport, packet.dport] };
  return ports[match.side].some((port) => match.ranges.some((range) => contains(range, port)));
}

function isIcmpTrue(packet: NaivePacket, match: Extract<Match, { kind: "icmp" }>): boolean {
  if (match.type === null) return true;
  return (
    packet.icmpType === match.type && match.firstCode <= packet.icmpCode && packet.icmpCode <= match.lastCode
  );
}

function isInside(address: readonly number[], network: AddressMask): boolean {
  return network.mask.every(
    (mask, word) => unsigned(bits(address[word]!) & bits(mask)) === network.address[word],
  );
}

function isRangeTrue(
  address: readonly number[],
  test: Extract<Match, { kind: "iprange" }>["source"],
): boolean {
  if (test === null) return true;
  const value = numberOf(address);
  const isIn = numberOf(test.range.first) <= value && value <= numberOf(test.range.last);
  return isIn !== test.negated;
}

function numberOf(words: readonly number[]): bigint {
  return words.reduce((sum, word) => (sum << 32n) + BigInt(word), 0n);
}

function fits(pattern: string, name: string): boolean {
  if (pattern.endsWith("+")) return name.startsWith(pattern.slice(0, -1));
  return pattern === name;
}

/** 32-bit arithmetic on big integers, so that signs can't get in the way. */
function bits(value: number): bigint {
  return BigInt(value);
}

function unsigned(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

function withBits(value: number, clear: number, flip: number | bigint): bigint {
  return (bits(value) & BigInt.asUintN(32, ~bits(clear))) ^ BigInt(flip);
}
