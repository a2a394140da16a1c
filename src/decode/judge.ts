/**
 * Asks of a logged packet what a rule's matches ask: yes, no, or (null) the line does not tell.
 */
import type { AddressRange, Match, PortTest, TransportMatch } from "../model/types.ts";
import { addressWords, type LoggedPacket } from "./log-line.ts";

/** True, false, or null for what a line can't tell. */
export type Answer = boolean | null;

/** All of them; false as soon as one is false, whatever the others are. */
export function judgeAll(matches: readonly Match[], packet: LoggedPacket): Answer {
  let answer: Answer = true;
  for (const match of matches) {
    const each = judge(match, packet);
    if (each === false) return false;
    if (each === null) answer = null;
  }
  return answer;
}

function judge(match: Match, packet: LoggedPacket): Answer {
  switch (match.kind) {
    case "source":
    case "destination": {
      const words = addressWords(packet[match.kind], packet.family);
      if (match.address === null || words === null) return null;
      const { address, mask } = match.address;
      if (address.length !== words.length) return false;
      return words.every((word, at) => (word & mask[at]!) >>> 0 === address[at]) !== match.negated;
    }
    case "in":
    case "out":
      return fits(packet[match.kind], match.name) !== match.negated;
    case "protocol":
      return packet.protocol === null ? null : (packet.protocol === match.number) !== match.negated;
    case "fragment":
      return packet.fragment !== match.negated;
    case "transport":
      return judgeTransport(match, packet);
    case "multiport": {
      const any = (port: number | null): Answer =>
        port === null ? null : match.ranges.some(({ first, last }) => port >= first && port <= last);
      const [source, destination] = [any(packet.sport), any(packet.dport)];
      const found = { source, destination, either: either(source, destination) }[match.side];
      return found === null ? null : found !== match.negated;
    }
    case "icmp": {
      if (match.type === null) return packet.icmpType === null ? null : !match.negated;
      if (packet.icmpType === null || packet.icmpCode === null) return null;
      const inside = packet.icmpCode >= match.firstCode && packet.icmpCode <= match.lastCode;
      return (packet.icmpType === match.type && inside) !== match.negated;
    }
    case "mark":
      return ((packet.mark & match.mask) >>> 0 === match.value) !== match.negated;
    case "iprange": {
      const source = judgeRange(match.source, packet.source, packet);
      const destination = judgeRange(match.destination, packet.destination, packet);
      return source === false || destination === false
        ? false
        : source === null || destination === null
          ? null
          : true;
    }
    case "comment":
      return true;
    default:
      return null;
  }
}

function either(one: Answer, other: Answer): Answer {
  if (one === true || other === true) return true;
  return one === null || other === null ? null : false;
}

/** `eth+` is every name that begins so. */
function fits(name: string, pattern: string): boolean {
  return pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function judgeTransport(match: TransportMatch, packet: LoggedPacket): Answer {
  if (match.option !== null) return null;
  const parts = [judgePort(match.source, packet.sport), judgePort(match.destination, packet.dport)];
  if (match.flags !== null) {
    const { mask, set, negated } = match.flags;
    parts.push(packet.tcpFlags === null ? null : ((packet.tcpFlags & mask) === set) !== negated);
  }
  if (parts.includes(false)) return false;
  return parts.includes(null) ? null : true;
}

function judgePort(test: PortTest | null, port: number | null): Answer {
  if (test === null) return true;
  if (port === null) return null;
  return (port >= test.range.first && port <= test.range.last) !== test.negated;
}

function judgeRange(
  test: { readonly negated: boolean; readonly range: AddressRange } | null,
  address: string | null,
  packet: LoggedPacket,
): Answer {
  if (test === null) return true;
  const words = addressWords(address, packet.family);
  if (words === null) return null;
  const { first, last } = test.range;
  if (first.length !== words.length) return false;
  return (compare(first, words) <= 0 && compare(words, last) <= 0) !== test.negated;
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((word, index) => word !== other[index]);
  return at === -1 ? 0 : one[at]! - other[at]!;
}
