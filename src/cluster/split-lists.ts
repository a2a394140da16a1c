/**
 * Splits lists and ranges of ports where other rules say parts of them: `80,443` beside `80`, beside `443`. Products are then looked for among the parts.
 *
 * The parts are the coarsest that all tokens of one kind are made of: ports that only ever stand together stay together, and are spelled as some rule spells them. A rule is
 * split only where a cover of its like takes fewer products for it.
 */
import { AXES, type PortRange } from "../model/types.ts";
import { coverSize } from "./candidates.ts";
import type { Segment } from "./dependencies.ts";
import type { Movable, Token } from "./features.ts";
import { findParts } from "./port-parts.ts";
import { narrowToken, readPortToken, spellWhole, wholeShape } from "./port-tokens.ts";

const SERVICE = AXES.indexOf("service");

/** Rules that may be split, each with what stands for it: the same with its parts. */
export type Splits = ReadonlyMap<Movable, Movable>;

/** The rules of a segment that are worth a try. */
export function findSplits({ items }: Pick<Segment, "items">): Splits {
  const shared = findSharedPorts(servicesOf(items));
  if (shared.size === 0) return new Map();
  const kinds = new Map<string, Map<Token, Movable[]>>();
  for (const { movable } of items) {
    const token = movable.tokens[SERVICE];
    if (token === null || token === undefined || !shared.has(token)) continue;
    let kind = kinds.get(movable.signature);
    if (kind === undefined) {
      kind = new Map();
      kinds.set(movable.signature, kind);
    }
    const rules = kind.get(token);
    if (rules === undefined) kind.set(token, [movable]);
    else rules.push(movable);
  }
  return new Map([...kinds.values()].flatMap((tokens) => [...splitKind(joinEqual(tokens))]));
}

function servicesOf(items: Segment["items"]): ReadonlySet<Token> {
  const services = new Set<Token>();
  let last: Token | null = null;
  for (const { movable } of items) {
    const token = movable.tokens[SERVICE] ?? null;
    if (token !== null && token !== last) services.add(token);
    last = token;
  }
  return services;
}

/** Services that have ports in common with another one: nearly always there are few, and a look at them is cheaper than one at all rules. */
function findSharedPorts(tokens: ReadonlySet<Token>): ReadonlySet<Token> {
  const shapes = new Map<string, Map<string, Token[]>>();
  for (const token of tokens) {
    const shape = wholeShape(token.key) ?? readPortToken(token.key)?.shape;
    if (shape === undefined) continue;
    const kin = shapes.get(shape) ?? new Map<string, Token[]>();
    shapes.set(shape, kin.set(token.key, [...(kin.get(token.key) ?? []), token]));
  }
  const shared = [...shapes.values()].flatMap((kin) => {
    const keys = [...kin.keys()];
    const parts = findParts(keys.map((key) => readPortToken(key)?.ranges ?? []));
    return parts.flatMap(({ members }) => members.flatMap((at) => kin.get(keys[at]!)!));
  });
  return new Set(shared);
}

/** Services by what they say: rules of other forms have tokens of their own. */
function joinEqual(tokens: ReadonlyMap<Token, readonly Movable[]>): ReadonlyMap<Token, readonly Movable[]> {
  if (tokens.size < 2) return tokens;
  const byKey = new Map<string, [Token, Movable[]]>();
  for (const [token, rules] of tokens) {
    const known = byKey.get(token.key);
    if (known === undefined) byKey.set(token.key, [token, [...rules]]);
    else for (const rule of rules) known[1].push(rule);
  }
  return new Map(byKey.values());
}

/** A segment of which some rules are split. What may swap stays the same. */
export function withParts(segment: Segment, splits: Splits): Segment {
  return {
    ...segment,
    items: segment.items.map((item) => {
      const movable = splits.get(item.movable);
      return movable === undefined ? item : { ...item, movable };
    }),
  };
}

