/**
 * From a record of a capture to its IP packet: what stands in front of it on Ethernet, in Linux's cooked captures, on loopback devices and tunnels.
 */
import type { CaptureRecord, Direction } from "../capture/record.ts";
import { clearFrame, CUT, type Frame, passed, type Unjudged, unjudged, word16, word32 } from "./frame.ts";
import { readIpv4 } from "./ipv4.ts";
import { readIpv6 } from "./ipv6.ts";

/** www.tcpdump.org/linktypes.html; 12 and 14 are what some systems wrote for 101. */
const LINK = {
  NULL: 0,
  ETHERNET: 1,
  RAW: [101, 12, 14],
  LOOP: 108,
  COOKED: 113,
  IPV4: 228,
  IPV6: 229,
  COOKED2: 276,
} as const;

const ETHERTYPE = { IPV4: 0x0800, IPV6: 0x86dd } as const;
const TAGS = new Set([0x8100, 0x88a8, 0x9100]);
/** More than anybody stacks. */
const MOST_TAGS = 8;

/** AF_INET; AF_INET6 of Linux, of the BSDs, of macOS. */
const NULL_IPV4 = 2;
const NULL_IPV6 = new Set([10, 24, 28, 30]);

/** sll_pkttype of packet(7): to us, broadcast, multicast, to others, from us. */
const PACKET_TYPES: readonly Direction[] = ["in", "in", "in", "other", "out"];

const NO_IP = passed("no packets of IPv4 or IPv6 (ARP and others): iptables does not see them");
const OTHER_HOST = passed(
  "they are for other hosts, and were overheard: the kernel drops them before any rule",
);
const CONTRADICTION = unjudged("the file says that more of them was captured than there was");

/** What the capture says of a packet; `needsOptions`: whether rules ask for tcp options. Null where all that rules may ask is in the frame. */
export function readFrame(record: CaptureRecord, frame: Frame, needsOptions: boolean): Unjudged | null {
  clearFrame(frame);
  frame.bytes = record.bytes;
  frame.time = record.time;
  frame.device = record.device;
  frame.direction = record.direction;
  if (record.captured > record.length) return CONTRADICTION;
  const head = readHead(record, frame);
  if (typeof head !== "number" && "why" in head) return head;
  if (frame.direction === "other") return OTHER_HOST;
  const { type, at } = untag(record, frame, head);
  const end = record.start + record.captured;
  if (at > end) return CUT;
  const onWire = record.length - (at - record.start);
  if (type === ETHERTYPE.IPV4) return readIpv4(frame, at, end, onWire, needsOptions);
  return type === ETHERTYPE.IPV6 ? readIpv6(frame, at, end, onWire, needsOptions) : NO_IP;
}

/** What comes next, and where. */
interface Next {
  readonly type: number;
  readonly at: number;
}

function readHead({ bytes, start, captured, link }: CaptureRecord, frame: Frame): Next | Unjudged {
  const has = (length: number): boolean => captured >= length;
  switch (link) {
    case LINK.ETHERNET:
      if (!has(14)) return CUT;
      frame.macAt = start + 6;
      return { type: word16(bytes, start + 12), at: start + 14 };
    case LINK.COOKED:
      if (!has(16)) return CUT;
      frame.direction ??= PACKET_TYPES[word16(bytes, start)] ?? null;
      frame.macAt = macOf(word16(bytes, start + 4), start + 6);
      return { type: word16(bytes, start + 14), at: start + 16 };
    case LINK.COOKED2:
      if (!has(20)) return CUT;
      frame.deviceNumber = word32(bytes, start + 4);
      frame.direction ??= PACKET_TYPES[bytes[start + 10]!] ?? null;
      frame.macAt = macOf(bytes[start + 11]!, start + 12);
      return { type: word16(bytes, start), at: start + 20 };
    case LINK.NULL:
    case LINK.LOOP:
      if (!has(4)) return CUT;
      return { type: typeOfFamily(word32(bytes, start)), at: start + 4 };
    case LINK.IPV4:
    case LINK.IPV6:
    case LINK.RAW[0]:
    case LINK.RAW[1]:
    case LINK.RAW[2]:
      if (!has(1)) return CUT;
      frame.macAt = -1;
      return {
        type: bytes[start]! >> 4 === 4 ? ETHERTYPE.IPV4 : bytes[start]! >> 4 === 6 ? ETHERTYPE.IPV6 : 0,
        at: start,
      };
    default:
      return unjudged(`captures of link type ${link} are not read`);
  }
}

/** The address of a cooked capture, by its length: that of other links is none that rules could ask for. */
function macOf(length: number, at: number): number {
  return length === 6 ? at : -1;
}

/** The writer's byte order is not known: one of the two makes sense. */
function typeOfFamily(word: number): number {
  const family = (word & 0xffff) === 0 ? word >>> 24 : word >>> 0;
  if (family === NULL_IPV4) return ETHERTYPE.IPV4;
  return NULL_IPV6.has(family) ? ETHERTYPE.IPV6 : 0;
}

/** Steps over VLAN tags. Where one is cut off, `at` is behind the end. */
function untag({ bytes, start, captured }: CaptureRecord, frame: Frame, next: Next): Next {
  let { type, at } = next;
  for (let left = MOST_TAGS; left > 0 && TAGS.has(type); left--) {
    if (at + 4 > start + captured) return { type: ETHERTYPE.IPV4, at: start + captured + 1 };
    frame.hasTag = true;
    type = word16(bytes, at + 2);
    at += 4;
  }
  return { type, at };
}
