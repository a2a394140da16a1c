/**
 * The connection that a sampled packet belongs to, as an entry of the kernel's connection table that is made before the packet is sent.
 *
 * What state a packet gets from an entry: net/netfilter/nf_conntrack_core.c, resolve_normal_ct; of icmp: nf_conntrack_proto_icmp.c.
 */
import { CTSTATE } from "../../model/types.ts";
import { FIELD, hasPorts, PROTOCOL } from "../sample/packet.ts";
import { UNKNOWN_PROTOCOL } from "./packet-bytes.ts";
import type { ConnectionRequest } from "./session.ts";
import { ICMP_ID, isIcmpError, QUOTED } from "./transport-bytes.ts";

/** IPS_SEEN_REPLY and IPS_ASSURED. */
const ANSWERED = 6;

/** TCP_CONNTRACK_SYN_RECV: the one state that every combination of flags which a connection may have goes on from. */
const SYN_RECV = 2;

const FLAGS = { FIN: 1, SYN: 2, RST: 4, ACK: 16 } as const;

/** Requests of icmp, and the answer to each. */
const ICMP_ANSWERS: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  [PROTOCOL.ICMP]: { 8: 0, 13: 14, 15: 16, 17: 18 },
  [PROTOCOL.ICMP6]: { 128: 129, 139: 140 },
};

/** The packet's ends as texts, and whether address translation is on: then an entry's rewriting would be done for real. */
export interface Ends {
  readonly source: string;
  readonly destination: string;
  readonly isTranslated: boolean;
}

/** The entry to make, or null where the packet needs none, or none would help. */
export function connectionFor(packet: Int32Array, ends: Ends): ConnectionRequest | null {
  const states = packet[FIELD.CTSTATE]!;
  if ((states & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) !== 0) return null;
  if (packet[FIELD.FRAGMENT] !== 0) return null;
  const translated = ends.isTranslated ? [] : translationOf(states);
  const mark = packet[FIELD.CONNMARK]! >>> 0;
  if ((states & CTSTATE.NEW) !== 0 && mark === 0 && translated.length === 0 && beginsByItself(packet))
    return null;
  const isRelated = (states & CTSTATE.RELATED) !== 0;
  const rest = { mark, status: (states & CTSTATE.ESTABLISHED) === 0 ? 0 : ANSWERED };
  const flow = flowOf(packet, ends, isRelated);
  if (flow === null) return null;
  // An error is related to the connection that it tells of, which is a plain one.
  const isRelatedEntry = isRelated && flow.destination !== QUOTED.v4 && flow.destination !== QUOTED.v6;
  return {
    ...flow,
    ...rest,
    ...(isRelatedEntry ? { related: true } : {}),
    ...(translated.length > 0 ? { translated } : {}),
    ...(flow.protocol === PROTOCOL.TCP ? { tcpState: SYN_RECV } : {}),
  };
}

function translationOf(states: number): readonly ("source" | "destination")[] {
  const sides: ("source" | "destination")[] = [];
  if ((states & CTSTATE.SNAT) !== 0) sides.push("source");
  if ((states & CTSTATE.DNAT) !== 0) sides.push("destination");
  return sides;
}

/** Whether the kernel takes such a packet for the first of a connection (nf_conntrack_proto_tcp.c, tcp_new). */
function beginsByItself(packet: Int32Array): boolean {
  if (trackedProtocol(packet) !== PROTOCOL.TCP) return true;
  const flags = packet[FIELD.FLAGS]! & (FLAGS.FIN | FLAGS.SYN | FLAGS.RST | FLAGS.ACK);
  return flags === FLAGS.SYN || flags === FLAGS.ACK;
}

/** The protocol by which the packet is tracked. */
function trackedProtocol(packet: Int32Array): number {
  return packet[FIELD.BROKEN] === 1 ? UNKNOWN_PROTOCOL : packet[FIELD.PROTOCOL]!;
}

type Flow = Omit<ConnectionRequest, "mark" | "status">;

function flowOf(packet: Int32Array, { source, destination }: Ends, isRelated: boolean): Flow | null {
  const protocol = trackedProtocol(packet);
  const ends = { source, destination, protocol };
  if (hasPorts(protocol))
    return { ...ends, sourcePort: packet[FIELD.SPORT]!, destinationPort: packet[FIELD.DPORT]! };
  const answers = ICMP_ANSWERS[protocol];
  if (answers === undefined || (protocol === PROTOCOL.ICMP) !== source.includes(".")) return ends;
  const type = packet[FIELD.ICMP_TYPE]!;
  if (isIcmpError(protocol, type)) return isRelated ? quotedFlow(destination) : null;
  const id = ICMP_ID;
  const replyType = answers[type];
  if (replyType !== undefined) return { ...ends, type, replyType, code: packet[FIELD.ICMP_CODE]!, id };
  const request = Object.keys(answers).find((key) => answers[Number(key)] === type);
  if (request === undefined) return null;
  return {
    source: destination,
    destination: source,
    protocol,
    type: Number(request),
    replyType: type,
    code: 0,
    id,
  };
}

function quotedFlow(receiver: string): Flow {
  const { sourcePort, destinationPort } = QUOTED;
  const destination = receiver.includes(":") ? QUOTED.v6 : QUOTED.v4;
  return { source: receiver, destination, protocol: PROTOCOL.UDP, sourcePort, destinationPort };
}
