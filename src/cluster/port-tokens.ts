/**
 * Services of which the ports can be told apart: `tcp dports 80,443` is `tcp dports 80` and `tcp dports 443`, and so on for ranges.
 *
 * A list, or a range, is the union of its parts for every packet as long as the parts read the header as it does: the same match with other ports. Tests of source and
 * destination ports together vary in the destination alone. Negated tests are no unions, and a range of all ports is not read at all by nft.
 */
import { parsePortRange, printPortRange } from "../model/ports.ts";
import type { PortRange } from "../model/types.ts";
import type { Token } from "./features.ts";

/** A service with its ports. */
export interface PortToken {
  /** All but the ports; services of one shape differ in their ports alone, and read the header alike. */
  readonly shape: string;
  /** How its match calls the ports: `dport`, `dports`, `sport`, `sports`, `ports`. */
  readonly option: string;
  /** As the key has them. */
  readonly value: string;
  /** Ascending, disjoint, none next to another; not all ports. */
  readonly ranges: readonly PortRange[];
}

/** Entries that multiport takes; a range counts as two (net/netfilter/xt_multiport.h, XT_MULTI_PORTS). */
const MOST_ENTRIES = 15;

const OPTIONS: readonly string[] = ["dport", "dports", "sport", "sports", "ports"];

const READ = new Map<string, PortToken | null>();

/** Reads a service's key (`makeServiceToken`); null where its ports can't be told apart. */
export function readPortToken(key: string): PortToken | null {
  let token = READ.get(key);
  if (token === undefined) {
    token = parse(key);
    READ.set(key, token);
  }
  return token;
}

function parse(key: string): PortToken | null {
  const words = key.split(" ");
  const at = OPTIONS.map((option) => words.indexOf(option)).find((place) => place > 0);
  if (at === undefined || words[at - 1] === "!" || words.filter((word) => word === words[at]).length > 1)
    return null;
  const [option, value] = [words[at]!, words[at + 1] ?? ""];
  const ranges: PortRange[] = [];
  for (const part of value.split(",")) {
    const range = parsePortRange(part);
    if (typeof range === "string" || range.first > range.last) return null;
    ranges.push(range);
  }
  const joined = joinRanges(ranges);
  if (joined[0]!.first === 0 && joined[0]!.last === 0xffff) return null;
  return { shape: words.with(at + 1, "*").join(" "), option, value, ranges: joined };
}

/** The shape of services for packets with whole headers: there a list of ports and single ports read alike. Null for all that is more than ports. */
export function wholeShape(key: string): string | null {
  const form = /^(tcp|udp)(?: header)? ([ds]port)s? [0-9:,]+$/.exec(key);
  return form === null ? null : `${form[1]} ${form[2]} *`;
}

/** Ports ascending, with neighbours and what overlaps as one. */
export function joinRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const joined: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((one, other) => one.first - other.first)) {
    const open = joined.at(-1);
    if (open !== undefined && first <= open.last + 1) open.last = Math.max(open.last, last);
    else joined.push({ first, last });
  }
  return joined;
}

/** Whether all ports of the second are among the first; both as `joinRanges` makes them. */
export function holdsRanges(outer: readonly PortRange[], inner: readonly PortRange[]): boolean {
  return inner.every(({ first, last }) => outer.some((range) => range.first <= first && last <= range.last));
}

/** The ports of the first that are not among the second; both as `joinRanges` makes them. */
export function subtractRanges(
  ranges: readonly PortRange[],
  others: readonly PortRange[],
): readonly PortRange[] {
  return others.reduce<readonly PortRange[]>(
    (left, gone) =>
      left.flatMap(({ first, last }) =>
        [
          { first, last: Math.min(last, gone.first - 1) },
          { first: Math.max(first, gone.last + 1), last },
        ].filter((range) => range.first <= range.last),
      ),
    ranges,
  );
}

/** The service with these ports alone, its match otherwise the same: one token, or as many as it takes. */
export function narrowToken({ key, text }: Token, ranges: readonly PortRange[]): readonly Token[] {
  const { option, value } = readPortToken(key)!;
  return printValues(option, ranges).map((part) => replaceValues({ key, text }, option, value, part));
}

/** The part of a service that another key names; `isWhole`: of packets with whole headers. Null where that is no part of it. */
export function partOfToken(token: Token, key: string, isWhole: boolean): Token | null {
  const [own, part] = [readPortToken(token.key), readPortToken(key)];
  if (own === null || part === null || !holdsRanges(own.ranges, part.ranges)) return null;
  if (own.shape === part.shape) return replaceValues(token, own.option, own.value, part.value);
  const shape = isWhole ? wholeShape(key) : null;
  if (shape === null || shape !== wholeShape(token.key)) return null;
  const [protocol = "", second] = key.split(" ");
  const header = second === "header" ? `-m ${protocol} ` : "";
  const module = part.option.endsWith("s") ? "multiport" : protocol;
  return { key, text: `-p ${protocol} ${header}-m ${module} --${part.option} ${part.value}` };
}

function replaceValues({ key, text }: Token, option: string, value: string, part: string): Token {
  return {
    key: replaceValue(key, option, value, part),
    text: replaceValue(text, `--${option}`, value, part),
  };
}

/** A service for packets with whole headers: single ports as they are written most often, lists where that takes fewer tokens. */
export function spellWhole(shape: string, ranges: readonly PortRange[]): readonly Token[] {
  const [protocol = "", option = ""] = shape.split(" ");
  const isList = ranges.length > 1;
  const module = isList ? "multiport" : protocol;
  const name = isList ? `${option}s` : option;
  return printValues(name, ranges).map((value) => ({
    key: `${protocol} ${name} ${value}`,
    text: `-p ${protocol} -m ${module} --${name} ${value}`,
  }));
}

function replaceValue(text: string, option: string, value: string, part: string): string {
  const words = text.split(" ");
  const at = words.findIndex((word, place) => word === option && words[place + 1] === value);
  return at === -1 ? text : words.with(at + 1, part).join(" ");
}

/** Ports as the values of as few matches as can be. */
function printValues(option: string, ranges: readonly PortRange[]): readonly string[] {
  if (!option.endsWith("s")) return ranges.map(printPortRange);
  const values: string[][] = [];
  let room = 0;
  for (const range of ranges) {
    const entries = range.first === range.last ? 1 : 2;
    if (entries > room) {
      values.push([]);
      room = MOST_ENTRIES;
    }
    values.at(-1)!.push(printPortRange(range));
    room -= entries;
  }
  return values.map((list) => list.join(","));
}
