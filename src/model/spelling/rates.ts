/**
 * Rates of limit and hashlimit. iptables keeps a rate as the time between two packets, rounded down, and prints that as a rate again.
 *
 * Source: iptables 1.8.9, `extensions/libxt_limit.c` and `libxt_hashlimit.c`, `parse_rate`, `print_rate`, `hashlimit_mt_check`.
 */
import { parseUint } from "../numbers.ts";
import type { OptionUse } from "../rule-parts.ts";
import { flag, type Given, type Part, inOrder, readValue, type Speller, value } from "./parts.ts";
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

/** Why iptables refuses a rate of packets; null where it takes it. */
export function findRateFault(text: string, module: keyof typeof SCALE): string | null {
  const [number = "", unitText] = [text.split("/")[0], text.includes("/") ? text.slice(text.indexOf("/") + 1) : undefined];
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

/** The only rate of a rule; null without one, with two, or where it is one of bytes. */
function hashRate({ options }: Given): { readonly use: OptionUse; readonly rate: Rate } | null {
  const [use, second] = RATE_OPTIONS.flatMap((name) => options.get(name) ?? []);
  const word = use?.values[0];
  if (use === undefined || second !== undefined || word === undefined) return null;
  const rate = parseRate(word.text, SCALE.hashlimit);
  return rate === null ? null : { use, rate };
}

/** `! --hashlimit-upto` is --hashlimit-above, and the other way round. */
const hashRatePart: Part = {
  options: RATE_OPTIONS,
  print: (given) => {
    const found = hashRate(given);
    if (found === null) return null;
    const isAbove = (found.use.row.name === "hashlimit-above") !== found.use.negated;
    const { text } = printRate(found.rate.period, SCALE.hashlimit);
    return `--hashlimit-${isAbove ? "above" : "upto"} ${text}`;
  },
};

/** Entries live as long as the unit that was written, unless said otherwise; printed where that is not the unit that is printed. */
const expirePart: Part = {
  options: [EXPIRE],
  print: (given) => {
    const found = hashRate(given);
    if (found === null) return null;
    const use = given.options.get(EXPIRE);
    const expire = use === undefined ? String(found.rate.unit * 1000) : readValue(use, uint(), given.family);
    if (expire === null) return null;
    const { unit } = printRate(found.rate.period, SCALE.hashlimit);
    return expire === String(unit * 1000) ? "" : `--${EXPIRE} ${expire}`;
  },
};

/** `-m hashlimit`. */
export const spellHashlimit: Speller = inOrder(
  hashRatePart,
  value("hashlimit-burst", uint(10_000), { shown: "5" }),
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
