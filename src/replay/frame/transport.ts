/**
 * The transport header: ports, flags, tcp options, types of icmp. A header that was cut on its way has the bytes that are there; one that the capture cut is not judged.
 */
import { FIELD, hasPorts, PROTOCOL, setOption } from "../../verify/sample/packet.ts";
import { CUT, type Frame, type Unjudged, unjudged, word16 } from "./frame.ts";

/** Bytes that matches may ask for (net/netfilter/xt_tcpudp.c, xt_sctp.c, xt_dccp.c; icmp_match in ip_tables.c). */
const NEEDED: Readonly<Record<number, number>> = {
  [PROTOCOL.TCP]: 20,
  [PROTOCOL.UDP]: 8,
  [PROTOCOL.UDPLITE]: 8,
  [PROTOCOL.SCTP]: 12,
  [PROTOCOL.DCCP]: 12,
  [PROTOCOL.ICMP]: 8,
  [PROTOCOL.ICMP6]: 8,
};

const BAD_OFFSET = unjudged("their tcp header says that it is shorter than any");

/** Where the inside of an icmp error begins. */
const ICMP_HEADER = 8;

/** Reads the header at `at`; `end` is where the captured bytes end, `length` how many the packet has from there. */
export function readTransport(
  frame: Frame,
  at: number,
  end: number,
  length: number,
  needsOptions: boolean,
): Unjudged | null {
  const { bytes, fields, family } = frame;
  const protocol = fields[FIELD.PROTOCOL]!;
  // The other family's icmp is any protocol to rules of this one.
  if (protocol === (family === "v4" ? PROTOCOL.ICMP6 : PROTOCOL.ICMP)) return null;
  const needed = NEEDED[protocol] ?? 0;
  const there = Math.min(end - at, length);
  if (there < Math.min(needed, length)) return CUT;
  if (length < needed) fields[FIELD.SHORT] = 1 + length;
  if (hasPorts(protocol)) {
    if (there >= 2) fields[FIELD.SPORT] = word16(bytes, at);
    if (there >= 4) fields[FIELD.DPORT] = word16(bytes, at + 2);
  }
  if (protocol === PROTOCOL.TCP) return readTcp(frame, at, there, length, needsOptions);
  if (protocol === PROTOCOL.SCTP) frame.detail = there > 12 ? bytes[at + 12]! : -1;
  if (protocol === PROTOCOL.ICMP || protocol === PROTOCOL.ICMP6) {
    if (there >= 1) fields[FIELD.ICMP_TYPE] = bytes[at]!;
    if (there >= 2) fields[FIELD.ICMP_CODE] = bytes[at + 1]!;
    if (there >= 6) frame.detail = word16(bytes, at + 4);
  }
  return null;
}

function readTcp(
  { bytes, fields }: Frame,
  at: number,
  there: number,
  length: number,
  needsOptions: boolean,
): Unjudged | null {
  if (there >= 14) fields[FIELD.FLAGS] = bytes[at + 13]! & 63;
  if (there < 20) return null;
  const header = (bytes[at + 12]! >> 4) * 4;
  if (header < 20) return BAD_OFFSET;
  if (length < header) {
    fields[FIELD.SHORT] = 21;
    return null;
  }
  if (there < header) return needsOptions ? CUT : null;
  // As tcp_find_option of xt_tcpudp.c goes through them: what has no length of its own has one byte.
  for (let place = at + 20; place < at + header; ) {
    const kind = bytes[place]!;
    setOption(fields, kind, true);
    place += kind < 2 ? 1 : (place + 1 < at + header ? bytes[place + 1]! : 0) || 1;
  }
  return null;
}

/** Where the inside of an icmp error stands; -1 where the packet is none (nf_conntrack_icmp_error, nf_conntrack_icmpv6_error). */
export function innerOf({ fields, family }: Frame, at: number): number {
  const type = fields[FIELD.ICMP_TYPE]!;
  const isError =
    family === "v4"
      ? fields[FIELD.PROTOCOL] === PROTOCOL.ICMP && [3, 4, 5, 11, 12].includes(type)
      : fields[FIELD.PROTOCOL] === PROTOCOL.ICMP6 && type < 128;
  return isError ? at + ICMP_HEADER : -1;
}

/** Addresses, protocol and ports, in the places of a packet; null where the ports are cut off. */
export function readTuple(
  bytes: Uint8Array,
  protocol: number,
  at: number,
  end: number,
  addresses: readonly number[],
): Int32Array | null {
  const tuple = new Int32Array(FIELD.OPTIONS);
  const words = addresses.length / 2;
  tuple.set(addresses.slice(0, words), FIELD.SOURCE);
  tuple.set(addresses.slice(words), FIELD.DESTINATION);
  tuple[FIELD.PROTOCOL] = protocol;
  if (!hasPorts(protocol) && protocol !== PROTOCOL.ICMP && protocol !== PROTOCOL.ICMP6) return tuple;
  if (end - at < (hasPorts(protocol) ? 4 : 6)) return null;
  if (hasPorts(protocol)) {
    tuple[FIELD.SPORT] = word16(bytes, at);
    tuple[FIELD.DPORT] = word16(bytes, at + 2);
  } else {
    tuple[FIELD.ICMP_TYPE] = bytes[at]!;
    tuple[FIELD.SPORT] = word16(bytes, at + 4);
  }
  return tuple;
}
