/**
 * The transport part of a sampled packet as bytes: a whole header with every field that the packet has, and enough behind it that connection tracking finds
 * nothing wrong with it.
 */
import { FIELD, headerBytes, optionsOf, PROTOCOL } from "../sample/packet.ts";
import { big, checksum, crc32c } from "./bytes.ts";

/** What the transport part depends on, besides the packet. */
export interface Around {
  /** Source and destination as bytes. */
  readonly source: readonly number[];
  readonly destination: readonly number[];
  /** Give it a wrong checksum: connection tracking then calls it INVALID. */
  readonly isSpoiled: boolean;
}

/** Identifier of icmp requests and their answers. */
export const ICMP_ID = 0x6d6b;

/** The flow that icmp errors tell of, seen from who gets the error. */
export const QUOTED = { sourcePort: 40000, destinationPort: 53, v4: "198.18.255.9", v6: "fdee::9" } as const;
const QUOTED_V4 = [198, 18, 255, 9];
const QUOTED_V6 = [0xfd, 0xee, ...new Array<number>(13).fill(0), 9];

/** Types of icmp messages that quote a packet. */
export function isIcmpError(protocol: number, type: number): boolean {
  return protocol === PROTOCOL.ICMP ? [3, 4, 5, 11, 12].includes(type) : type < 128;
}

/** The whole transport part, short packets cut. */
export function transportBytes(packet: Int32Array, around: Around): number[] {
  const bytes = wholeTransport(packet, around);
  return packet[FIELD.SHORT] === 0 ? bytes : bytes.slice(0, headerBytes(packet));
}

function wholeTransport(packet: Int32Array, around: Around): number[] {
  const protocol = packet[FIELD.PROTOCOL]!;
  const ports = [...big(packet[FIELD.SPORT]!, 2), ...big(packet[FIELD.DPORT]!, 2)];
  const v4 = around.source.length === 4;
  switch (protocol) {
    case PROTOCOL.TCP:
      return summed(tcpBytes(packet, ports), 16, protocol, around);
    case PROTOCOL.UDP:
      return udpBytes(packet, ports, around);
    case PROTOCOL.UDPLITE:
      // A coverage of 0 bytes stands for all.
      return summed([...ports, 0, 0, 0, 0, 1, 2, 3, 4], 6, protocol, around);
    case PROTOCOL.SCTP:
      return sctpBytes(ports, around);
    case PROTOCOL.DCCP:
      // A request: data offset 5 words, type 0 with long sequence numbers.
      return summed([...ports, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], 6, protocol, around);
    case PROTOCOL.ICMP:
    case PROTOCOL.ICMP6:
      return (protocol === PROTOCOL.ICMP) === v4 ? icmpBytes(packet, around) : otherBytes(protocol, around);
    default:
      return otherBytes(protocol, around);
  }
}

const UDP_BYTES = 12;

/** What connection tracking needs of udp and icmp: a packet that is cut behind it says so in its length and sum, and is as good as any. */
const TRACKED_BYTES = 8;

/** How many of `whole` bytes are there, at least those that connection tracking needs. */
function keptBytes(packet: Int32Array, whole: number): number {
  return Math.min(whole, Math.max(TRACKED_BYTES, headerBytes(packet)));
}

function udpBytes(packet: Int32Array, ports: readonly number[], around: Around): number[] {
  const size = keptBytes(packet, UDP_BYTES);
  return summed([...ports, 0, size, 0, 0, 1, 2, 3, 4].slice(0, size), 6, PROTOCOL.UDP, around);
}

/**
 * Zeros; in IPv6 with two bytes that make up for the pseudo header, since REJECT answers only where the sum of everything is right
 * (net/ipv6/netfilter/nf_reject_ipv6.c, reject6_csum_ok).
 */
function otherBytes(protocol: number, around: Around): number[] {
  const bytes = new Array<number>(24).fill(0);
  return around.source.length === 4 ? bytes : summed(bytes, 22, protocol, { ...around, isSpoiled: false });
}

