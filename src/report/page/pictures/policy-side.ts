/**
 * What a policy rule says of its sides and services, in the words of its groups; what is no group stands in its summary.
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

const SINGLES: Readonly<Record<Axis, RegExp | null>> = {
  source: / (! )?(?:-s|--src-range) (\S+)/,
  destination: / (! )?(?:-d|--dst-range) (\S+)/,
  in: / (! )?-i (\S+)/,
  out: / (! )?-o (\S+)/,
  service: null,
};

/** Names of a side: the groups or single members, with the interface behind; empty: it is not asked. */
export function describeSide(rule: ProductView, side: Side): string {
  const [address, device] = SIDE_AXES[side].map((axis) => describeAxis(rule, axis));
  return [address, device === "" ? "" : `${side === "row" ? "in" : "out"} ${device}`]
    .filter((text) => text !== "")
    .join(" · ");
}

/** Axis and name of the groups of a side, as keys. */
export function sideGroups({ groups }: ProductView, side: Side): readonly string[] {
  return SIDE_AXES[side].flatMap((axis) => (groups[axis] === undefined ? [] : [`${axis} ${groups[axis]}`]));
}

/** A group or a single member of an axis of addresses or interfaces; `not` before it. */
export function describeAxis(rule: ProductView, axis: Axis): string {
  const name = rule.groups[axis];
  if (name !== undefined) return `${rule.negated?.includes(axis) === true ? "not " : ""}${name}`;
  const [, not, value = ""] = SINGLES[axis]?.exec(conditionsOf(rule)) ?? [];
  return not === undefined ? value : `not ${value}`;
}

/** What stands before the target. */
function conditionsOf({ summary }: ProductView): string {
  return ` ${summary}`.split(/ -[jg] /, 1)[0]!;
}

const HEADERS = /^-m (?:tcp|udp|sctp|dccp|udplite|multiport|icmp|icmp6)\b/;

/** A group of services, a single one in the words of groups, or empty. */
export function describeService(rule: ProductView): string {
  const name = rule.groups.service;
  if (name !== undefined) return `${rule.negated?.includes("service") === true ? "not " : ""}${name}`;
  const [, not, text] = / (! )?-p (.+)$/.exec(conditionsOf(rule)) ?? [];
  if (text === undefined) return "";
  const [protocol = "", ...matches] = text.split(/ (?=-m )/);
  if (not !== undefined) return `not ${protocol}`;
  const end = matches.findIndex((match) => !HEADERS.test(match));
  return [protocol, ...matches.slice(0, end === -1 ? matches.length : end).map(serviceWords)].join(" ");
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
