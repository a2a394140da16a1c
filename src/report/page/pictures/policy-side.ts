/**
 * What a policy rule says of its sides and services, in the words of its groups, and what it asks beside them.
 */
import { serviceWords } from "../../../cluster/features.ts";
import type { Axis } from "../../../model/types.ts";
import type { ProductView } from "../../view.ts";

/** Rows are about where packets come from, columns about where they go to. */
export type Side = "row" | "column";

/** What becomes of packets. */
export type Fate = "accepts" | "denies" | "other";

const SIDE_AXES: Readonly<Record<Side, readonly Axis[]>> = {
  row: ["source", "in"],
  column: ["destination", "out"],
};

const OPTIONS: Readonly<Record<Axis, RegExp | null>> = {
  source: /^(! )?(?:-s|--src-range) (\S+)$/,
  destination: /^(! )?(?:-d|--dst-range) (\S+)$/,
  in: /^(! )?-i (\S+)$/,
  out: /^(! )?-o (\S+)$/,
  service: null,
};

/** What else restricts who sends or who gets; a set that is asked for both belongs to neither. */
const LIMITS: Readonly<Record<Side, RegExp>> = {
  row: /^(! )?-[si] |^-m (?:mac|owner) |--(?:src-range|src-type|src-group|src-cc|physdev-in|physdev-is-in|rsource)\b|--match-set \S+ src(?:,src)*$/,
  column:
    /^(! )?-[do] |--(?:dst-range|dst-type|dst-group|dst-cc|physdev-out|physdev-is-out|rdest)\b|--match-set \S+ dst(?:,dst)*$/,
};

/**
 * Names of a side: the groups or single members, with the interface behind and what else it is limited to; empty: it is not asked.
 */
export function describeSide(rule: ProductView, side: Side): string {
  const [address, device] = SIDE_AXES[side].map((axis) => describeAxis(rule, axis));
  const names = [address, device === "" ? "" : `${side === "row" ? "in" : "out"} ${device}`]
    .filter((text) => text !== "")
    .join(" · ");
  const limits = restOf(rule).filter((match) => sideOf(match) === side);
  return limits.length === 0 ? names : `${names || "any"}, only if ${limits.join(" ")}`;
}

/** What it asks beside its sides and services, as iptables prints it. */
export function describeLimits(rule: ProductView): string {
  return restOf(rule)
    .filter((match) => sideOf(match) === null)
    .join(" ");
}

function sideOf(match: string): Side | null {
  const sides = (["row", "column"] as const).filter((side) => LIMITS[side].test(match));
  return sides.length === 1 && !HEADERS.test(match) ? sides[0]! : null;
}

/** Axis and name of the groups of a side, as keys. */
export function sideGroups({ groups }: ProductView, side: Side): readonly string[] {
  return SIDE_AXES[side].flatMap((axis) => (groups[axis] === undefined ? [] : [`${axis} ${groups[axis]}`]));
}

/** A group or a single member of an axis of addresses or interfaces; `not` before it. */
export function describeAxis(rule: ProductView, axis: Axis): string {
  const name = rule.groups[axis];
  if (name !== undefined) return `${rule.negated?.includes(axis) === true ? "not " : ""}${name}`;
  const [, not, value = ""] = OPTIONS[axis]?.exec(matchOf(rule, axis) ?? "") ?? [];
  return not === undefined ? value : `not ${value}`;
}

/** The match that names the group or single member of an axis of addresses or interfaces. */
function matchOf(rule: ProductView, axis: Axis): string | undefined {
  const name = rule.groups[axis];
  return matchesOf(rule).find((match) => {
    const [, , value] = OPTIONS[axis]?.exec(match) ?? [];
    return value !== undefined && (name === undefined || value === name);
  });
}

/** Matches that are neither a group, nor a single member, nor of the services. */
function restOf(rule: ProductView): readonly string[] {
  const named = new Set([
    ...(["source", "destination", "in", "out"] as const).map((axis) => matchOf(rule, axis)),
    ...serviceOf(rule),
  ]);
  return matchesOf(rule).filter((match) => !named.has(match) && !match.startsWith("-m comment "));
}

const WORDS = /"(?:[^"\\]|\\.)*"|\S+/g;

/** What stands before the target, match by match; without the group of services, which has no option. */
function matchesOf(rule: ProductView): readonly string[] {
  const words = rule.summary.match(WORDS) ?? [];
  const end = words.findIndex((word) => word === "-j" || word === "-g");
  const asked = words.slice(0, end === -1 ? words.length : end);
  const service = rule.groups.service;
  const at = service === undefined ? -1 : asked.lastIndexOf(service);
  const first = asked[at - 1] === "not" ? at - 1 : at;
  if (at >= 0) asked.splice(first, at + 1 - first);
  const starts = asked.flatMap((word, at) => {
    if (!OPTION.test(word)) return [];
    return [asked[at - 1] === "!" ? at - 1 : at];
  });
  return starts.flatMap((start, at) => splitRanges(asked.slice(start, starts[at + 1]).join(" ")));
}

/** Begins a match, with what negates it. */
const OPTION = /^-[a-z]$/;

/** A match of ranges may ask for both sides. */
function splitRanges(match: string): readonly string[] {
  return match.startsWith("-m iprange ")
    ? (match.match(/(?:! )?--(?:src|dst)-range \S+/g) ?? [match])
    : [match];
}

const HEADERS = /^-m (?:tcp|udp|sctp|dccp|udplite|multiport|icmp|icmp6)\b/;

/** A group of services, a single one in the words of groups, or empty. */
export function describeService(rule: ProductView): string {
  const name = rule.groups.service;
  if (name !== undefined) return `${rule.negated?.includes("service") === true ? "not " : ""}${name}`;
  const [protocol, ...headers] = serviceOf(rule);
  if (protocol === undefined) return "";
  if (protocol.startsWith("! ")) return `not ${protocol.slice("! -p ".length)}`;
  return [protocol.slice("-p ".length), ...headers.map(serviceWords)].join(" ");
}

/** The protocol of a single service, and what is asked of its header right behind. */
function serviceOf(rule: ProductView): readonly string[] {
  if (rule.groups.service !== undefined) return [];
  const matches = matchesOf(rule);
  const start = matches.findIndex((match) => /^(?:! )?-p /.test(match));
  if (start === -1) return [];
  const behind = matches.slice(start + 1);
  const end = behind.findIndex((match) => !HEADERS.test(match));
  const isNot = matches[start]!.startsWith("!");
  return [matches[start]!, ...(isNot ? [] : behind.slice(0, end === -1 ? behind.length : end))];
}

/** The target, as iptables prints it without `-j`. */
export function targetOf({ summary }: ProductView): string {
  return / -[jg] (.+)$/.exec(` ${summary}`)?.[1] ?? "";
}

/** What becomes of its packets. */
export function fateOf(rule: ProductView): Fate {
  const [target = ""] = targetOf(rule).split(" ");
  if (target === "ACCEPT") return "accepts";
  return target === "DROP" || target === "REJECT" ? "denies" : "other";
}
