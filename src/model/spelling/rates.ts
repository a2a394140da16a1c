/**
 * Rates of limit and hashlimit. iptables keeps a rate as the time between two packets, rounded down, and prints that as a rate again.
 *
 * Source: iptables 1.8.9, `extensions/libxt_limit.c` and `libxt_hashlimit.c`, `parse_rate`, `print_rate`, `hashlimit_mt_check`.
 */
import { parseUint } from "../numbers.ts";
import type { OptionUse } from "../rule-parts.ts";
import { flag, type Given, type Part, inOrder, readValue, type Speller, value } from "./parts.ts";
import { findByteRateFault, isByteRate, readByteRate } from "./byte-rates.ts";
import { bare, listOf, MOST, prefixLength, uint } from "./values.ts";

/** Parts of a second in which times are kept. */
const SCALE = { limit: 10_000, hashlimit: 1_000_000 } as const;

/** The longest one first. */
const UNITS = [
  { name: "day", seconds: 86_400 },
  { name: "hour", seconds: 3_600 },
  { name: "min", seconds: 60 },
  { name: "sec", seconds: 1 },
] as const;

/** What a start of is taken for a unit. */
const WRITTEN = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;

/** A rate as iptables keeps it. */
interface Rate {
  /** Time between two packets, in the scale of its module. */
  readonly period: number;
  /** Length of the unit that was written, in seconds. */
  readonly unit: number;
}

function parseRate(text: string, scale: number): Rate | null {
  const [, digits, unitText] = /^([1-9]\d*)(?:\/([a-z]+))?$/iu.exec(text) ?? [];
  if (digits === undefined) return null;
  const unit = unitOf(unitText);
  const packets = parseUint(digits, MOST[32]);
  if (unit === null || packets === null || packets / unit > scale) return null;
  const period = Math.floor((scale * unit) / packets);
  return period > MOST[32] && scale === SCALE.limit ? null : { period, unit };
}

/** What iptables takes of the number of a rate: digits, up to whatever is none. */
const NUMBER = /^\s*[+-]?\d+/u;

/** Why iptables refuses a rate; null where it takes it. */
export function findRateFault(text: string, module: keyof typeof SCALE): string | null {
  if (module === "hashlimit" && isByteRate(text)) return findByteRateFault(text);
  const [number = "", unitText] = [
    text.split("/")[0],
    text.includes("/") ? text.slice(text.indexOf("/") + 1) : undefined,
  ];
  const unit = unitText === "" ? null : unitOf(unitText);
  if (unit === null) return "the units of a rate are second, minute, hour and day, or a start of one";
  const packets = Number(NUMBER.exec(number)?.[0] ?? 0);
  if (packets === 0) return "a rate begins with a number that is not 0";
  return packets / unit > SCALE[module] ? `the fastest rate is ${SCALE[module]} a second` : null;
}

function unitOf(text: string | undefined): number | null {
  if (text === undefined) return 1;
  const found = Object.entries(WRITTEN).find(([name]) => name.startsWith(text.toLowerCase()));
  return found?.[1] ?? null;
}

/** The rate that is printed, and the length of its unit in seconds. */
function printRate(period: number, scale: number): { readonly text: string; readonly unit: number } {
  const lengths = UNITS.map(({ seconds }) => seconds * scale);
  let at = 1;
  while (at < UNITS.length) {
    const length = lengths[at]!;
    if (period > length || Math.floor(length / period) < length % period) break;
    at += 1;
  }
  const unit = UNITS[at - 1]!;
  return { text: `${Math.floor(lengths[at - 1]! / period)}/${unit.name}`, unit: unit.seconds };
}

function limitRate(text: string): string | null {
  const rate = parseRate(text, SCALE.limit);
  return rate === null ? null : printRate(rate.period, SCALE.limit).text;
}

/** `-m limit`. */
export const spellLimit: Speller = inOrder(
  value("limit", limitRate, { shown: "3/hour" }),
  value("limit-burst", uint(10_000), { hidden: "5" }),
);

const RATE_OPTIONS = ["hashlimit-upto", "hashlimit-above"] as const;
const EXPIRE = "hashlimit-htable-expire";
const BURST = "hashlimit-burst";

/** The only rate of a rule, as it is printed. */
interface HashRate {
  readonly use: OptionUse;
  readonly text: string;
  /** Printed behind it; empty for nothing. */
  readonly burst: string;
  /** How long entries live, and for how long that is not printed; milliseconds. */
  readonly expire: number;
  readonly plainExpire: number;
}

/** Null without a rate, with two, or where it is not known what is printed. */
function hashRate({ options, family }: Given): HashRate | null {
  const [use, second] = RATE_OPTIONS.flatMap((name) => options.get(name) ?? []);
  const word = use?.values[0];
  if (use === undefined || second !== undefined || word === undefined) return null;
  const given = options.get(BURST);
  if (isByteRate(word.text)) {
    const read = readByteRate(word.text, given?.values[0]?.text ?? null);
    return read === null ? null : { use, ...read, plainExpire: read.expire };
  }
  const rate = parseRate(word.text, SCALE.hashlimit);
  const burst = given === undefined ? "5" : readValue(given, uint(10_000), family);
  if (rate === null || burst === null) return null;
  const { text, unit } = printRate(rate.period, SCALE.hashlimit);
  return { use, text, burst, expire: rate.unit * 1000, plainExpire: unit * 1000 };
}

/** `! --hashlimit-upto` is --hashlimit-above, and the other way round. */
const hashRatePart: Part = {
  options: [...RATE_OPTIONS, BURST],
  print: (given) => {
    const found = hashRate(given);
    if (found === null) return null;
    const isAbove = (found.use.row.name === "hashlimit-above") !== found.use.negated;
    const rate = `--hashlimit-${isAbove ? "above" : "upto"} ${found.text}`;
    return found.burst === "" ? rate : `${rate} --${BURST} ${found.burst}`;
  },
};

/** Entries live as long as the unit that was written, unless said otherwise; printed where that is not the unit that is printed. */
const expirePart: Part = {
  options: [EXPIRE],
  print: (given) => {
    const found = hashRate(given);
    if (found === null) return null;
    const use = given.options.get(EXPIRE);
    const expire = use === undefined ? String(found.expire) : readValue(use, uint(), given.family);
    if (expire === null) return null;
    return expire === String(found.plainExpire) ? "" : `--${EXPIRE} ${expire}`;
  },
};

/** `-m hashlimit`. */
export const spellHashlimit: Speller = inOrder(
  hashRatePart,
  value("hashlimit-mode", listOf(["srcip", "srcport", "dstip", "dstport"])),
  value("hashlimit-name", bare),
  value("hashlimit-htable-size", uint(), { hidden: "0" }),
  value("hashlimit-htable-max", uint(), { hidden: "0" }),
  value("hashlimit-htable-gcinterval", uint(), { hidden: "1000" }),
  expirePart,
  value("hashlimit-srcmask", prefixLength, { hidden: { v4: "32", v6: "128" } }),
  value("hashlimit-dstmask", prefixLength, { hidden: { v4: "32", v6: "128" } }),
  flag("hashlimit-rate-match"),
  value("hashlimit-rate-interval", uint(), { hidden: "1" }),
);