/** Puts the checksum in its place, over the pseudo header too; icmp of IPv4 has none. */
function summed(bytes: number[], at: number, protocol: number, around: Around): number[] {
  const pseudo =
    protocol === PROTOCOL.ICMP && around.source.length === 4
      ? []
      : [...around.source, ...around.destination, ...big(protocol, 2), ...big(bytes.length, 2)];
  const sum = checksum([...pseudo, ...bytes]) || 0xffff;
  // Neither 0, which udp takes for "none", nor the sum's other spelling.
  const shown = around.isSpoiled ? sum ^ 0x5555 || 0x1234 : sum;
  bytes.splice(at, 2, ...big(shown, 2));
  return bytes;
}

function tcpBytes(packet: Int32Array, ports: readonly number[]): number[] {
  const options = tcpOptions(optionsOf(packet));
  // Cut right behind its 20 bytes, it has to promise options that are not there.
  if (options.length === 0 && headerBytes(packet) === 20) options.push(1, 1, 1, 1);
  const words = 5 + options.length / 4;
  const start = [...ports, 0, 0, 0, 1, 0, 0, 0, 0];
  return [...start, words << 4, packet[FIELD.FLAGS]! & 63, 0x10, 0, 0, 0, 0, 0, ...options];
}

/** Room for options: 40 bytes. */
const MOST_OPTION_BYTES = 40;

/** True when the options find room in a header. */
export function canCarryOptions(options: readonly number[]): boolean {
  return tcpOptions(options).length <= MOST_OPTION_BYTES;
}

/** Each option in its shortest form, 1 (no operation) and 0 (end of the list) last; the last long one is stretched up to a whole word. */
function tcpOptions(options: readonly number[]): number[] {
  const long = options.filter((option) => option > 1);
  const single = options.filter((option) => option < 2).reverse();
  const missing = -(2 * long.length + single.length) & 3;
  if (long.length === 0)
    return [
      ...single,
      ...new Array<number>(single.length > 0 ? missing : 0).fill(single[single.length - 1] ?? 0),
    ];
  const last = long[long.length - 1]!;
  const before = long.slice(0, -1).flatMap((option) => [option, 2]);
  return [...before, last, 2 + missing, ...new Array<number>(missing).fill(0), ...single];
}

/** An INIT chunk, the first of an association. */
function sctpBytes(ports: readonly number[], around: Around): number[] {
  const chunk = [1, 0, 0, 20, 0, 0, 0, 1, 0, 0, 16, 0, 0, 1, 0, 1, 0, 0, 0, 1];
  const bytes = [...ports, 0, 0, 0, 0, 0, 0, 0, 0, ...chunk];
  const sum = crc32c(bytes);
  bytes.splice(8, 4, ...sum.map((byte) => (around.isSpoiled ? byte ^ 0x55 : byte)));
  return bytes;
}

function icmpBytes(packet: Int32Array, around: Around): number[] {
  const type = packet[FIELD.ICMP_TYPE]!;
  const protocol = packet[FIELD.PROTOCOL]!;
  const start = [type, packet[FIELD.ICMP_CODE]!, 0, 0];
  const rest = isIcmpError(protocol, type)
    ? [0, 0, 0, 0, ...quotedPacket(around)]
    : [...big(ICMP_ID, 2), 0, 1, ...new Array<number>(16).fill(0)];
  const bytes = [...start, ...rest];
  return summed(bytes.slice(0, keptBytes(packet, bytes.length)), 2, protocol, around);
}

/** A udp packet that the receiver of the error sent before. */
function quotedPacket({ destination }: Around): number[] {
  const ports = [...big(QUOTED.sourcePort, 2), ...big(QUOTED.destinationPort, 2), 0, UDP_BYTES, 0, 0];
  if (destination.length === 16)
    return [0x60, 0, 0, 0, 0, UDP_BYTES, PROTOCOL.UDP, 60, ...destination, ...QUOTED_V6, ...ports];
  const head = [0x45, 0, 0, 20 + UDP_BYTES, 0, 1, 0, 0, 60, PROTOCOL.UDP, 0, 0, ...destination, ...QUOTED_V4];
  head.splice(10, 2, ...big(checksum(head), 2));
  return [...head, ...ports];
}
