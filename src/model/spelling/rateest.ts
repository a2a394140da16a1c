/**
 * `-j RATEEST` and `-m rateest`: times and rates of bits.
 *
 * Source: iptables 1.8.9, `extensions/libxt_RATEEST.c`, `RATEEST_final_check`, `RATEEST_print_time`; `extensions/libxt_rateest.c`, `rateest_get_rate`, `rateest_print_rate`,
 * `rateest_save`.
 */
import { bang, type Given, inOrder, type Part, type Speller, type Value, value } from "./parts.ts";
import { bare, MOST, uint } from "./values.ts";

/** Microseconds. */
const TIMES: Readonly<Record<string, number>> = {
  "": 1,
  ...{ us: 1, usec: 1, usecs: 1 },
  ...{ ms: 1e3, msec: 1e3, msecs: 1e3 },
  ...{ s: 1e6, sec: 1e6, secs: 1e6 },
};

function parseTime(text: string): number | null {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,6})?)([a-z]*)$/u.exec(text.toLowerCase()) ?? [];
  const length = TIMES[unit];
  return number === undefined || length === undefined ? null : Number(number) * length;
}

function printTime(time: number): string {
  if (time >= 1e6) return `${(time / 1e6).toFixed(1)}s`;
  return time >= 1e3 ? `${(time / 1e3).toFixed(1)}ms` : `${time}us`;
}

/** A quarter of a second, doubled as often as it takes; at most 8 s. */
function intervalOf(time: number): number | null {
  const steps = [0, 1, 2, 3, 4, 5].map((step) => 250_000 * 2 ** step);
  return time === 0 ? null : (steps.find((step) => time <= step) ?? null);
}

/** The average is kept as a power of two, found with the interval as it was written. */
function powerOf(average: number, interval: number): number | null {
  let log = 1;
  while (log < 31 && interval / -Math.log(1 - 2 ** -log) <= average) log += 1;
  return log === 1 || log === 31 ? null : 2 ** (log - 1);
}

const times: Part = {
  options: ["rateest-interval", "rateest-ewmalog"],
  print: ({ options }: Given) => {
    const timeOf = (name: string) => parseTime(options.get(name)?.values[0]?.text ?? "");
    const [interval, average] = [timeOf("rateest-interval"), timeOf("rateest-ewmalog")];
    if (interval === null || average === null) return null;
    const [kept, power] = [intervalOf(interval), powerOf(average, interval)];
    if (kept === null || power === null) return null;
    return `--rateest-interval ${printTime(kept)} --rateest-ewmalog ${printTime(kept * power)}`;
  },
};

/** The options of `-j RATEEST`. */
export const spellRateestTarget: Speller = inOrder(value("rateest-name", bare), times);

/** Bits. */
const RATES: Readonly<Record<string, number>> = {
  ...{ bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, kibit: 2 ** 10, mibit: 2 ** 20 },
  ...{ bps: 8, kbps: 8e3, mbps: 8e6, kibps: 2 ** 13, mibps: 2 ** 23 },
};

/** Kept in bytes and printed in bits, rounded: null where that would be another rate. */
const bitRate: Value = (text) => {
  const [, number, unit = ""] = /^(\d{1,10})([a-z]*)$/u.exec(text.toLowerCase()) ?? [];
  const length = unit === "" ? 1 : RATES[unit];
  const bits = length === undefined ? Number.NaN : Math.floor((Number(number) * length) / 8) * 8;
  if (number === undefined || Number.isNaN(bits) || bits / 8 > MOST[32]) return null;
  const [scale, name] = bits >= 1e9 ? [1e6, "Mbit"] : bits >= 1e6 ? [1e3, "Kbit"] : [1, "bit"];
  return bits % scale === 0 ? `${bits / scale}${name}` : null;
};

/** How the two rates compare: exactly one of three. */
const comparison: Part = {
  options: ["rateest-lt", "rateest-gt", "rateest-eq"],
  print: ({ options }) => {
    const [use, second] = ["rateest-lt", "rateest-gt", "rateest-eq"].flatMap(
      (name) => options.get(name) ?? [],
    );
    return use === undefined || second !== undefined ? null : `${bang(use)}--${use.row.name}`;
  },
};

/** One estimator beside one rate; two estimators, and changes, stay as they are written. */
const spellAbsolute = inOrder(
  value("rateest", bare),
  comparison,
  value("rateest-bps", bitRate),
  value("rateest-pps", uint()),
);

/** The options of `-m rateest`. */
export const spellRateest: Speller = (options, family) => {
  const rates = options.filter(({ row }) => row.name === "rateest-bps" || row.name === "rateest-pps");
  const isPlain = rates.length === 1 && rates[0]!.values.length === 1;
  return isPlain && options.some(({ row }) => row.name === "rateest") ? spellAbsolute(options, family) : null;
};
