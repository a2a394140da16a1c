/**
 * Says what the mark of a log line means: which rule chains can have logged it, which of their groups matched, and which groups the logged packet is in. What can't be known
 * is said to be so.
 */
import { AXES, type Axis } from "../model/types.ts";
import { type Answer, judgeAll } from "./judge.ts";
import type { AskedGroup, Legend, LegendGroup, LogPlace } from "./legend.ts";
import { type LoggedPacket, readLogLine } from "./log-line.ts";

/** What became of one group of a rule chain. */
export interface GroupOutcome {
  readonly axis: Axis;
  readonly group: string;
  /** By its bit; null: it is asked behind the LOG rule. */
  readonly matched: boolean | null;
  /** The rule chain wants packets that are not in the group. */
  readonly negated: boolean;
}

/** A rule chain that can have logged the line. */
export interface DecodedChain {
  readonly table: string;
  readonly chain: string;
  /** Line of its LOG rule in the ruleset. */
  readonly logLine: number;
  readonly groups: readonly GroupOutcome[];
}

/** What a line says. */
export interface Decoded {
  readonly mark: number;
  /** Bits of the mark that are no group's. */
  readonly otherBits: number;
  /** The prefix of the LOG rule, where one of the ruleset's stands there. */
  readonly prefix: string | null;
  /** All axes that have groups; true where a bit of theirs is set. */
  readonly axes: ReadonlyMap<Axis, boolean>;
  /** None: no LOG rule of the ruleset logs such a packet with these bits. Several: it can be any of them. */
  readonly chains: readonly DecodedChain[];
  /** Groups that the packet is in by its addresses, interfaces, protocol and ports. */
  readonly inGroups: readonly { readonly axis: Axis; readonly group: string }[];
  /** Groups of which the line does not tell that. */
  readonly unknownGroups: readonly { readonly axis: Axis; readonly group: string }[];
}

/** Results that are kept for packets like earlier ones. */
const MOST_KEPT = 20_000;

/** Makes the function that decodes lines; null for lines without a mark, or without a bit of a group. It remembers what it found out, up to a limit. */
export function makeDecoder(legends: readonly Legend[]): (line: string) => Decoded | null {
  const deciders = legends.map((legend) => ({ legend, judge: makeMembership(legend) }));
  const own = legends.reduce((mask, legend) => (mask | legend.own) >>> 0, 0);
  return (line) => {
    const packet = readLogLine(line);
    if (packet === null || (packet.mark & own) === 0) return null;
    const found = deciders.find(({ legend }) => legend.family === packet.family);
    if (found === undefined || (packet.mark & found.legend.own) === 0) return null;
    return decodePacket(packet, found.legend, found.judge(packet));
  };
}

type Memberships = ReadonlyMap<LegendGroup, Answer>;

function decodePacket(packet: LoggedPacket, legend: Legend, answers: Memberships): Decoded {
  const prefix = findPrefix(packet.head, legend.prefixes);
  const places = legend.places.filter(
    (place) => place.prefix === prefix && canLog(place, packet, legend, answers),
  );
  const axes = new Map<Axis, boolean>();
  for (const group of legend.groups)
    axes.set(group.axis, axes.get(group.axis) === true || hasBits(group, packet));
  const groupsThat = (wanted: Answer) =>
    uniqueGroups(legend.groups.filter((group) => answers.get(group) === wanted));
  return {
    mark: packet.mark,
    otherBits: (packet.mark & ~legend.own) >>> 0,
    prefix,
    axes,
    chains: places.map((place) => describePlace(place, packet)),
    inGroups: groupsThat(true),
    unknownGroups: groupsThat(null),
  };
}

