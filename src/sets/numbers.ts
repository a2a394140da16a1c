/**
 * Addresses as whole numbers, so that ranges of both families are handled alike.
 *
 * The spelling is strict: `ipset` takes `010.0.0.1` for 8.0.0.1 and `10.9` for 10.0.0.9, and asks a name service for the rest; ipset save prints none of these.
 */
import { parseHost } from "../model/address.ts";
import type { AddressRange, Family } from "../model/types.ts";

const BYTE = "(?:0|[1-9]\\d{0,2})";
const STRICT_V4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

/** Bits of an address. */
export function widthOf(family: Family): number {
  return family === "v4" ? 32 : 128;
}

/** An address; null where the text is none of that family. */
export function readNumber(text: string, family: Family): bigint | null {
  if (family === "v4" && !STRICT_V4.test(text)) return null;
  const words = parseHost(text, family);
  return typeof words === "string" ? null : numberOf(words);
}

/** Words, most significant first, as one number. */
export function numberOf(words: readonly number[]): bigint {
  return words.reduce((sum, word) => (sum << 32n) | BigInt(word >>> 0), 0n);
}

/** One number as the words of the model. */
export function wordsOf(value: bigint, family: Family): readonly number[] {
  if (family === "v4") return [Number(value)];
  return [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & 0xffffffffn));
}

/** Ends as words. */
export function rangeOf(first: bigint, last: bigint, family: Family): AddressRange {
  return { first: wordsOf(first, family), last: wordsOf(last, family) };
}

/** Bits behind a prefix, all ones. */
export function hostBits(prefix: number, family: Family): bigint {
  return (1n << BigInt(widthOf(family) - prefix)) - 1n;
}
