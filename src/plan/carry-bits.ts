/**
 * Keeps the mark bits that a person moved, when a plan is made again.
 */
import { AXES, type Axis } from "../model/types.ts";
import { chooseMarkBits } from "./marks.ts";
import { printMark } from "./own-bits.ts";
import type { MarkBits } from "./types.ts";

/** Mark bits for the new plan, and what became of those that can't stay, as sentences without a full stop. */
export interface CarriedBits {
  readonly markBits: MarkBits;
  readonly moved: readonly string[];
}

/**
 * Bits of `previous` stay with their axes, unless the rulesets use them now (`used`, unsigned); other axes get what is free beside them. Where `previous` has the
 * bits that markify would choose (`usedThen`: what was used by what it knew then), nobody moved them, and `fresh` stays as it is.
 */
export function carryMarkBits(
  previous: MarkBits,
  fresh: MarkBits,
  used: number,
  usedThen = used,
): CarriedBits {
  const has = (bits: MarkBits) => AXES.filter((axis) => bits[axis] !== undefined);
  const usual = chooseMarkBits(new Set(has(previous)), usedThen);
  if (usual !== null && AXES.every((axis) => usual[axis] === previous[axis]))
    return { markBits: fresh, moved: [] };
  const bits: { [axis in Axis]?: number } = {};
  let taken = used;
  for (const axis of has(fresh)) {
    const bit = previous[axis] ?? 0;
    if (bit === 0 || (bit & used) !== 0) continue;
    bits[axis] = bit;
    taken |= bit;
  }
  const open = has(fresh).filter((axis) => bits[axis] === undefined);
  const chosen = chooseMarkBits(new Set(open), taken);
  const markBits = chosen === null ? fresh : { ...bits, ...chosen };
  const moved = has(fresh).filter(
    (axis) => previous[axis] !== undefined && previous[axis] !== markBits[axis],
  );
  return {
    markBits,
    moved: moved.map(
      (axis) =>
        `the ${axis} groups' mark bit was ${printMark(previous[axis]!)}, which is not free any more; it is ${printMark(markBits[axis]!)} now`,
    ),
  };
}
