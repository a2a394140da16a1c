/**
 * Values of options as iptables-save prints them: numbers, ranges, masks, names, addresses. Null is a value that only iptables, or the host
 * that the rules are for, could read: a user's name, an octal number, a port by its name.
 */
import { parseAddress, parseHost, printHost } from "../address.ts";
import { parseUint, parseValueMask, printValueMask } from "../numbers.ts";
import { quotePlain, quoteString } from "../quote.ts";
import type { AddressMask, Family } from "../types.ts";
import type { Value } from "./parts.ts";

/** The largest numbers of 8, 16 and 32 bits. */
export const MOST = { 8: 0xff, 16: 0xffff, 32: 0xffffffff } as const;

const NUMBER = { isNumber: true } as const;

/** A number up to `most`, decimal. */
export function uint(most: number = MOST[32]): Value {
  const read = uintOrName(most);
  return Object.assign((text: string, family: Family) => read(text, family), NUMBER);
}

/** The same where the host may have names for numbers (ports, labels), which only it can read. */
export function uintOrName(most: number): Value {
  return (text) => parseUint(text, most)?.toString() ?? null;
}

/** A number in hexadecimal, with so many digits at least. */
export function hex(digits: number, most: number = MOST[32]): Value {
  const read = (text: string) => {
    const number = parseUint(text, most);
    return number === null ? null : printHexDigits(number, digits);
  };
  return Object.assign(read, NUMBER);
}

/** `0x0f`. */
export function printHexDigits(number: number, digits: number): string {
  return `0x${number.toString(16).padStart(digits, "0")}`;
}

/** Both ends inclusive: `5`, `5:7`, and `5:` and `:7` for an open end. One number where both ends are the same. */
export function range(most: number, between = ":"): Value {
  return (text) => {
    const [low, high, third] = text.split(between);
    if (low === undefined || third !== undefined || text === between) return null;
    const first = low === "" ? 0 : parseUint(low, most);
    const last = high === undefined ? first : high === "" ? most : parseUint(high, most);
    if (first === null || last === null || first > last) return null;
    return first === last ? String(first) : `${first}${between}${last}`;
  };
}

/** `0x1/0xff`; the mask only where it is not all bits. */
export const valueMask: Value = (text) => {
  const read = parseValueMask(text);
  return read === null ? null : printValueMask(read);
};

/** A text that iptables-save puts in quotes unless it is plain. */
export const string: Value = quoteString;

/** A text that iptables-save prints bare. */
export const bare: Value = quotePlain;

/** One of these words, in any case. */
export function oneOf(names: readonly string[], aliases: Readonly<Record<string, string>> = {}): Value {
  return (text) => findName(text, names, aliases);
}

/** A comma list of these words, in any case and order; printed in the order of `names`, each once. */
export function listOf(names: readonly string[], aliases: Readonly<Record<string, string>> = {}): Value {
  return (text) => {
    const found = text.split(",").map((word) => findName(word, names, aliases));
    return found.includes(null) ? null : names.filter((name) => found.includes(name)).join(",");
  };
}

function findName(
  text: string,
  names: readonly string[],
  aliases: Readonly<Record<string, string>>,
): string | null {
  const alias = Object.entries(aliases).find(([name]) => name.toLowerCase() === text.toLowerCase());
  return alias?.[1] ?? names.find((name) => name.toLowerCase() === text.toLowerCase()) ?? null;
}

/** An address with a mask, bits outside of it cleared; a single one without `/32`. */
export const network: Value = (text, family) => {
  const address = parseAddress(text, family);
  return typeof address === "string" ? null : printMasked(printHost(address.address), address, family);
};

/** An address with a mask as it was written, with bits outside of the mask. */
export const maskedHost: Value = (text, family) => {
  const address = parseAddress(text, family);
  const all = host(text.replace(/\/.*$/u, ""), family);
  return typeof address === "string" || all === null ? null : printMasked(all, address, family);
};

function printMasked(host: string, address: AddressMask, family: Family): string {
  if (address.prefix === (family === "v4" ? 32 : 128)) return host;
  return `${host}/${address.prefix ?? printHost(address.mask)}`;
}

/** An address without a mask. */
export const host: Value = (text, family) => {
  const address = parseHost(text, family);
  return typeof address === "string" ? null : printHost(address);
};

/** How many bits of an address count. */
export const prefixLength: Value = (text, family) => uint(family === "v4" ? 32 : 128)(text, family);

/** An IPv6 address that always has its prefix. */
export const prefixed: Value = (text, family) => {
  const address = parseAddress(text, family);
  if (typeof address === "string" || address.prefix === null) return null;
  return `${printHost(address.address)}/${address.prefix}`;
};
