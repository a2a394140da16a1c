/**
 * The connection state of each packet of a capture, found out again as far as the capture tells: net/netfilter/nf_conntrack_core.c and nf_conntrack_proto_*.c with the kernel's usual
 * timeouts, and without windows and checksums. What was there before the capture began is not known, and neither is the state of its packets.
 */
import { CTSTATE, type Family } from "../model/types.ts";
import { isCut } from "../verify/sample/normalise.ts";
import { FIELD, hasPorts, PROTOCOL } from "../verify/sample/packet.ts";
import { type Frame, wordsOf } from "./frame/frame.ts";

/** Connections that are remembered at once; past it the oldest are forgotten. */
const MOST_CONNECTIONS = 500_000;

const SYN = 2;
const [FIN, RST, ACK] = [1, 4, 16];
/** Without PSH (tcp_valid_flags of nf_conntrack_proto_tcp.c). */
const VALID_FLAGS = new Set([
  SYN,
  SYN | 32,
  SYN | ACK,
  RST,
  RST | ACK,
  FIN | ACK,
  FIN | ACK | 32,
  ACK,
  ACK | 32,
]);

/** Requests of icmp and icmpv6, each with its answer (nf_conntrack_proto_icmp.c, _icmpv6.c). */
const ANSWERS: Readonly<Record<Family, ReadonlyMap<number, number>>> = {
  v4: new Map([
    [8, 0],
    [13, 14],
    [15, 16],
    [17, 18],
  ]),
  v6: new Map([
    [128, 129],
    [139, 140],
  ]),
};

/** What finds neighbours and listeners is not tracked (nf_conntrack_icmpv6_error). */
const UNTRACKED_ICMPV6 = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

/** Seconds. */
const TIMEOUT = {
  tcpOpening: 120,
  tcp: 432_000,
  tcpClosing: 120,
  udp: 30,
  udpAnswered: 120,
  icmp: 30,
  other: 600,
} as const;

/** What a tcp packet can be of which the beginning was not seen. */
const MIDSTREAM = CTSTATE.NEW | CTSTATE.ESTABLISHED | CTSTATE.INVALID;

const INIT_CHUNK = 1;

/** FIN of both sides: a SYN begins anew. */
const CLOSED = 3;

interface Entry {
  /** Whether the first packet came from the end that sorts first. */
  isFromFirst: boolean;
  isAnswered: boolean;
  /** Whether its beginning was seen. */
  isKnown: boolean;
  /** Whose FIN was seen, one bit for either side; both after RST. */
  closing: number;
  until: number;
}

/** Follows connections over a capture; a class because it guards them. */
export class Tracking {
  readonly #entries = new Map<string, Entry>();
  #forgotten = 0;

  /** How many connections were forgotten for want of room. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** The states that the packet may be in, as CTSTATE bits; more than one where nobody can tell. */
  statesOf(frame: Frame): number {
    const { fields, family } = frame;
    if (fields[FIELD.BROKEN] === 1 || isCut({ words: wordsOf(family) }, fields)) return CTSTATE.INVALID;
    switch (fields[FIELD.PROTOCOL]) {
      case PROTOCOL.TCP:
        return this.#ofTcp(frame);
      case PROTOCOL.SCTP:
        return this.#ofSctp(frame);
      case PROTOCOL.ICMP:
        return family === "v4" ? this.#ofIcmp(frame) : this.#ofOther(frame, TIMEOUT.other, TIMEOUT.other);
      case PROTOCOL.ICMP6:
        return family === "v6" ? this.#ofIcmp(frame) : this.#ofOther(frame, TIMEOUT.other, TIMEOUT.other);
      case PROTOCOL.UDP:
      case PROTOCOL.UDPLITE:
        return this.#ofOther(frame, TIMEOUT.udp, TIMEOUT.udpAnswered);
      default:
        return this.#ofOther(frame, TIMEOUT.other, TIMEOUT.other);
    }
  }

