/**
 * Reads a private chain that lets some packets out and decides about the rest: "everything but these".
 *
 *     -A INPUT -p tcp -m tcp --dport 22 -j GUARD
 *     -A GUARD -s 10.0.0.1/32 -j RETURN         the exceptions ...
 *     -A GUARD -s 10.0.0.2/32 -j RETURN
 *     -A GUARD -j DROP                          ... and what happens to all others
 *
 * Why that is a policy rule with a negated group: exceptions come back to the rule behind the call, and so does whoever the last rules don't match. A list of exceptions is false where its
 * members are, later fragments without ports too, so a bit that such a packet has not got says the same; `! --dport` would not. Header tests may drop packets, so they are taken only where the rule chain
 * asks them of the same packets: services among the exceptions stand before or after all others, read headers alike, and no address is left to test.
 */
import { AXES, type Axis, type Family, type Rule, type Target } from "../model/types.ts";
import type { Movable, Token } from "./features.ts";
import { readsAlike, readTested } from "./marks/groups.ts";
import { readCalls } from "./tree-calls.ts";
import { takeApart } from "./tree-levels.ts";
import type { Product, TreeAxis, TreeProduct } from "./types.ts";

const SERVICE = AXES.indexOf("service");

/** What such a chain and its call come to. */
export type Exclusion = Pick<TreeProduct, "template" | "axes" | "servicesFirst"> &
  Required<Pick<Product, "negated">>;

/** Null where a chain is something else, or has no list of two exceptions at least. */
export function readExclusion(
  calls: readonly Rule[],
  rules: readonly Rule[],
  family: Family,
): Exclusion | null {
  const start = rules.findIndex((rule) => !returns(rule));
  if (start < 1) return null;
  const caller = readCaller(calls, family);
  const exceptions = readExceptions(rules.slice(0, start), family);
  const rest = readRest(rules.slice(start), family);
  if (caller === null || exceptions === null || rest === null) return null;
  const { lists, singles } = exceptions;
  const negated = AXES.filter((axis) => lists.has(axis));
  const axes = [...lists.values(), ...rest.axes, ...caller.outer].sort(
    (one, other) => AXES.indexOf(one.axis) - AXES.indexOf(other.axis),
  );
  // A rule chain asks one group of each kind.
  if (negated.length === 0 || new Set(axes.map(({ axis }) => axis)).size < axes.length) return null;
  const { first } = rest;
  const asksFirst = exceptions.places === "first" && negated.length > 1;
  if (exceptions.places !== null) {
    const testsAddresses =
      first.guard.length > 0 || first.tokens.some((token, at) => token !== null && at !== SERVICE);
    if (testsAddresses || (exceptions.places === "first" && singles.length > 0)) return null;
    if (asksFirst && caller.outer.length > 0) return null;
  }
  const servicesFirst = asksFirst || caller.outer.some(({ axis }) => axis === "service");
  const template = joinParts(caller, exceptions, rest);
  return template === null ? null : { template, axes, servicesFirst, negated };
}

interface Caller {
  /** What the calls test beside the members in which they differ. */
  readonly call: Movable;
  /** These members, of several calls in a row; empty for a single one. */
  readonly outer: readonly TreeAxis[];
  /** What they test behind their ports. */
  readonly post: string;
}

function readCaller(calls: readonly Rule[], family: Family): Caller | null {
  if (calls.length === 1) {
    const call = takeApart(calls[0]!, family);
    return call === null ? null : { call, outer: [], post: "" };
  }
  const read = readCalls(calls, family);
  if (read === null || read.axis === null) return null;
  const { first, axis, post } = read;
  const guard = axis.axis === "service" ? read.guardOfServices : read.guard;
  const call = { ...first, tokens: AXES.map(() => null), guard: guard === "" ? [] : [guard], tail: "" };
  return { call, outer: [axis], post };
}

function returns({ target }: Rule): boolean {
  return target.kind === "verdict" && target.verdict === "RETURN";
}

interface Exceptions {
  /** Of two members at least. */
  readonly lists: ReadonlyMap<Axis, TreeAxis>;
  /** Negated tests of axes with one member. */
  readonly singles: readonly string[];
  /** Where services stand among them; null: nowhere. */
  readonly places: "first" | "last" | null;
}

function readExceptions(rules: readonly Rule[], family: Family): Exceptions | null {
  const found = new Map<
    Axis,
    { readonly tokens: Map<string, Token>; readonly lines: Map<string, number[]> }
  >();
  const order: Axis[] = [];
  const profiles = new Map<string, string>();
  for (const rule of rules) {
    const tested = readTested(rule, family);
    if (tested === null) return null;
    const { axis, token } = tested;
    if (axis === "service" && !readsAlike(rule, token, family, profiles)) return null;
    order.push(axis);
    const { tokens, lines } = found.get(axis) ?? { tokens: new Map(), lines: new Map() };
    found.set(axis, { tokens, lines });
    tokens.set(token.key, token);
    lines.set(token.key, [...(lines.get(token.key) ?? []), rule.line]);
  }
  const places = placeOf(order);
  const lists = new Map<Axis, TreeAxis>();
  const singles: string[] = [];
  for (const [axis, { tokens, lines }] of found) {
    const [only] = tokens.values();
    if (tokens.size > 1) lists.set(axis, { axis, tokens: [...tokens.values()], lines });
    else if (/^-[sdio] (?!\+$|\S+\/0$)\S+$/.test(only!.text)) singles.push(`! ${only!.text}`);
    else return null;
  }
  return places === "between" ? null : { lists, singles, places };
}

