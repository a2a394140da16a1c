/**
 * IPv6 addresses of hexadecimal groups.
 */
import { printV4 } from "./address-v4.ts";

const GROUP = /^[0-9a-f]{1,4}$/i;

/** Reads eight groups, or fewer with one `::`, into four 32-bit words; null when it is no address. Dotted ends are not read here. */
export function parseV6Groups(text: string): readonly number[] | null {
  const gap = text.indexOf("::");
  const head = readGroups(gap === -1 ? text : text.slice(0, gap));
  const tail = gap === -1 ? [] : readGroups(text.slice(gap + 2));
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  // "::" stands for one group at least, as inet_pton has it.
  if (gap === -1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return [0, 2, 4, 6].map((at) => groups[at]! * 0x10000 + groups[at + 1]!);
}

function readGroups(text: string): readonly number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  for (const group of text.split(":")) {
    if (!GROUP.test(group)) return null;
    groups.push(Number.parseInt(group, 16));
  }
  return groups;
}

/**
 * Prints as glibc's inet_ntop (`resolv/inet_ntop.c`, `inet_ntop6`): lower case, the longest run of two or more zero groups as `::`, the
 * first of equal ones, and a dotted end for addresses that embed an IPv4 one.
 */
export function printV6(words: readonly number[]): string {
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const run = longestZeroRun(groups);
  const embeds = run.start === 0 && (run.length === 6 || (run.length === 5 && groups[5] === 0xffff));
  if (embeds) return `${run.length === 6 ? "::" : "::ffff:"}${printV4(words[3]!)}`;
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(":");
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let at = 0; at <= groups.length; at += 1) {
    if (groups[at] === 0) continue;
    if (at - start > best.length) best = { start, length: at - start };
    start = at + 1;
  }
  return best;
}
