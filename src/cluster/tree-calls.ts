/**
 * Reads the calls of a tree: one rule with any matches, or several in a row that differ in one member.
 */
import { AXES, type Family, type Match, type MultiportMatch, type Rule } from "../model/types.ts";
import { printPortRange } from "../model/ports.ts";
import { type Movable, makeServiceToken, type Token } from "./features.ts";
import { takeApart } from "./tree-levels.ts";
import type { TreeAxis } from "./types.ts";

/** Calls, taken apart. */
export interface TreeCalls {
  readonly first: Movable;
  /** What they differ in; null for a single call. */
  readonly axis: TreeAxis | null;
  /** The services of a single call, where they can stand one by one. */
  readonly services: TreeAxis | null;
  /** All matches of a single call; of several, those that all have, before the axis is tested. */
  readonly guard: string;
  /** Without the service: what stands before it, and what after. */
  readonly guardOfServices: string;
  readonly post: string;
}

/** Null where calls can't be read as one. */
export function readCalls(calls: readonly Rule[], family: Family): TreeCalls | null {
  const parts: Movable[] = [];
  for (const call of calls) {
    const movable = takeApart(call, family);
    if (movable === null) return null;
    parts.push(movable);
  }
  const first = parts[0]!;
  const services = readServices(parts);
  const bare = { first, guardOfServices: headText(first), post: first.post };
  if (calls.length === 1) {
    const guard = [headText(first), first.tail].filter((text) => text !== "").join(" ");
    const several = services !== null && services.tokens.length > 1 ? services : null;
    return { ...bare, axis: null, services: several, guard };
  }
  if (services !== null) return { ...bare, axis: services, services: null, guard: bare.guardOfServices };
  return readVarying(parts);
}

/** Calls that differ in one address or interface, and read no header. */
function readVarying(parts: readonly Movable[]): TreeCalls | null {
  const first = parts[0]!;
  const varying = AXES.flatMap((axis, at) => {
    const keys = new Set(parts.map(({ tokens }) => tokens[at]?.key ?? ""));
    return keys.size > 1 ? [{ axis, at }] : [];
  });
  const [only] = varying;
  if (varying.length !== 1 || only === undefined || only.axis === "service") return null;
  const isAlike = parts.every(
    ({ guard, tail, profile, readsExtensions, tokens }) =>
      profile === "" &&
      !readsExtensions &&
      tokens[only.at] !== null &&
      tail === first.tail &&
      guard.join(" ") === first.guard.join(" "),
  );
  if (!isAlike) return null;
  const axis = collect(
    only.axis,
    parts.map(({ tokens, rule }) => [tokens[only.at]!, rule.line]),
  );
  const guard = [headText(first, only.at), first.tail].filter((text) => text !== "").join(" ");
  return { first, axis, services: null, guard, guardOfServices: "", post: "" };
}

/** The services of calls that differ in nothing else, ports of a list one by one; null where that can't be said. */
function readServices(parts: readonly Movable[]): TreeAxis | null {
  const first = parts[0]!;
  const entries: [Token, number][] = [];
  const profiles = new Map<string, string>();
  for (const { rule, tokens, pre, post, profile, ...part } of parts) {
    if (tokens[AXES.indexOf("service")] === null || pre !== "" || !PORT_PROFILES.includes(profile))
      return null;
    if (post !== first.post || headText({ tokens, ...part }) !== headText(first)) return null;
    // The set is tested as a whole: what is too short for one of its members has to be too short for the others of its protocol.
    const protocol = tokens[AXES.indexOf("service")]!.key.split(" ")[0]!;
    if ((profiles.get(protocol) ?? profile) !== profile) return null;
    profiles.set(protocol, profile);
    for (const token of splitPorts(rule)) entries.push([token, rule.line]);
  }
  return collect("service", entries);
}

/** Profiles (see `header-profile.ts`) of ports, without options. */
const PORT_PROFILES: readonly string[] = ["plain", "bare", "bare+multiport", "multiport"];

/** A token for each port of a list; each of them reads as much of the header as the list does. */
function splitPorts(rule: Rule): readonly Token[] {
  const protocol = rule.matches.find(({ kind }) => kind === "protocol") ?? null;
  const transport = rule.matches.filter(({ kind }) => TRANSPORT.includes(kind));
  const list = transport.find(
    (match): match is MultiportMatch =>
      match.kind === "multiport" && !match.negated && match.side !== "either",
  );
  const variants: readonly (readonly Match[])[] =
    list === undefined || list.ranges.length < 2
      ? [transport]
      : list.ranges.map((range) => {
          const text = `-m multiport --${list.side === "source" ? "sports" : "dports"} ${printPortRange(range)}`;
          return transport.map((match) => (match === list ? { ...list, ranges: [range], text } : match));
        });
  return variants.flatMap((matches) => makeServiceToken(protocol, matches) ?? []);
}

const TRANSPORT: readonly Match["kind"][] = ["transport", "multiport", "icmp"];

function collect(axis: TreeAxis["axis"], entries: readonly (readonly [Token, number])[]): TreeAxis {
  const tokens = new Map<string, Token>();
  const lines = new Map<string, number[]>();
  for (const [token, line] of entries) {
    if (!tokens.has(token.key)) tokens.set(token.key, token);
    lines.set(token.key, [...new Set([...(lines.get(token.key) ?? []), line])]);
  }
  return { axis, tokens: [...tokens.values()], lines };
}

/** Addresses, interfaces and negated ones of them, without the axis at `omit`. */
function headText({ tokens, guard }: Pick<Movable, "tokens" | "guard">, omit = -1): string {
  const service = AXES.indexOf("service");
  const own = tokens.flatMap((token, at) =>
    token === null || at === service || at === omit ? [] : [token.text],
  );
  return [...guard, ...own].join(" ");
}
