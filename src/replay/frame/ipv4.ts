/**
 * The IPv4 header, read as the kernel does before any rule sees the packet (net/ipv4/ip_input.c, ip_rcv_core): a packet that it drops there is not judged.
 */
import { FIELD } from "../../verify/sample/packet.ts";
import { CUT, type Frame, passed, type Unjudged, word16, word32 } from "./frame.ts";
import { innerOf, readTransport, readTuple } from "./transport.ts";

const HEADER = 20;

const BROKEN = passed("their IP header is broken: the kernel drops them before any rule");

/** Reads the packet at `at`; `end` is where the captured bytes end, `onWire` how many there were. */
export function readIpv4(
  frame: Frame,
  at: number,
  end: number,
  onWire: number,
  needsOptions: boolean,
): Unjudged | null {
  const { bytes, fields } = frame;
  frame.family = "v4";
  if (onWire < HEADER) return BROKEN;
  if (end - at < HEADER) return CUT;
  const header = (bytes[at]! & 15) * 4;
  // Packets that the card has yet to cut into pieces may have no length of their own.
  const total = word16(bytes, at + 2) || onWire;
  if (bytes[at]! >> 4 !== 4 || header < HEADER || total < header || total > onWire) return BROKEN;
  fields[FIELD.PROTOCOL] = bytes[at + 9]!;
  fields[FIELD.SOURCE] = word32(bytes, at + 12);
  fields[FIELD.DESTINATION] = word32(bytes, at + 16);
  const offset = word16(bytes, at + 6) & 0x1fff;
  fields[FIELD.FRAGMENT] = Math.min(offset, 2);
  frame.fragmentId = word16(bytes, at + 4);
  frame.isFirstFragment = offset === 0 && (bytes[at + 6]! & 0x20) !== 0;
  if (offset > 0) return null;
  const fault = readTransport(frame, at + header, end, total - header, needsOptions);
  const inner = fault === null ? innerOf(frame, at + header) : -1;
  if (inner !== -1) frame.about = readInnerIpv4(bytes, inner, Math.min(end, at + total));
  return fault;
}

/** The connection that a packet inside an icmp error was of; null where too little of it is there. */
function readInnerIpv4(bytes: Uint8Array, at: number, end: number): Int32Array | null {
  if (end - at < HEADER || bytes[at]! >> 4 !== 4) return null;
  const header = (bytes[at]! & 15) * 4;
  if (header < HEADER || (word16(bytes, at + 6) & 0x1fff) !== 0) return null;
  const addresses = [word32(bytes, at + 12), word32(bytes, at + 16)];
  return readTuple(bytes, bytes[at + 9]!, at + header, end, addresses);
}
