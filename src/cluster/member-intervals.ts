/**
 * Members of groups, as iptables-save prints them, to the intervals by which they are compared: with each other, and with what a person has named elsewhere.
 */
import { addressInterval, ANY_PORT, icmpInterval, portInterval, protocolInterval } from "../import/lanes.ts";
import type { Interval } from "../import/named-set.ts";
import { parseIcmpType } from "../model/icmp.ts";
import { parsePortRange } from "../model/ports.ts";
import { parseProtocol } from "../model/protocols.ts";
import type { Axis, PortRange } from "../model/types.ts";

/** The intervals of one member; null for interfaces, and for services that are more than a protocol with ports or an icmp type. */
export function memberIntervals(axis: Axis, member: string): readonly Interval[] | null {
  if (axis === "in" || axis === "out") return null;
  if (axis === "service") return serviceIntervals(member);
  const interval = addressInterval(member);
  return interval === null ? null : [interval];
}

/** `tcp dport 22`, `tcp header dports 80,443`, `udp sport 53 dport 1024:65535`, `icmp type 8`, `gre`. */
function serviceIntervals(member: string): readonly Interval[] | null {
  const [name = "", ...words] = member.split(" ");
  const protocol = parseProtocol(name);
  if (protocol === null) return null;
  let sources: readonly PortRange[] = [ANY_PORT];
  let destinations: readonly PortRange[] | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    // A bare `-m tcp` reads the header, and matches all the same.
    if (word === "header") continue;
    const value = words[++at];
    if (value === undefined) return null;
    if (word === "type") return words.length > 2 ? null : icmpIntervals(protocol, value);
    const ranges = readRanges(value);
    if (ranges === null) return null;
    if (word === "sport" || word === "sports") sources = ranges;
    else if ((word === "dport" || word === "dports") && destinations === null) destinations = ranges;
    else return null;
  }
  if (destinations === null && sources[0] === ANY_PORT) return allOf([protocolInterval(protocol)]);
  return allOf(
    sources.flatMap((source) =>
      (destinations ?? [ANY_PORT]).map((range) => portInterval(protocol, range, source)),
    ),
  );
}

function icmpIntervals(protocol: number, value: string): readonly Interval[] | null {
  const kind = parseIcmpType(value, protocol === 58 ? "v6" : "v4");
  if (kind === null) return null;
  const codes = { first: kind.firstCode, last: kind.lastCode };
  return allOf([icmpInterval(protocol, kind.type, codes)]);
}

function readRanges(text: string): readonly PortRange[] | null {
  const ranges: PortRange[] = [];
  for (const part of text.split(",")) {
    const range = parsePortRange(part);
    if (typeof range === "string") return null;
    ranges.push(range);
  }
  return ranges;
}

function allOf(intervals: readonly (Interval | null)[]): readonly Interval[] | null {
  const found = intervals.flatMap((interval) => interval ?? []);
  return found.length === intervals.length ? found : null;
}
