/**
 * Dotted IPv4 addresses and masks. Source: iptables 1.8.9, `libxtables/xtables.c`, `__numeric_to_ipaddr`.
 */

const DOT = 0x2e;
const ZERO = 0x30;

/**
 * Reads one to four dotted parts; missing ones at the end are 0, as iptables reads them (`10/8`). Null when it is no address. A part with a
 * leading zero is refused: iptables takes it for octal, most people do not.
 */
export function parseV4(text: string): number | null {
  let value = 0;
  let part = -1;
  let parts = 0;
  let leadingZero = false;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at === text.length ? DOT : text.charCodeAt(at);
    if (code === DOT) {
      if (part === -1 || parts === 4) return null;
      value = value * 256 + part;
      parts += 1;
      part = -1;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || (part === 0 && leadingZero)) return null;
    leadingZero = part === -1 && digit === 0;
    part = part === -1 ? digit : part * 10 + digit;
    if (part > 255) return null;
  }
  return value * 256 ** (4 - parts);
}

/** Reads a dotted mask; it needs all four parts. */
export function parseV4Mask(text: string): number | null {
  return text.split(".").length === 4 ? parseV4(text) : null;
}

/** Dotted, four parts. */
export function printV4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}
