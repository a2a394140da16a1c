/**
 * Numbers, ranges and masks to conditions: diagrams that are TRUE for packets whose field has one of the values.
 */
import type { AddressRange } from "../../model/types.ts";
import type { Diagram } from "./diagram.ts";
import { LEAF } from "./outcomes.ts";

/** Bits of a word list, most significant first. */
export function bitsOf(words: readonly number[]): readonly number[] {
  return words.flatMap((word) => Array.from({ length: 32 }, (_, bit) => (word >>> (31 - bit)) & 1));
}

/** The lowest `width` bits of a number, most significant first. */
export function numberBits(value: number, width: number): readonly number[] {
  return Array.from({ length: width }, (_, at) => (value >>> (width - 1 - at)) & 1);
}

/** Fields whose bits under the mask are those of the value; `levels` ascending. */
export function masked(
  diagram: Diagram,
  levels: readonly number[],
  value: readonly number[],
  mask: readonly number[],
): number {
  let node: number = LEAF.TRUE;
  for (let at = levels.length - 1; at >= 0; at--) {
    if (mask[at] === 0) continue;
    node =
      value[at] === 1
        ? diagram.make(levels[at]!, LEAF.FALSE, node)
        : diagram.make(levels[at]!, node, LEAF.FALSE);
  }
  return node;
}

/** Fields from `first` to `last`, both inclusive; FALSE where the range is inverted. */
export function between(
  diagram: Diagram,
  levels: readonly number[],
  first: readonly number[],
  last: readonly number[],
): number {
  // At every bit: what remains to be compared when all bits before were equal to both ends, to the first, or to the last.
  const make = (at: number, tightFirst: boolean, tightLast: boolean): number => {
    if (at === levels.length || (!tightFirst && !tightLast)) return LEAF.TRUE;
    const canBeZero = !tightFirst || first[at] === 0;
    const canBeOne = !tightLast || last[at] === 1;
    const low = canBeZero ? make(at + 1, tightFirst, tightLast && last[at] === 0) : LEAF.FALSE;
    const high = canBeOne ? make(at + 1, tightFirst && first[at] === 1, tightLast) : LEAF.FALSE;
    return diagram.make(levels[at]!, low, high);
  };
  return make(0, true, true);
}

/** Fields in one of the ranges, which are ascending and disjoint; every half of the addresses is cut until a range holds it or none meets it. */
export function withinRanges(
  diagram: Diagram,
  levels: readonly number[],
  ranges: readonly AddressRange[],
): number {
  const toNumber = (words: readonly number[]): bigint =>
    words.reduce((sum, word) => (sum << 32n) | BigInt(word >>> 0), 0n);
  const firsts = ranges.map(({ first }) => toNumber(first));
  const lasts = ranges.map(({ last }) => toNumber(last));
  // Ranges `from` to `until` (exclusive) are those that meet the addresses from `start` on whose bits before `at` are the same.
  const make = (at: number, start: bigint, from: number, until: number): number => {
    if (from === until) return LEAF.FALSE;
    const half = at === levels.length ? 0n : 1n << BigInt(levels.length - 1 - at);
    const end = half === 0n ? start : start + 2n * half - 1n;
    if (firsts[from]! <= start && lasts[from]! >= end) return LEAF.TRUE;
    const middle = start + half;
    let split = from;
    while (split < until && lasts[split]! < middle) split++;
    const isCut = split < until && firsts[split]! < middle;
    return diagram.make(
      levels[at]!,
      make(at + 1, start, from, isCut ? split + 1 : split),
      make(at + 1, middle, split, until),
    );
  };
  return make(0, 0n, 0, ranges.length);
}

/** Fields whose number fulfils a test; for fields of a few bits. */
export function where(
  diagram: Diagram,
  levels: readonly number[],
  test: (value: number) => boolean,
  otherwise: number = LEAF.FALSE,
): number {
  const make = (at: number, value: number): number => {
    if (at === levels.length) return test(value) ? LEAF.TRUE : otherwise;
    return diagram.make(levels[at]!, make(at + 1, value * 2), make(at + 1, value * 2 + 1));
  };
  return make(0, 0);
}
