/**
 * Rates of bytes of hashlimit. iptables keeps what a byte costs, rounded down, and prints the largest rate that costs so; a burst is a whole number of such rates.
 *
 * Source: iptables 1.8.9, `extensions/libxt_hashlimit.c`, `parse_bytes`, `bytes_to_cost`, `cost_to_bytes`, `print_bytes`, `hashlimit_mt_check`.
 */
import { MOST } from "./values.ts";

const UNITS = [
  { name: "m", bytes: 2 ** 20 },
  { name: "k", bytes: 2 ** 10 },
  { name: "", bytes: 1 },
] as const;

/** Seconds that an entry lives, without a burst and with one, unless the rule says otherwise. */
const EXPIRE = { plain: 15, burst: 60 } as const;

/** A rate, and what goes with it. */
export interface ByteRate {
  /** As iptables-save prints it. */
  readonly text: string;
  /** That of the burst; empty without one. */
  readonly burst: string;
  /** Milliseconds. */
  readonly expire: number;
}

/** Whether iptables takes a text for a rate of bytes. */
export function isByteRate(text: string): boolean {
  return text.indexOf("b/s") > 0;
}

/** Why iptables refuses a rate of bytes; null where it takes it. It looks at the number, and at what stands before `b/s`. */
export function findByteRateFault(text: string): string | null {
  const isUnit = /[\dkm]$/u.test(text.slice(0, text.indexOf("b/s")));
  if (isUnit && Number(/^\s*[+-]?\d+/u.exec(text)?.[0] ?? 0) !== 0) return null;
  return "a rate of bytes is a number that is not 0 and b/s, kb/s or mb/s";
}

/** Reads a rate and its burst; null where what is printed is not known, or would be read as something else. */
export function readByteRate(text: string, burst: string | null): ByteRate | null {
  const [, digits, unit] = /^([1-9]\d{0,8})([km]?)b\/s/u.exec(text) ?? [];
  const cost = digits === undefined ? 0 : costOf(Number(digits) * bytesIn(unit));
  const rate = cost === 0 ? 0 : bytesOf(cost);
  if (rate === 0 || rate > MOST[32]) return null;
  const { name, bytes } = UNITS.find(
    (each) => rate >= each.bytes && costOf(floorTo(rate, each.bytes)) === cost,
  )!;
  const printed = `${Math.floor(rate / bytes)}${name}b/s`;
  if (burst === null) return { text: printed, burst: "", expire: EXPIRE.plain * 1000 };
  const printedBurst = printBurst(burst, rate);
  return printedBurst === null ? null : { text: printed, burst: printedBurst, expire: EXPIRE.burst * 1000 };
}

/** Printed rounded down: null where that would be another burst. */
function printBurst(text: string, rate: number): string | null {
  const given = readBurst(text);
  if (given === null || given < rate) return null;
  const times = Math.ceil(given / rate);
  const { name, bytes } = UNITS.find((each) => rate * times >= each.bytes)!;
  const printed = Math.floor((rate * times) / bytes);
  return printed * bytes >= rate && Math.ceil((printed * bytes) / rate) === times
    ? `${printed}${name}b`
    : null;
}

function readBurst(text: string): number | null {
  const [, digits, unit] = /^([1-9]\d{0,8})(?:([km]?)b)?$/u.exec(text) ?? [];
  const bytes = Number(digits) * bytesIn(unit);
  return digits === undefined || bytes > MOST[32] ? null : bytes;
}

function bytesIn(unit = ""): number {
  return UNITS.find(({ name }) => name === unit)!.bytes;
}

function costOf(bytes: number): number {
  return Math.floor(MOST[32] / (Math.floor(bytes / 16) + 1));
}

function bytesOf(cost: number): number {
  return (Math.floor(MOST[32] / cost) - 1) * 16;
}

function floorTo(number: number, unit: number): number {
  return number - (number % unit);
}