  #ofTcp(frame: Frame): number {
    const flags = frame.fields[FIELD.FLAGS]! & ~8;
    if (!VALID_FLAGS.has(flags)) return CTSTATE.INVALID;
    const key = keyOf(frame.family, frame.fields);
    const isOpening = (flags & (SYN | ACK)) === SYN;
    let entry = this.#find(key, frame.time);
    // Ports that are used again.
    if (isOpening && entry?.closing === CLOSED) entry = null;
    entry ??= this.#begin(key, frame, isOpening);
    const states = entry.isKnown ? this.#pass(entry, frame) : MIDSTREAM;
    if ((flags & RST) !== 0) entry.closing = CLOSED;
    else if ((flags & FIN) !== 0) entry.closing |= isFromFirst(frame) ? 1 : 2;
    const lasting = entry.closing === CLOSED ? TIMEOUT.tcpClosing : TIMEOUT.tcp;
    entry.until = frame.time + (entry.isAnswered || !entry.isKnown ? lasting : TIMEOUT.tcpOpening);
    return states;
  }

  #ofSctp(frame: Frame): number {
    const key = keyOf(frame.family, frame.fields);
    const found = this.#find(key, frame.time);
    const entry = found ?? this.#begin(key, frame, frame.detail === INIT_CHUNK);
    entry.until = frame.time + TIMEOUT.tcp;
    return entry.isKnown ? this.#pass(entry, frame) : MIDSTREAM;
  }

  #ofIcmp(frame: Frame): number {
    const { fields, family, time } = frame;
    const type = fields[FIELD.ICMP_TYPE]!;
    if (family === "v6" && UNTRACKED_ICMPV6.has(type)) return CTSTATE.UNTRACKED;
    if (frame.about !== null) {
      const isThere = this.#find(aboutKey(family, frame.about, fields[FIELD.PROTOCOL]!), time) !== null;
      return isThere ? CTSTATE.RELATED : CTSTATE.RELATED | CTSTATE.INVALID;
    }
    const request = requestOf(family, type);
    if (request === 0) return isError(family, type) ? CTSTATE.RELATED | CTSTATE.INVALID : CTSTATE.INVALID;
    const key = echoKey(family, fields, request, frame.detail);
    const found = this.#find(key, time);
    if (found === null && type !== request) return CTSTATE.ESTABLISHED | CTSTATE.INVALID;
    const entry = found ?? this.#begin(key, frame, true);
    entry.until = time + TIMEOUT.icmp;
    if (type !== request) entry.isAnswered = true;
    return entry.isAnswered ? CTSTATE.ESTABLISHED : CTSTATE.NEW;
  }

  #ofOther(frame: Frame, timeout: number, answered: number): number {
    const key = keyOf(frame.family, frame.fields);
    const entry = this.#find(key, frame.time) ?? this.#begin(key, frame, this.#forgotten === 0);
    const states = entry.isKnown ? this.#pass(entry, frame) : CTSTATE.NEW | CTSTATE.ESTABLISHED;
    entry.until = frame.time + (entry.isAnswered ? answered : timeout);
    return states;
  }

  /** Until the first answer all packets are NEW (nf_conntrack_core.c, resolve_normal_ct). */
  #pass(entry: Entry, frame: Frame): number {
    if (isFromFirst(frame) !== entry.isFromFirst) entry.isAnswered = true;
    return entry.isAnswered ? CTSTATE.ESTABLISHED : CTSTATE.NEW;
  }

  #find(key: string, time: number): Entry | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.until >= time) return entry;
    this.#entries.delete(key);
    return null;
  }

  #begin(key: string, frame: Frame, isKnown: boolean): Entry {
    if (this.#entries.size >= MOST_CONNECTIONS) {
      const [oldest] = this.#entries.keys();
      this.#entries.delete(oldest!);
      this.#forgotten++;
    }
    const entry = { isFromFirst: isFromFirst(frame), isAnswered: false, isKnown, closing: 0, until: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

/** The question that a type of icmp is, or answers; 0 for one that is neither. */
function requestOf(family: Family, type: number): number {
  for (const [request, answer] of ANSWERS[family]) if (type === request || type === answer) return request;
  return 0;
}

/** The connection that an error is about; `icmp`: the error's own protocol. */
function aboutKey(family: Family, about: Int32Array, icmp: number): string {
  if (about[FIELD.PROTOCOL] !== icmp) return keyOf(family, about);
  // The identifier stands in place of the source port (frame/transport.ts).
  return echoKey(family, about, requestOf(family, about[FIELD.ICMP_TYPE]!), about[FIELD.SPORT]!);
}

function isError(family: Family, type: number): boolean {
  return family === "v4" ? [3, 4, 5, 11, 12].includes(type) : type < 128;
}

/** Whether the packet comes from the end of its connection that sorts first. */
function isFromFirst({ fields, family }: Frame): boolean {
  return compareEnds(family, fields) <= 0;
}

function compareEnds(family: Family, fields: Int32Array): number {
  for (let word = 0; word < wordsOf(family); word++) {
    const difference = fields[FIELD.SOURCE + word]! - fields[FIELD.DESTINATION + word]!;
    if (difference !== 0) return difference;
  }
  return hasPorts(fields[FIELD.PROTOCOL]!) ? fields[FIELD.SPORT]! - fields[FIELD.DPORT]! : 0;
}

/** One text for both directions of a connection. */
function keyOf(family: Family, fields: Int32Array): string {
  const isForward = compareEnds(family, fields) <= 0;
  const ports = [fields[FIELD.SPORT]!, fields[FIELD.DPORT]!] as const;
  const [near, far] = isForward ? ports : [ports[1], ports[0]];
  return String.fromCharCode(fields[FIELD.PROTOCOL]!, near, far) + endsOf(family, fields, isForward);
}

/** The same of icmp: who asked stands first, since both may ask each other at once. `request`: the type of the question. */
function echoKey(family: Family, fields: Int32Array, request: number, id: number): string {
  const isRequest = fields[FIELD.ICMP_TYPE] === request;
  return String.fromCharCode(fields[FIELD.PROTOCOL]!, request, id) + endsOf(family, fields, isRequest);
}

function endsOf(family: Family, fields: Int32Array, isForward: boolean): string {
  const [source, destination] = [
    textOf(fields, FIELD.SOURCE, family),
    textOf(fields, FIELD.DESTINATION, family),
  ];
  return isForward ? source + destination : destination + source;
}

function textOf(fields: Int32Array, at: number, family: Family): string {
  const first = fields[at]!;
  if (family === "v4") return String.fromCharCode(first >>> 16, first & 0xffff);
  const [second, third, fourth] = [fields[at + 1]!, fields[at + 2]!, fields[at + 3]!];
  return String.fromCharCode(
    first >>> 16,
    first & 0xffff,
    second >>> 16,
    second & 0xffff,
    third >>> 16,
    third & 0xffff,
    fourth >>> 16,
    fourth & 0xffff,
  );
}
