/**
 * Numbers that everybody reads alike: decimal, and `0x` hexadecimal. iptables takes a leading 0 for octal (`strtoul` with base 0), most people
 * do not, so a number with one is refused wherever it stands.
 */

const DECIMAL = /^(0|[1-9]\d*)$/;
const HEXADECIMAL = /^0x[0-9a-f]+$/i;

/** An unsigned number up to `most`; null when it is none, larger, or begins with a 0 that makes it octal. */
export function parseUint(text: string, most: number): number | null {
  let value: number;
  if (DECIMAL.test(text)) value = Number(text);
  else if (HEXADECIMAL.test(text)) value = Number.parseInt(text, 16);
  else return null;
  return value <= most ? value : null;
}

const ALL_BITS = 0xffffffff;

/** A 32-bit value with a mask, both unsigned. */
export interface ValueMask {
  readonly value: number;
  readonly mask: number;
}

/** Reads `VALUE` or `VALUE/MASK`; the mask is all bits where it is missing. Null when it is neither. */
export function parseValueMask(text: string): ValueMask | null {
  const slash = text.indexOf("/");
  const value = parseUint(slash === -1 ? text : text.slice(0, slash), ALL_BITS);
  const mask = slash === -1 ? ALL_BITS : parseUint(text.slice(slash + 1), ALL_BITS);
  return value === null || mask === null ? null : { value, mask };
}

/** `0x1f`. */
export function printHex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** As iptables prints marks in matches: the mask only where it is not all bits. */
export function printValueMask({ value, mask }: ValueMask): string {
  return mask === ALL_BITS ? printHex(value) : `${printHex(value)}/${printHex(mask)}`;
}
