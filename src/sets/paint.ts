/**
 * Entries of a set to the addresses that it matches.
 */
import type { AddressRange, Family } from "../model/types.ts";
import { numberOf, rangeOf } from "./numbers.ts";
import type { Block } from "./types.ts";

/** Joins ranges as they come, ascending, and leaves out nothing; a class because it guards the last one. */
class Joiner {
  readonly ranges: { first: bigint; last: bigint }[] = [];

  add(first: bigint, last: bigint): void {
    if (first > last) return;
    const before = this.ranges.at(-1);
    if (before === undefined || first > before.last + 1n) this.ranges.push({ first, last });
    else if (last > before.last) before.last = last;
  }
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * The addresses whose smallest block is not `nomatch`. Blocks are equal, disjoint or inside one another, or there is none with `nomatch`: hash:net asks
 * from the longest prefix to the shortest, and the first entry decides (net/netfilter/ipset/ip_set_hash_gen.h, mtype_test_cidrs).
 */
export function paint(blocks: readonly Block[], family: Family): readonly AddressRange[] {
  const sorted = [...blocks].sort(
    (one, other) => compare(one.first, other.first) || compare(other.last, one.last),
  );
  const joiner = new Joiner();
  if (sorted.every(({ nomatch }) => !nomatch)) {
    for (const { first, last } of sorted) joiner.add(first, last);
  } else paintNested(sorted, joiner);
  return joiner.ranges.map(({ first, last }) => rangeOf(first, last, family));
}

/** Goes through the addresses from the first on; `around` are the blocks that hold the present one, the smallest last. */
function paintNested(sorted: readonly Block[], joiner: Joiner): void {
  const around: Block[] = [];
  let at = 0n;
  const paintTo = (last: bigint): void => {
    const smallest = around.at(-1);
    if (smallest !== undefined && !smallest.nomatch) joiner.add(at, last);
    at = last + 1n;
  };
  const leaveBefore = (first: bigint | null): void => {
    for (let top = around.at(-1); top !== undefined; top = around.at(-1)) {
      if (first !== null && top.last >= first) return;
      if (top.last >= at) paintTo(top.last);
      around.pop();
    }
  };
  for (const block of sorted) {
    leaveBefore(block.first);
    if (block.first > at) paintTo(block.first - 1n);
    around.push(block);
  }
  leaveBefore(null);
}

/** All addresses of several lists of ranges. */
export function joinRanges(
  lists: readonly (readonly AddressRange[])[],
  family: Family,
): readonly AddressRange[] {
  const blocks = lists.flatMap((ranges) =>
    ranges.map(({ first, last }) => ({ first: numberOf(first), last: numberOf(last), nomatch: false })),
  );
  return paint(blocks, family);
}
