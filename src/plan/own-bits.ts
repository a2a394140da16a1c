/**
 * Mark bits as text and as one mask.
 */
import { AXES } from "../model/types.ts";
import type { MarkBits } from "./types.ts";

/** All bits of a plan in one mask, unsigned; 0 when the plan has no groups. */
export function joinMarkBits(bits: MarkBits): number {
  let mask = 0;
  for (const axis of AXES) mask |= bits[axis] ?? 0;
  return mask >>> 0;
}

/** `0x1f`, as iptables prints marks. */
export function printMark(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`;
}

/** Reads a hexadecimal (`0x1f`) or decimal 32-bit number; null for anything else. */
export function parseMark(text: string): number | null {
  if (!/^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return null;
  const value = Number(text);
  return value <= 0xffffffff ? value : null;
}
