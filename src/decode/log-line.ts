/**
 * Reads what the kernel's LOG target prints about a packet: `PREFIXIN=eth0 OUT= MAC=… SRC=… DST=… PROTO=TCP SPT=… DPT=… … MARK=0x3`.
 *
 * Source: Linux, net/netfilter/nf_log_syslog.c. The mark is its last field, and missing where it is 0; an ICMP error has the packet that it is about in brackets.
 */
import { parseHost } from "../model/address.ts";
import { parseProtocol } from "../model/protocols.ts";
import type { Family } from "../model/types.ts";

/** A logged packet. What the line does not tell is null. */
export interface LoggedPacket {
  /** Unsigned. */
  readonly mark: number;
  /** What stands before `IN=`: the time, the host, and at its end the rule's prefix. */
  readonly head: string;
  readonly in: string;
  readonly out: string;
  readonly family: Family | null;
  readonly source: string | null;
  readonly destination: string | null;
  readonly protocol: number | null;
  readonly sport: number | null;
  readonly dport: number | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  readonly tcpFlags: number | null;
  /** A fragment that is not the first. */
  readonly fragment: boolean;
}

/** PHYSIN of a bridge has PHYSOUT behind it. */
const INTERFACES = /IN=(\S*) OUT=(\S*) /;
const MARK = / MARK=0x([0-9a-f]{1,8})(?=\s|$)/;

/** The packet of a line; null where it is no line of LOG, or its packet had no mark. */
export function readLogLine(line: string): LoggedPacket | null {
  const mark = MARK.exec(line);
  if (mark === null) return null;
  const places = INTERFACES.exec(line);
  if (places === null) return null;
  const at = places.index;
  const fields = withoutInner(line.slice(at, mark.index));
  const source = textOf(fields, "SRC");
  const v6 = source?.includes(":") === true;
  return {
    mark: Number.parseInt(mark[1]!, 16),
    head: line.slice(0, at),
    in: places[1]!,
    out: places[2]!,
    family: source === null ? null : v6 ? "v6" : "v4",
    source,
    destination: textOf(fields, "DST"),
    protocol: protocolOf(textOf(fields, "PROTO")),
    sport: numberOf(fields, "SPT"),
    dport: numberOf(fields, "DPT"),
    icmpType: numberOf(fields, "TYPE"),
    icmpCode: numberOf(fields, "CODE"),
    tcpFlags: flagsOf(fields),
    fragment: (numberOf(fields, "FRAG") ?? 0) > 0,
  };
}

/** The packet that an ICMP error is about stands in brackets, and is another one. */
function withoutInner(fields: string): string {
  const open = fields.indexOf(" [");
  if (open === -1) return fields;
  const close = fields.lastIndexOf("]");
  return close < open ? fields.slice(0, open) : fields.slice(0, open) + fields.slice(close + 1);
}

function textOf(fields: string, name: string): string | null {
  const at = fields.indexOf(` ${name}=`);
  if (at === -1) return null;
  const start = at + name.length + 2;
  const end = fields.indexOf(" ", start);
  return fields.slice(start, end === -1 ? undefined : end);
}

function numberOf(fields: string, name: string): number | null {
  const text = textOf(fields, name.startsWith("FRAG") ? "FRAG" : name) ?? fragOf(fields, name);
  return text !== null && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

/** `FRAG:185` is the one field with a colon. */
function fragOf(fields: string, name: string): string | null {
  return name === "FRAG" ? (/ FRAG:(\d+)/.exec(fields)?.[1] ?? null) : null;
}

/** The kernel prints names in its own way (`TCP`, `ICMPv6`), and numbers of protocols that it does not know. */
function protocolOf(text: string | null): number | null {
  return text === null ? null : parseProtocol(text.toLowerCase());
}

const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

/** The words between RES= and URGP=; null where the header was too short, or it isn't TCP. */
function flagsOf(fields: string): number | null {
  const found = / RES=\S+ (.*?)URGP=/.exec(fields);
  if (found === null) return null;
  const words = new Set(found[1]!.split(" "));
  return FLAGS.reduce((bits, name, at) => (words.has(name) ? bits | (1 << at) : bits), 0);
}

/** The words of an address; null where it is none. */
export function addressWords(text: string | null, family: Family | null): readonly number[] | null {
  if (text === null || family === null) return null;
  const words = parseHost(text, family);
  return typeof words === "string" ? null : words;
}
