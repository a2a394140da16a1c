/**
 * Single changes in the text of a save file: one rule, one declaration or one word of one rule is another afterwards.
 */
import type { Random } from "../../src/verify/sample/random.ts";

/** A text with one change, and what it was. */
export interface Mutant {
  readonly kind: string;
  readonly text: string;
  /** Where the change is, from 1. */
  readonly line: number;
  readonly was: string;
  readonly is: string;
}

/** Where a change fits, and what it does to the lines. */
interface Mutation {
  readonly fits: (line: string, next: string, own: ReadonlySet<string>) => boolean;
  readonly apply: (lines: string[], at: number, random: Random) => void;
}

type Change = (match: readonly (string | undefined)[], random: Random) => string;

const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;
const chainOf = (line: string): string | undefined => /^(?:\[\d+:\d+\] )?-A (\S+)/.exec(line)?.[1];
const isRule = (line: string): boolean => chainOf(line) !== undefined;
const hex = (bits: number): string => `0x${(bits >>> 0).toString(16)}`;

/** Numbers of the rules of the table that a line is in, and names of its own chains. */
function tableOf(lines: readonly string[], at: number): { rules: number[]; own: string[] } {
  let first = at;
  while (!lines[first]!.startsWith("*")) first--;
  const rules: number[] = [];
  const own: string[] = [];
  for (let line = first + 1; lines[line] !== "COMMIT"; line++) {
    if (isRule(lines[line]!)) rules.push(line);
    const declared = /^:(\S+) - /.exec(lines[line]!);
    if (declared !== null) own.push(declared[1]!);
  }
  return { rules, own };
}

/** Changes one of a line's words that fit a pattern. */
function word(pattern: RegExp, change: Change): Mutation["apply"] {
  return (lines, at, random) => {
    const line = lines[at]!;
    const match = pick(random, [...line.matchAll(pattern)]);
    lines[at] =
      line.slice(0, match.index) + change(match, random) + line.slice(match.index + match[0].length);
  };
}

/** One bit of a dotted address that its mask counts, or of the last group of an IPv6 address that is written out. */
const flipAddress: Change = ([, address, length], random) => {
  if (address!.includes(":")) {
    const flipped = address!.replace(/[0-9a-f]+(?=:*$)/, (group) =>
      (Number.parseInt(group, 16) ^ (1 << random.below(4))).toString(16),
    );
    return `${flipped}/${length}`;
  }
  const bits = address!.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const bit = 31 - random.below(Math.max(1, Math.min(32, Number(length))));
  const other = (bits ^ (1 << bit)) >>> 0;
  return `${[24, 16, 8, 0].map((shift) => (other >>> shift) & 255).join(".")}/${length}`;
};

const otherPrefix: Change = ([, address, length], random) => {
  const most = address!.includes(":") ? 128 : 32;
  const other = Number(length) + (random.below(2) === 0 ? 1 : -1);
  return `${address}/${other > most ? most - 1 : Math.max(0, other)}`;
};

const otherPort: Change = ([, head, port], random) => {
  const other = Number(port) + (random.below(2) === 0 ? 1 : -1);
  return `${head}${Math.min(65535, Math.max(0, other))}`;
};

const otherTarget: Change = ([text], random) =>
  pick(
    random,
    ["-j ACCEPT", "-j DROP", "-j RETURN", "-j REJECT"].filter((target) => !text!.startsWith(target)),
  );

/** One bit of the value or of the mask. */
const otherMark: Change = ([, head, value, mask], random) => {
  const inMask = Array.from({ length: 32 }, (_, bit) => 1 << bit).filter((bit) => (bit & Number(mask)) !== 0);
  const flip = inMask.length > 0 && random.below(2) === 0 ? pick(random, inMask) : 1 << random.below(32);
  return random.below(2) === 0
    ? `${head}${hex(Number(value) ^ flip)}/${mask}`
    : `${head}${value}/${hex(Number(mask) ^ flip)}`;
};

const ADDRESS = /([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-f:]*:[0-9a-f:]*)\/(\d+)(?![.\d])/g;
const PORT = /(port |ports |[,:])(\d+)(?=[ ,:]|$)/g;
const MARK = /((?:--set-xmark|--set-mark|--mark) )(0x[0-9a-f]+)\/(0x[0-9a-f]+)/g;
const NEGATABLE = /(! )?(-[sdiop]|--[sd]port|--[sd]ports|--ctstate|--state|--mark) /g;
const TARGET = /-j (?:ACCEPT|DROP|RETURN|REJECT.*)$/g;
const CALL = /-([jg]) (\S+)$/g;

const tests = (pattern: RegExp): Mutation["fits"] => {
  return (line) => isRule(line) && line.match(pattern) !== null;
};
const calls: Mutation["fits"] = (line, _, own) =>
  isRule(line) && own.has(/-[jg] (\S+)$/.exec(line)?.[1] ?? "");

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "rule dropped": { fits: isRule, apply: (lines, at) => lines.splice(at, 1) },
  "rule added": {
    fits: isRule,
    apply: (lines, at, random) => lines.splice(pick(random, tableOf(lines, at).rules), 0, lines[at]!),
  },
  "neighbours swapped": {
    fits: (line, next) => isRule(line) && chainOf(line) === chainOf(next) && line !== next,
    apply: (lines, at) => {
      [lines[at], lines[at + 1]] = [lines[at + 1]!, lines[at]!];
    },
  },
  "address bit": { fits: tests(ADDRESS), apply: word(ADDRESS, flipAddress) },
  "prefix ±1": { fits: tests(ADDRESS), apply: word(ADDRESS, otherPrefix) },
  "port ±1": { fits: tests(PORT), apply: word(PORT, otherPort) },
  "target changed": { fits: tests(TARGET), apply: word(TARGET, otherTarget) },
  "mark changed": { fits: tests(MARK), apply: word(MARK, otherMark) },
  "negation toggled": {
    fits: tests(NEGATABLE),
    apply: word(NEGATABLE, ([, not, option]) => (not === undefined ? `! ${option} ` : `${option} `)),
  },
  "jump or goto": {
    fits: calls,
    apply: word(CALL, ([, call, name]) => `-${call === "j" ? "g" : "j"} ${name}`),
  },
  "other chain called": {
    fits: calls,
    apply: (lines, at, random) => {
      const { own } = tableOf(lines, at);
      lines[at] = lines[at]!.replace(/(-[jg]) \S+$/, (_, call) => `${call} ${pick(random, own)}`);
    },
  },
  "policy changed": {
    fits: (line) => /^:\S+ (?:ACCEPT|DROP) /.test(line),
    apply: word(/ (ACCEPT|DROP) /g, ([, policy]) => (policy === "ACCEPT" ? " DROP " : " ACCEPT ")),
  },
};

/** Draws mutants of one text, each kind of change as often as any other. */
export function makeMutator(text: string): (random: Random) => Mutant {
  const lines = text.split("\n");
  const own = new Set(lines.flatMap((line) => /^:(\S+) - /.exec(line)?.[1] ?? []));
  const places = Object.entries(MUTATIONS).map(([kind, { fits, apply }]) => ({
    kind,
    apply,
    at: lines.flatMap((line, number) => (fits(line, lines[number + 1] ?? "", own) ? [number] : [])),
  }));
  const possible = places.filter(({ at }) => at.length > 0);
  return (random) => {
    const { kind, apply, at } = pick(random, possible);
    const line = pick(random, at);
    const changed = [...lines];
    apply(changed, line, random);
    return { kind, text: changed.join("\n"), line: line + 1, was: lines[line]!, is: changed[line]! };
  };
}
