/**
 * Which conditions may be asked in any order.
 *
 * A packet fares differently behind a swap only if it fulfils both conditions, or fulfils one and is dropped by the other, which can't read a header.
 */
import { areApart } from "./apart.ts";
import type { Cell } from "./cell.ts";
import type { Literal } from "./literal.ts";
import type { Conjunction, Factor } from "./own-state.ts";

/** Whether two cells that stand next to each other may be swapped. False where that is not known. */
export function maySwap(one: Cell, other: Cell): boolean {
  const arePure = one.isPure && other.isPure;
  // What one of them does to a packet may change what the other one asks.
  const isAsked = (literal: Literal): boolean => arePure || !literal.isChangeable;
  if (isApart(one.all, one.quiet, other.all, other.quiet, isAsked)) return true;
  if (!arePure || !mayMeet(one.all, other.all)) return false;
  return one.outcome === other.outcome || isApart(one.all, one.all.length, other.all, other.all.length);
}

/** Whether no packet fulfils one of two conjunctions and is dropped by the other. */
export function mayMeet(one: Conjunction, other: Conjunction): boolean {
  return isReadable(one, other) && isReadable(other, one);
}

/** Whether no packet is dropped by `one` and fulfils `other`. */
function isReadable(one: Conjunction, other: Conjunction): boolean {
  return one.every(
    ({ point }, at) =>
      point === null ||
      other.some((literal) => literal.point === point) ||
      isApart(one, at, other, other.length),
  );
}

/** Whether one of the first literals excludes one of the other's first ones. */
function isApart(
  one: Conjunction,
  count: number,
  other: Conjunction,
  otherCount: number,
  isAsked: (literal: Literal) => boolean = () => true,
): boolean {
  for (let at = 0; at < count; at++) {
    const first = one[at]!;
    for (let place = 0; place < otherCount; place++)
      if (areApart(first, other[place]!) && isAsked(first)) return true;
  }
  return false;
}

/** Pairs of one factor's members that are looked at. */
const MOST_PAIRS = 4_000_000;

/**
 * Whether a factor stands for its members one by one, in any order: no packet that fulfils one is dropped by another. `isOnce`: and none fulfils two, so that what is done to it
 * is done once.
 */
export function isSum(factor: Factor, isOnce: boolean): boolean {
  const isPlain = !isOnce && factor.every((all) => all.every(({ point }) => point === null));
  if (factor.length < 2 || isPlain) return true;
  if (factor.length ** 2 > MOST_PAIRS) return false;
  return factor.every((one, at) =>
    factor
      .slice(at + 1)
      .every((other) => mayMeet(one, other) && (!isOnce || isApart(one, one.length, other, other.length))),
  );
}
