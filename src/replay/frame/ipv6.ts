/**
 * The IPv6 header and what stands between it and the transport header (net/ipv6/ip6_input.c, ip6_rcv_core; net/ipv6/exthdrs_core.c, ipv6_find_hdr).
 */
import { FIELD } from "../../verify/sample/packet.ts";
import { CUT, type Frame, passed, type Unjudged, word16, word32 } from "./frame.ts";
import { innerOf, readTransport, readTuple } from "./transport.ts";

const HEADER = 40;
const EXTENSION = { HOP_BY_HOP: 0, ROUTING: 43, FRAGMENT: 44, AUTH: 51, DESTINATION: 60 } as const;
/** A packet has room for no more that say anything. */
const MOST_EXTENSIONS = 64;

const BROKEN = passed("their IP header is broken: the kernel drops them before any rule");

/** Reads the packet at `at`; `end` is where the captured bytes end, `onWire` how many there were. */
export function readIpv6(
  frame: Frame,
  at: number,
  end: number,
  onWire: number,
  needsOptions: boolean,
): Unjudged | null {
  const { bytes, fields } = frame;
  frame.family = "v6";
  if (onWire < HEADER) return BROKEN;
  if (end - at < HEADER) return CUT;
  // Jumbograms, and packets that the card has yet to cut into pieces, have no length of their own.
  const payload = word16(bytes, at + 4) || onWire - HEADER;
  if (bytes[at]! >> 4 !== 6 || payload + HEADER > onWire) return BROKEN;
  for (let word = 0; word < 4; word++) {
    fields[FIELD.SOURCE + word] = word32(bytes, at + 8 + 4 * word);
    fields[FIELD.DESTINATION + word] = word32(bytes, at + 24 + 4 * word);
  }
  const found = findTransport(frame, bytes[at + 6]!, at + HEADER, end, at + HEADER + payload);
  if (found === "cut") return CUT;
  if (found === "broken") {
    fields[FIELD.BROKEN] = 1;
    return null;
  }
  fields[FIELD.PROTOCOL] = found.protocol;
  if (fields[FIELD.FRAGMENT] !== 0) return null;
  const last = at + HEADER + payload;
  const fault = readTransport(frame, found.at, end, last - found.at, needsOptions);
  const inner = fault === null ? innerOf(frame, found.at) : -1;
  if (inner !== -1) frame.about = readInnerIpv6(bytes, inner, Math.min(end, last));
  return fault;
}

type Transport = { readonly protocol: number; readonly at: number };

/** Follows the chain of headers. `last` is where the packet ends, which may be behind what was captured. */
function findTransport(
  frame: Frame,
  first: number,
  from: number,
  end: number,
  last: number,
): Transport | "cut" | "broken" {
  const { bytes, fields } = frame;
  let protocol = first;
  let at = from;
  for (let left = MOST_EXTENSIONS; left > 0; left--) {
    if (!isExtension(protocol)) return { protocol, at };
    if (at + 2 > last || (protocol === EXTENSION.FRAGMENT && at + 8 > last)) return "broken";
    if (at + (protocol === EXTENSION.FRAGMENT ? 8 : 2) > end) return "cut";
    const next = bytes[at]!;
    if (protocol === EXTENSION.FRAGMENT) {
      const offset = word16(bytes, at + 2) & 0xfff8;
      frame.fragmentId = word32(bytes, at + 4);
      frame.isFirstFragment = offset === 0 && (bytes[at + 3]! & 1) !== 0;
      if (offset > 0) {
        fields[FIELD.FRAGMENT] = 2;
        return isExtension(next) ? "broken" : { protocol: next, at: at + 8 };
      }
      at += 8;
    } else at += lengthOf(protocol, bytes[at + 1]!);
    protocol = next;
  }
  return "broken";
}

function isExtension(protocol: number): boolean {
  return (
    protocol === EXTENSION.HOP_BY_HOP ||
    protocol === EXTENSION.ROUTING ||
    protocol === EXTENSION.FRAGMENT ||
    protocol === EXTENSION.AUTH ||
    protocol === EXTENSION.DESTINATION
  );
}

function lengthOf(protocol: number, length: number): number {
  return protocol === EXTENSION.AUTH ? (length + 2) * 4 : (length + 1) * 8;
}

/** The connection that a packet inside an icmpv6 error was of; null where too little of it is there, or a header stands between. */
function readInnerIpv6(bytes: Uint8Array, at: number, end: number): Int32Array | null {
  if (end - at < HEADER || bytes[at]! >> 4 !== 6 || isExtension(bytes[at + 6]!)) return null;
  const addresses = Array.from({ length: 8 }, (_, word) => word32(bytes, at + 8 + 4 * word));
  return readTuple(bytes, bytes[at + 6]!, at + HEADER, end, addresses);
}
