/**
 * Addresses with masks, and ranges of addresses: reading and printing as iptables does.
 *
 * ip-cidr takes 15 to 30 microseconds an address, so literal addresses go a way of their own; ip-cidr reads the forms that are left, and
 * `test/model/address.test.ts` holds both to the same answers.
 */
import IPCIDR from "ip-cidr";
import { parseV4, parseV4Mask, printV4 } from "./address-v4.ts";
import { parseV6Groups, printV6 } from "./address-v6.ts";
import { parseUint } from "./numbers.ts";
import type { AddressMask, AddressRange, Family } from "./types.ts";

/** Why a text is no address: one of the other family, broken, or a word that only a name service could resolve. */
export type AddressProblem = "foreign" | "malformed" | "name";

const ALL_ONES = 0xffffffff;
const NUMERIC_V4 = /^[\d.]+$/;
const HEX_V6 = /^[0-9a-f:.]+$/i;

/** Reads `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `2001:db8::/32`; bits outside the mask are cleared, as iptables does. */
export function parseAddress(text: string, family: Family): AddressMask | AddressProblem {
  const slash = text.indexOf("/");
  const host = slash === -1 ? text : text.slice(0, slash);
  const address = parseHost(host, family);
  if (typeof address === "string") return address;
  const mask = slash === -1 ? maskOfPrefix(bits(family), family) : parseMask(text.slice(slash + 1), family);
  if (mask === null) return "malformed";
  return {
    address: address.map((word, index) => (word & mask[index]!) >>> 0),
    mask,
    prefix: prefixOfMask(mask),
  };
}

/** Reads the address part alone into its 32-bit words. */
export function parseHost(text: string, family: Family): readonly number[] | AddressProblem {
  if (family === "v4") {
    if (text.includes(":") && HEX_V6.test(text)) return "foreign";
    if (!NUMERIC_V4.test(text)) return "name";
    const word = parseV4(text);
    return word === null ? "malformed" : [word];
  }
  if (!text.includes(":")) {
    if (NUMERIC_V4.test(text)) return "foreign";
    return "name";
  }
  if (!HEX_V6.test(text)) return "malformed";
  return (text.includes(".") ? parseWithLibrary(text) : parseV6Groups(text)) ?? "malformed";
}

/**
 * IPv6 addresses that end in a dotted IPv4 one. The end is turned into two groups first: ip-cidr would answer with the IPv4 address
 * alone, and for some of them without looking at what stands before it.
 */
function parseWithLibrary(text: string): readonly number[] | null {
  const colon = text.lastIndexOf(":");
  const tail = text.slice(colon + 1);
  const end = tail.split(".").length === 4 ? parseV4(tail) : null;
  if (end === null) return null;
  const groups = `${text.slice(0, colon + 1)}${(end >>> 16).toString(16)}:${(end & 0xffff).toString(16)}`;
  if (!IPCIDR.isValidAddress(groups)) return null;
  const value = new IPCIDR(`${groups}/128`).start<bigint>({ type: "bigInteger" });
  return [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & 0xffffffffn));
}

function bits(family: Family): number {
  return family === "v4" ? 32 : 128;
}

function parseMask(text: string, family: Family): readonly number[] | null {
  const prefix = parseUint(text, bits(family));
  if (prefix !== null) return maskOfPrefix(prefix, family);
  if (family === "v4") {
    const word = parseV4Mask(text);
    return word === null ? null : [word];
  }
  return text.includes(":") ? parseV6Groups(text) : null;
}

/** The words of a mask with `prefix` leading ones. */
export function maskOfPrefix(prefix: number, family: Family): readonly number[] {
  const words: number[] = [];
  for (let at = 0; at < bits(family); at += 32) {
    const ones = Math.min(32, Math.max(0, prefix - at));
    words.push(ones === 0 ? 0 : (ALL_ONES << (32 - ones)) >>> 0);
  }
  return words;
}

function prefixOfMask(mask: readonly number[]): number | null {
  let prefix = 0;
  let ended = false;
  for (const word of mask) {
    const ones = Math.clz32(~word);
    if (ended ? word !== 0 : ones < 32 && (word << ones) >>> 0 !== 0) return null;
    if (ended) continue;
    prefix += ones;
    ended = ones < 32;
  }
  return prefix;
}

/** How many leading bits two addresses have in common. */
export function sharedBits(one: readonly number[], other: readonly number[]): number {
  let bits = 0;
  for (const [at, word] of one.entries()) {
    const same = Math.clz32(word ^ other[at]!);
    bits += same;
    if (same < 32) break;
  }
  return bits;
}

/** As iptables-save prints it: always with a prefix, or with the mask where it is not contiguous. */
export function printAddress(address: AddressMask): string {
  return `${printHost(address.address)}/${address.prefix ?? printHost(address.mask)}`;
}

/** The words of one address as text. */
export function printHost(words: readonly number[]): string {
  return words.length === 1 ? printV4(words[0]!) : printV6(words);
}

/** Reads `10.0.0.1-10.0.0.9` or one address; an inverted range is kept. */
export function parseAddressRange(text: string, family: Family): AddressRange | AddressProblem {
  const dash = text.indexOf("-");
  const first = parseHost(dash === -1 ? text : text.slice(0, dash), family);
  if (typeof first === "string") return first;
  const last = dash === -1 ? first : parseHost(text.slice(dash + 1), family);
  return typeof last === "string" ? last : { first, last };
}

/** True when the last address is below the first. */
export function isInvertedRange(range: AddressRange): boolean {
  for (const [index, word] of range.first.entries()) {
    const other = range.last[index]!;
    if (word !== other) return word > other;
  }
  return false;
}
