/**
 * A sampled packet in words: the fields that matter for its protocol and hook, with values as iptables prints them.
 */
import { CTSTATE } from "../../model/types.ts";
import {
  answeredTexts,
  answerOf,
  FIELD,
  hasPorts,
  headerBytes,
  MODE,
  optionsOf,
  PROTOCOL,
} from "./packet.ts";
import { type CompiledTable, KIND } from "./program.ts";

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  [PROTOCOL.ICMP]: "icmp",
  [PROTOCOL.TCP]: "tcp",
  [PROTOCOL.UDP]: "udp",
  [PROTOCOL.DCCP]: "dccp",
  [PROTOCOL.ICMP6]: "ipv6-icmp",
  [PROTOCOL.SCTP]: "sctp",
  [PROTOCOL.UDPLITE]: "udplite",
};

const FLAG_NAMES = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

/** Names and values in reading order. */
export function describePacket(table: CompiledTable, packet: Int32Array): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  if (packet[FIELD.IN] !== 0) fields.in = table.interfaces[packet[FIELD.IN]!]!;
  if (packet[FIELD.OUT] !== 0) fields.out = table.interfaces[packet[FIELD.OUT]!]!;
  fields.source = addressText(packet, FIELD.SOURCE, table.words);
  fields.destination = addressText(packet, FIELD.DESTINATION, table.words);
  const protocol = packet[FIELD.PROTOCOL]!;
  fields.protocol = PROTOCOL_NAMES[protocol] ?? String(protocol);
  describeTransport(packet, protocol, table.words, fields);
  fields.ctstate = stateText(packet[FIELD.CTSTATE]!);
  fields.mark = hex(packet[FIELD.MARK]!);
  if (packet[FIELD.CONNMARK] !== 0) fields.connmark = hex(packet[FIELD.CONNMARK]!);
  if (packet[FIELD.MAC] !== -1) fields.mac = table.macs[packet[FIELD.MAC]!]!;
  if (packet[FIELD.FRAGMENT] !== 0) {
    fields.fragment = packet[FIELD.FRAGMENT] === 1 ? "later fragment, offset 1" : "later fragment";
  }
  if (packet[FIELD.SHORT] !== 0)
    fields.header = `transport header cut short after ${headerBytes(packet)} bytes`;
  if (packet[FIELD.BROKEN] === 1) fields.extensionHeaders = "broken";
  if (packet[FIELD.NFT] === 1) fields.backend = "nft";
  if (hasUnmodelled(table)) fields.otherMatches = answersText(table, packet);
  return fields;
}

const MODE_TEXT: Readonly<Record<number, string>> = {
  [MODE.RANDOM]: "some true, some false",
  [MODE.TRUE]: "all true",
  [MODE.FALSE]: "all false",
};

/** What matches that are not modelled answer: in general, then each that has an answer of its own. */
function answersText(table: CompiledTable, packet: Int32Array): string {
  const own = answeredTexts(packet).map(
    (text) => `${table.texts[text]!} ${answerOf(packet, text) === 1 ? "true" : "false"}`,
  );
  const rest = MODE_TEXT[packet[FIELD.MODE]!]!;
  return own.length === 0 ? rest : `${own.join(", ")}; the others ${rest}`;
}

function hasUnmodelled(table: CompiledTable): boolean {
  return table.conditions.kinds.some(
    (kind) => kind === KIND.PURE || kind === KIND.STATEFUL || kind === KIND.NAMED_ADDRESS,
  );
}

function describeTransport(
  packet: Int32Array,
  protocol: number,
  words: number,
  fields: Record<string, string>,
): void {
  if (hasPorts(protocol)) {
    fields.sourcePort = String(packet[FIELD.SPORT]!);
    fields.destinationPort = String(packet[FIELD.DPORT]!);
  }
  if (protocol === PROTOCOL.TCP) {
    fields.tcpFlags =
      FLAG_NAMES.filter((_, bit) => (packet[FIELD.FLAGS]! & (1 << bit)) !== 0).join(",") || "NONE";
    const options = optionsOf(packet);
    if (options.length > 0) fields.tcpOption = options.join(",");
  }
  if (protocol === (words === 1 ? PROTOCOL.ICMP : PROTOCOL.ICMP6)) {
    fields.icmpType = `${packet[FIELD.ICMP_TYPE]!}/${packet[FIELD.ICMP_CODE]!}`;
  }
}

function stateText(states: number): string {
  return Object.entries(CTSTATE)
    .filter(([, bit]) => (states & bit) !== 0)
    .map(([name]) => name)
    .join(",");
}

/** An address as people write it; IPv6 in groups without leading zeros, the longest run of zero groups as `::`. */
function addressText(packet: Int32Array, field: number, words: number): string {
  if (words === 1) {
    const word = packet[field]! >>> 0;
    return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join(".");
  }
  const groups = [0, 1, 2, 3].flatMap((word) => {
    const value = packet[field + word]! >>> 0;
    return [(value >>> 16).toString(16), (value & 0xffff).toString(16)];
  });
  const runs = groups.join(":").match(/(?:^|:)0(?::0)+(?=:|$)/g) ?? [];
  const longest = runs.reduce(
    (best, run) => (run.replace(/^:/, "").length > best.replace(/^:/, "").length ? run : best),
    "",
  );
  if (longest === "") return groups.join(":");
  const [before = "", after = ""] = splitOnce(groups.join(":"), longest);
  return `${before}::${after.replace(/^:/, "")}`;
}

function splitOnce(text: string, part: string): readonly string[] {
  const at = text.indexOf(part);
  return [text.slice(0, at), text.slice(at + part.length)];
}

/** A mark as iptables prints it. */
export function hex(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`;
}