function placeOf(order: readonly Axis[]): Exceptions["places"] | "between" {
  const first = order.indexOf("service");
  const last = order.lastIndexOf("service");
  if (first === -1) return null;
  if (order.slice(first, last).some((axis) => axis !== "service")) return "between";
  if (last === order.length - 1) return "last";
  return first === 0 ? "first" : "between";
}

interface Rest {
  /** Its target is not its own any more. */
  readonly first: Movable;
  readonly target: Target;
  readonly axes: readonly TreeAxis[];
}

/** The rules behind the exceptions: one, or all combinations of some members. */
function readRest(rules: readonly Rule[], family: Family): Rest | null {
  const parts = rules.flatMap((rule) => takeApart(rule, family) ?? []);
  const [first] = parts;
  if (first === undefined || parts.length < rules.length) return null;
  const { target } = rules[0]!;
  const isAlike = parts.every(({ signature }, at) => {
    const { kind, text } = rules[at]!.target;
    return signature === first.signature && kind === target.kind && text === target.text;
  });
  const axes = AXES.flatMap((axis, at): TreeAxis[] => {
    const tokens = new Map<string, Token>();
    const lines = new Map<string, number[]>();
    for (const part of parts) {
      const token = part.tokens[at];
      if (token === null || token === undefined) return [];
      tokens.set(token.key, token);
      lines.set(token.key, [...(lines.get(token.key) ?? []), part.rule.line]);
    }
    return tokens.size < 2 ? [] : [{ axis, tokens: [...tokens.values()], lines }];
  });
  const cells = new Set(parts.map(({ tokens }) => tokens.map((token) => token?.key ?? "").join("\u0000")));
  const size = axes.reduce((count, { tokens }) => count * tokens.length, 1);
  return isAlike && cells.size === size && rules.length === size ? { first, axes, target } : null;
}

/** What the call and the rules test beside the groups; null where the lines of a rule chain can't say all of it. */
function joinParts(
  { call, outer, post }: Caller,
  { lists, singles }: Exceptions,
  { first, target, axes }: Rest,
): Movable | null {
  const [varying] = outer;
  const isMember = (axis: Axis): boolean => axes.some((each) => each.axis === axis);
  const own = AXES.map((axis, at) =>
    isMember(axis) || axis === "service" ? null : (first.tokens[at] ?? null),
  );
  const inside = [...first.guard, ...singles, ...own.flatMap((token) => token?.text ?? [])];
  // A call that reads headers comes first: then these tests stand behind it, and no services between them.
  const isLate = inside.length > 0 && (call.profile !== "" || call.readsExtensions);
  if (isLate && (lists.has("service") || isMember("service"))) return null;
  const guard = [...call.guard, ...(isLate ? [] : [...first.guard, ...singles])];
  const tokens = AXES.map((axis, at): Token | null => {
    const listed = varying?.axis === axis ? varying : lists.get(axis);
    const grouped = listed?.tokens[0] ?? (isMember(axis) ? first.tokens[at]! : null);
    if (axis === "service") return grouped ?? (isLate ? null : first.tokens[at]!);
    const tests = [call.tokens[at] ?? null, isLate ? null : own[at]!].filter((token) => token !== null);
    const alone = grouped === null ? tests.shift() : undefined;
    guard.push(...tests.map(({ text }) => text));
    return grouped ?? alone ?? null;
  });
  const alone = tokens.filter(
    (_, at) =>
      AXES[at] !== "service" && AXES[at] !== varying?.axis && !lists.has(AXES[at]!) && !isMember(AXES[at]!),
  );
  if (repeatsOption(inside) || repeatsOption([...guard, ...alone.flatMap((token) => token?.text ?? [])]))
    return null;
  if (call.tail !== "") guard.push(call.tail);
  const tail = isLate ? [...sortOptions(inside), first.tail].join(" ").trim() : first.tail;
  const hasServices = lists.has("service") || varying?.axis === "service";
  // The verdict of services may have to name their protocol, and a line does that once.
  if (varying?.axis === "service" && /(?:^| )-p /.test(tail)) return null;
  const rest = hasServices ? { pre: "", post: [post, tail].join(" ").trim(), tail: "" } : { tail };
  return { ...first, rule: { ...call.rule, target }, tokens, guard, ...rest };
}

const OPTION = /(?:^| )(-[sdiof])(?= |$)/g;

function optionsOf(text: string): readonly string[] {
  return [...text.matchAll(OPTION)].map((found) => found[1]!);
}

/** A line can't test an address or interface twice. */
function repeatsOption(texts: readonly string[]): boolean {
  const options = texts.flatMap(optionsOf);
  return new Set(options).size < options.length;
}

/** As iptables-save prints them. */
function sortOptions(texts: readonly string[]): readonly string[] {
  const order = ["-s", "-d", "-i", "-o", "-f"];
  const rank = (text: string): number => {
    const at = order.indexOf(optionsOf(text)[0] ?? "");
    return at === -1 ? order.length : at;
  };
  return [...texts].sort((one, other) => rank(one) - rank(other));
}
