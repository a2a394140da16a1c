/**
 * A sampled packet as it goes over a wire, from the IP header on.
 */
import { CTSTATE } from "../../model/types.ts";
import { FIELD, hasPorts } from "../sample/packet.ts";
import { big, checksum } from "./bytes.ts";
import { transportBytes } from "./transport-bytes.ts";

/** Identification of every packet; not 0, which the kernel would replace. */
const IP_ID = 0x6d6b;
const TTL = 64;
const DESTINATION_OPTIONS = 60;
const FRAGMENT_HEADER = 44;
const ROUTING_HEADER = 43;

/** A protocol that connection tracking knows nothing of, and so takes with any content: kept for experiments (RFC 3692). */
export const UNKNOWN_PROTOCOL = 253;

/** In units of 8 bytes: what FIELD.FRAGMENT stands for. */
const OFFSETS = [0, 1, 64];

/** An address of a packet as bytes. */
export function addressBytes(packet: Int32Array, field: number, words: 1 | 4): number[] {
  return Array.from(packet.subarray(field, field + words), (word) => big(word, 4)).flat();
}

/** All bytes. `isSpoiled`: with a wrong transport checksum. */
export function packetBytes(packet: Int32Array, words: 1 | 4, isSpoiled: boolean): number[] {
  const source = addressBytes(packet, FIELD.SOURCE, words);
  const destination = addressBytes(packet, FIELD.DESTINATION, words);
  const body = transportBytes(packet, { source, destination, isSpoiled });
  const protocol = packet[FIELD.PROTOCOL]!;
  const offset = OFFSETS[packet[FIELD.FRAGMENT]!]!;
  if (words === 1) {
    const size = big(20 + body.length, 2);
    const head = [
      0x45,
      0,
      ...size,
      ...big(IP_ID, 2),
      ...big(offset, 2),
      TTL,
      protocol,
      0,
      0,
      ...source,
      ...destination,
    ];
    head.splice(10, 2, ...big(checksum(head), 2));
    return [...head, ...body];
  }
  const [next, rest] = extended(packet, protocol, offset, body);
  return [...firstWord(packet), ...big(rest.length, 2), next, TTL, ...source, ...destination, ...rest];
}

/** Version, traffic class and flow label; a later fragment has there what nft takes for its ports (../sample/normalise.ts). */
function firstWord(packet: Int32Array): number[] {
  if (packet[FIELD.FRAGMENT] === 0 || !hasPorts(packet[FIELD.PROTOCOL]!)) return [0x60, 0, 0, 0];
  return [...big(0x6000 | (packet[FIELD.SPORT]! & 0xfff), 2), ...big(packet[FIELD.DPORT]!, 2)];
}

/** The first next-header value, and what follows the IPv6 header. */
function extended(
  packet: Int32Array,
  protocol: number,
  offset: number,
  body: readonly number[],
): [number, readonly number[]] {
  if (packet[FIELD.BROKEN] === 1) return brokenHeaders(packet);
  if (offset === 0) return [protocol, body];
  return [FRAGMENT_HEADER, [protocol, 0, ...big(offset << 3, 2), ...big(IP_ID, 4), ...body]];
}

/**
 * The promised extension header is not there. One that is longer than the packet would not do: its own next-header value would still be read. Of a routing header, connection tracking
 * reads two bytes and ip6tables four, so that the one follows what the other can't (net/ipv6/exthdrs_core.c, ipv6_skip_exthdr and ipv6_find_hdr).
 */
function brokenHeaders(packet: Int32Array): [number, readonly number[]] {
  const isLoose = (packet[FIELD.CTSTATE]! & (CTSTATE.INVALID | CTSTATE.UNTRACKED)) !== 0;
  return isLoose ? [DESTINATION_OPTIONS, []] : [ROUTING_HEADER, [UNKNOWN_PROTOCOL, 0]];
}