/** Tells for each group whether a packet is in it. One axis looks at little of a packet, so its answers are kept by that. */
function makeMembership({ groups }: Legend): (packet: LoggedPacket) => Memberships {
  const matches = groups.flatMap(({ rules }) => rules.flatMap((rule) => rule.matches));
  const asksSources = matches.some(
    (match) =>
      (match.kind === "transport" && match.source !== null) ||
      (match.kind === "multiport" && match.side !== "destination"),
  );
  const asksFlags = matches.some((match) => match.kind === "transport" && match.flags !== null);
  const serviceKey = (packet: LoggedPacket): string =>
    [
      ...[packet.protocol, packet.dport, packet.icmpType, packet.icmpCode, packet.fragment],
      ...[asksSources ? packet.sport : "", asksFlags ? packet.tcpFlags : ""],
    ].join(" ");
  const byAxis = AXES.map((axis) => ({
    list: groups.filter((group) => group.axis === axis),
    keyOf: axis === "service" ? serviceKey : (packet: LoggedPacket) => packet[axis] ?? "",
    kept: new Map<string, readonly Answer[]>(),
  }));
  return (packet) => {
    const answers = new Map<LegendGroup, Answer>();
    for (const { list, keyOf, kept } of byAxis) {
      const key = keyOf(packet);
      let known = kept.get(key);
      if (known === undefined) {
        if (kept.size >= MOST_KEPT) kept.clear();
        known = list.map((group) => isIn(group, packet));
        kept.set(key, known);
      }
      for (const [at, group] of list.entries()) answers.set(group, known[at]!);
    }
    return answers;
  };
}

function isIn({ rules }: LegendGroup, packet: LoggedPacket): Answer {
  let answer: Answer = false;
  for (const { matches } of rules) {
    const each = judgeAll(matches, packet);
    if (each === true) return true;
    if (each === null) answer = null;
  }
  return answer;
}

/** Whether the LOG rule of a place logs this packet with these bits, as far as one can tell. */
function canLog(
  { rule, asked, passed }: LogPlace,
  packet: LoggedPacket,
  legend: Legend,
  answers: Memberships,
): boolean {
  if (judgeAll(rule.matches, packet) === false) return false;
  // Packets that left the rule chain before can't be here. Bits only come, so those of then are known.
  for (const { matches, bits } of passed) {
    const mark = (packet.mark & (bits | ~legend.own)) >>> 0;
    if (judgeAll(matches, { ...packet, mark }) === true) return false;
  }
  let possible = 0;
  for (const { group } of asked) possible |= group.bits;
  // A bit that nobody has asked for by then can't be there.
  if ((packet.mark & legend.own & ~possible) !== 0) return false;
  return asked.every((each) => fitsBit(each, asked, packet, answers));
}

/** Whether a group's bit is as its members say. A call with conditions may have left it out, and a flip may have taken it back. */
function fitsBit(
  { group, negated, guarded }: AskedGroup,
  all: readonly AskedGroup[],
  packet: LoggedPacket,
  answers: Memberships,
): boolean {
  const answer = answers.get(group) ?? null;
  const sharesBit = all.some((other) => other.group !== group && (other.group.bits & group.bits) !== 0);
  if (answer === null || sharesBit) return true;
  const isFound = hasBits(group, packet) !== negated;
  return guarded || group.flips ? !isFound || answer : isFound === answer;
}

function hasBits({ bits }: LegendGroup, { mark }: LoggedPacket): boolean {
  return (mark & bits) >>> 0 === bits;
}

function describePlace({ table, chain, rule, asked, later }: LogPlace, packet: LoggedPacket): DecodedChain {
  const outcomes = new Map<string, GroupOutcome>();
  for (const { group, negated, excluded } of asked) {
    const matched = hasBits(group, packet) !== excluded;
    const wanted = negated === excluded;
    outcomes.set(group.name, { axis: group.axis, group: group.name, matched, negated: !wanted });
  }
  for (const { axis, name } of later)
    if (!outcomes.has(name)) outcomes.set(name, { axis, group: name, matched: null, negated: false });
  return { table, chain, logLine: rule.line, groups: [...outcomes.values()] };
}

function uniqueGroups(groups: readonly LegendGroup[]): Decoded["inGroups"] {
  return [...new Map(groups.map(({ name, axis }) => [name, { axis, group: name }])).values()];
}

/** The longest prefix of the ruleset that the head ends with; null where none does. A LOG rule without a prefix fits every head. */
function findPrefix(head: string, prefixes: readonly string[]): string | null {
  let best: string | null = null;
  for (const prefix of prefixes)
    if (head.endsWith(prefix) && (best === null || prefix.length > best.length)) best = prefix;
  return best;
}
