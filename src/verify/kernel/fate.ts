/**
 * What the events of one packet come to: where it began its hook and in which state, and what became of it.
 */
import { CTSTATE } from "../../model/types.ts";
import type { KernelEvent } from "./session.ts";
import type { LogTexts } from "./restore-text.ts";
import type { Fate } from "./types.ts";

/** A packet at the beginning of a hook. */
export interface Arrival {
  readonly mark: number;
  /** CTSTATE bits; null where connection tracking is off, or the packet did not get there. */
  readonly state: number | null;
  readonly connmark: number | null;
  /** Where it is on its way to; missing in hooks in front of routing. */
  readonly out?: string;
}

/** NF_CT_STATE bits and IPS bits (include/uapi/linux/netfilter/nf_conntrack_common.h) to ours. */
const STATES: readonly (readonly [number, number])[] = [
  [1, CTSTATE.INVALID],
  [2, CTSTATE.ESTABLISHED],
  [4, CTSTATE.RELATED],
  [8, CTSTATE.NEW],
  [64, CTSTATE.UNTRACKED],
];
const SOURCE_TRANSLATED = 16;
const DESTINATION_TRANSLATED = 32;

/** What was told at the beginning of a hook; null when the packet never got there. */
export function readArrival(events: readonly KernelEvent[], hook: string): Arrival | null {
  const begin = events.find(({ told }) => told === `${hook}<`);
  if (begin === undefined) return null;
  const shown = (sign: string) => events.find(({ told }) => told === `${hook}${sign}<`)?.mark;
  const [bits, status] = [shown("?"), shown("!") ?? 0];
  let state = bits === undefined ? null : (STATES.find(([bit]) => bit === bits)?.[1] ?? null);
  if (state !== null && (status & SOURCE_TRANSLATED) !== 0) state |= CTSTATE.SNAT;
  if (state !== null && (status & DESTINATION_TRANSLATED) !== 0) state |= CTSTATE.DNAT;
  const out = begin.out === undefined ? {} : { out: begin.out };
  return { mark: begin.mark, state, connmark: shown("#") ?? null, ...out };
}

/** The fate of a packet that is out of the harness's sight when it passes the end of one of `ends`. */
export function readFate(events: readonly KernelEvent[], ends: readonly string[], logs: LogTexts): Fate {
  const answers = events
    .filter(({ told }) => told === "answer")
    .flatMap(({ bytes }) => describeAnswer(bytes ?? ""));
  const told = events.flatMap((event) => {
    const text = logs.textOf(event.told);
    return text === null ? [] : [`${text} (mark ${hex(event.mark)})`];
  });
  const end = events.find((event) => ends.some((hook) => event.told === `${hook}>`));
  if (end === undefined) return { verdict: answers.length > 0 ? "rejected" : "dropped", answers, logs: told };
  const connmark = events.find((event) => ends.some((hook) => event.told === `${hook}#>`))?.mark;
  return {
    verdict: "accepted",
    ...(end.out === undefined ? {} : { out: end.out }),
    mark: hex(end.mark),
    ...(connmark === undefined ? {} : { connmark: hex(connmark) }),
    bytes: end.bytes ?? "",
    answers,
    logs: told,
  };
}

/** The events from the beginning of a hook to its end: what other hooks log is their business. */
export function sinceArrival(events: readonly KernelEvent[], hook: string): readonly KernelEvent[] {
  const from = events.findIndex(({ told }) => told === `${hook}<`);
  const to = events.findIndex(({ told }) => told === `${hook}>`);
  return events.slice(from, to === -1 ? events.length : to + 1);
}

/** A mark as iptables prints it. */
function hex(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`;
}

const TCP = 6;
const ICMP = 1;
const ICMP6 = 58;
const RST = 4;

/** Types of ICMPv6 that hosts send unasked: listener reports and neighbour discovery. */
const isNoise = (type: number): boolean => (type >= 130 && type <= 137) || type === 143;

/** `icmp 3/13`, `tcp reset`, or `protocol N`; nothing for what this host says unasked. */
function describeAnswer(digits: string): readonly string[] {
  const bytes = Buffer.from(digits, "hex");
  const isV4 = bytes[0]! >> 4 === 4;
  const start = isV4 ? 4 * (bytes[0]! & 15) : 40;
  const protocol = isV4 ? bytes[9]! : bytes[6]!;
  if (protocol === TCP) return [(bytes[start + 13]! & RST) !== 0 ? "tcp reset" : "tcp"];
  if (protocol === (isV4 ? ICMP : ICMP6)) {
    const type = bytes[start]!;
    return !isV4 && isNoise(type) ? [] : [`icmp ${type}/${bytes[start + 1]!}`];
  }
  // Listener reports carry a hop-by-hop header.
  return !isV4 && protocol === 0 ? [] : [`protocol ${protocol}`];
}