/** Splits rules that differ in their members only; `tokens`: their services, each with its rules. */
function splitKind(tokens: ReadonlyMap<Token, readonly Movable[]>): Splits {
  if (tokens.size < 2) return new Map();
  const shapes = new Map<string, Token[]>();
  for (const [token, [first]] of tokens) {
    const shape = shapeOf(first!, token);
    if (shape === null) continue;
    const kin = shapes.get(shape);
    if (kin === undefined) shapes.set(shape, [token]);
    else kin.push(token);
  }
  return new Map(
    [...shapes.values()].flatMap((kin) => splitShape(kin, tokens).flatMap((found) => [...found])),
  );
}

function shapeOf({ isWhole }: Movable, { key }: Token): string | null {
  return (isWhole === true ? wholeShape(key) : null) ?? readPortToken(key)?.shape ?? null;
}

/** The splits of one shape, by what hangs together through common ports. */
function splitShape(
  kin: readonly Token[],
  tokens: ReadonlyMap<Token, readonly Movable[]>,
): readonly Splits[] {
  const read = kin.flatMap((token) => {
    const ranges = readPortToken(token.key)?.ranges;
    return ranges === undefined ? [] : [{ token, ranges }];
  });
  return findParts(read.map(({ ranges }) => ranges)).flatMap(({ members, parts }) => {
    const own = members.map((at) => read[at]!);
    const spelled = parts.map(({ ranges, holders }) => {
      const first = read[holders[0]!]!.token;
      return { holders, tokens: spell(ranges, own, tokens.get(first)![0]!.isWhole === true) };
    });
    const splits = new Map<Movable, Movable>();
    const all: Movable[] = [];
    for (const at of members) {
      const { token } = read[at]!;
      const made = spelled.flatMap((part) => (part.holders.includes(at) ? part.tokens : []));
      for (const movable of tokens.get(token)!) {
        all.push(movable);
        if (made.length > 1 || made[0]!.key !== token.key) splits.set(movable, splitMovable(movable, made));
      }
    }
    const split = all.map((movable) => splits.get(movable) ?? movable);
    const isLess = splits.size > 0 && canMeet(split) && coverSize(split) < coverSize(all);
    return isLess ? [splits] : [];
  });
}

/**
 * Whether parts of different services may be in one product: some two of them differ on one axis at most. Otherwise each product has parts of one service only, and might as well
 * have the service itself.
 */
function canMeet(movables: readonly Movable[]): boolean {
  const sayers = new Map<string, string>();
  for (const movable of movables) {
    const whole = movable.tokens[SERVICE]!.key;
    for (const { tokens } of movable.parts ?? [movable]) {
      const keys = tokens.map((token) => token?.key ?? "");
      for (const axis of AXES.keys()) {
        const others = [axis, ...keys.with(axis, "")].join("\u0000");
        const sayer = sayers.get(others);
        if (sayer === undefined) sayers.set(others, whole);
        else if (sayer !== whole) return true;
      }
    }
  }
  return false;
}

function splitMovable(movable: Movable, tokens: readonly Token[]): Movable {
  const parts: Movable[] = [];
  const whole: Movable = { ...movable, parts };
  for (const token of tokens)
    parts.push({ ...movable, tokens: movable.tokens.with(SERVICE, token), partOf: whole });
  return whole;
}

/** Ports in the words of a rule that says just them; else in those of the simplest match that reads the same. */
function spell(
  ranges: readonly PortRange[],
  own: readonly { readonly token: Token; readonly ranges: readonly PortRange[] }[],
  isWhole: boolean,
): readonly Token[] {
  const same = own.filter((other) => isSame(other.ranges, ranges)).map(({ token }) => token);
  const shape = isWhole ? wholeShape(own[0]!.token.key) : null;
  const [written] = same.sort((one, other) => one.key.length - other.key.length);
  if (written !== undefined) return [written];
  return shape === null ? narrowToken(own[0]!.token, ranges) : spellWhole(shape, ranges);
}

function isSame(one: readonly PortRange[], other: readonly PortRange[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ first, last }, at) => first === other[at]!.first && last === other[at]!.last)
  );
}
