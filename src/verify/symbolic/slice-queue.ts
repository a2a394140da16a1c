/**
 * The slices of a proof in their order, and what they come to.
 *
 * The answer is that of one slice after the other, from the lowest destination on: results are looked at in that order, whenever they come. So it is the same however many slices
 * are proved at one time, and whichever is ready first.
 */
import { BudgetSpent } from "./diagram.ts";
import { reasonOf } from "./findings.ts";
import type { Slice, SliceAnswer, SliceResult } from "./slice.ts";

/** Slices are cut in two this often at most. */
const MOST_SLICE_BITS = 12;

/** Diagrams of all slices together, in budgets of one: past that, slices do not help. */
const MOST_SLICE_BUDGETS = 25;

/** Slices are made so small at once: most of the work is the same in both halves of a slice that is too large. */
const FIRST_SLICE_BITS = 3;

/** An answer, and for a difference the slice that shows it. */
export interface SlicedAnswer {
  readonly found: SliceAnswer;
  readonly slice: Slice | null;
}

/** What all slices say together. */
export interface SlicesDecision {
  readonly main: SlicedAnswer;
  readonly anyMark: SlicedAnswer | null;
}

/** A slice to be proved now, in so many nodes. */
export interface Turn {
  readonly slice: Slice;
  readonly nodes: number;
}

interface Part {
  readonly slice: Slice;
  state: "waiting" | "running" | SliceResult;
}

const EQUAL: SlicedAnswer = { found: { answer: "equal" }, slice: null };

/** Deals out slices and takes their results; a class because it guards both. */
export class SliceQueue {
  readonly #nodes: number;
  readonly #size: number;
  /** In order; a slice that was cut stands before its halves. */
  readonly #parts: Part[] = slicesOf([], FIRST_SLICE_BITS).map((slice) => ({ slice, state: "waiting" }));
  /** How many slices share the nodes. */
  #share: number;
  #running = 0;
  /** Parts before this one are part of the answer. */
  #seen = 0;
  #spent = 0;
  #main = EQUAL;
  #anyMark: SlicedAnswer | null;

  /** `nodes`: for all slices that are proved at one time; `size`: how many that are at most. */
  constructor(nodes: number, size: number, alsoAnyMark: boolean) {
    this.#nodes = nodes;
    this.#size = size;
    this.#share = size;
    this.#anyMark = alsoAnyMark ? EQUAL : null;
  }

  /** The next slice to start, or null as long as enough of them are under way. */
  next(): Turn | null {
    if (this.#running >= this.#share) return null;
    for (const part of this.#parts) {
      if (part.state === "waiting") {
        part.state = "running";
        this.#running++;
        return { slice: part.slice, nodes: Math.floor(this.#nodes / this.#share) };
      }
      // What comes behind it decides nothing.
      if (part.state !== "running" && isLast(part.state)) return null;
    }
    return null;
  }

  /** Takes the result of a turn. */
  settle({ slice, nodes }: Turn, result: SliceResult): void {
    const at = this.#parts.findIndex((part) => part.slice === slice);
    const part = this.#parts[at]!;
    this.#running--;
    if (result.kind === "too large" && nodes < this.#nodes) {
      // Not too large yet: it gets more when fewer are proved at one time. Others of its share have to learn nothing from it.
      part.state = "waiting";
      if (nodes === Math.floor(this.#nodes / this.#share)) this.#share = Math.max(1, this.#share >> 1);
      return;
    }
    part.state = result;
    if (result.kind !== "too large" || slice.length >= MOST_SLICE_BITS) return;
    this.#parts.splice(
      at + 1,
      0,
      ...slicesOf(slice, 1).map((half): Part => ({ slice: half, state: "waiting" })),
    );
    // It had all nodes, so nothing else is under way; its halves may do with less.
    this.#share = Math.min(2, this.#size);
  }

  /** What the slices come to, as soon as that is certain. */
  decide(): SlicesDecision | null {
    for (; this.#seen < this.#parts.length; this.#seen++) {
      const { slice, state } = this.#parts[this.#seen]!;
      if (state === "waiting" || state === "running") return null;
      if (state.kind === "failed") return this.#unknown(state.reason);
      this.#spent += state.nodes;
      if (state.kind === "too large") {
        const isHopeless = slice.length >= MOST_SLICE_BITS || this.#spent > MOST_SLICE_BUDGETS * this.#nodes;
        if (isHopeless) return this.#unknown(reasonOf(new BudgetSpent("nodes")));
        continue;
      }
      if (this.#anyMark !== null && state.anyMark !== null)
        this.#anyMark = worse(this.#anyMark, { found: state.anyMark, slice });
      this.#main = worse(this.#main, { found: state.main, slice });
      if (state.main.answer === "different") break;
    }
    return { main: this.#main, anyMark: this.#anyMark };
  }

  #unknown(reason: string): SlicesDecision {
    const unknown: SlicedAnswer = { found: { answer: "unknown", reason }, slice: null };
    // What can't be told from any packets is said first: samples may not overrule that.
    const join = (known: SlicedAnswer): SlicedAnswer => (known.found.answer === "unknown" ? known : unknown);
    return { main: join(this.#main), anyMark: this.#anyMark === null ? null : join(this.#anyMark) };
  }
}

/** Whether the slices behind one with this result are of no account. */
function isLast(result: SliceResult): boolean {
  return result.kind === "failed" || (result.kind === "proved" && result.main.answer === "different");
}

const RANK = { equal: 0, unknown: 1, different: 2 } as const;

/** A difference before what is not known, that before equality; of two alike the first. */
function worse(one: SlicedAnswer, other: SlicedAnswer): SlicedAnswer {
  return RANK[other.found.answer] > RANK[one.found.answer] ? other : one;
}

function slicesOf(start: Slice, bits: number): readonly Slice[] {
  if (bits === 0) return [start];
  return [...slicesOf([...start, 0], bits - 1), ...slicesOf([...start, 1], bits - 1)];
}
