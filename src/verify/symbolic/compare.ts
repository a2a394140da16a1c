/**
 * Two diagrams of one hook to the packets that fare differently, and how.
 */
import { EMPTY } from "./diagram.ts";
import type { Effect } from "./effects.ts";
import { LEAF, type Outcome } from "./outcomes.ts";
import { clearedMap, type MarkMap } from "./mark-map.ts";
import { PairMemo } from "./pair-memo.ts";
import type { Sequencer } from "./sequence.ts";

/** What counts. */
export interface Comparison {
  /** Bits of the marks that packets bring as 0. */
  readonly zeroMarkBits: number;
  readonly zeroConnmarkBits: number;
  /** Bits of marks that count, where the packet is not dropped, and where it is. */
  readonly markBits: number;
  readonly droppedMarkBits: number;
  readonly connmarkBits: number;
  /** Bits of marks that effects show. */
  readonly shownBits: number;
}

/** The leaf of packets that fare the same. */
export const SAME = LEAF.FALSE;

/** Two outcomes of one packet. */
export interface OutcomePair {
  readonly old: number;
  readonly new: number;
}

/** Compares; a class because it guards its cache and its list of pairs. */
export class Comparer {
  readonly #join: Sequencer;
  readonly #what: Comparison;
  readonly #known: PairMemo;
  readonly #pairs: OutcomePair[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #leaves = new Map<number, number>();
  /** Leaf of the packet's way in: bits that it can't bring are cleared. */
  readonly #entry: number;

  constructor(join: Sequencer, what: Comparison) {
    this.#join = join;
    this.#what = what;
    this.#entry = join.outcomes.goingOn({ marks: clearedMap(what.zeroMarkBits, what.zeroConnmarkBits) });
    this.#known = new PairMemo(join.diagram.checkTime);
  }

  /** The pair of outcomes that a leaf of `differences` stands for; not for SAME. */
  pairOf(leaf: number): OutcomePair {
    return this.#pairs[~leaf - 1]!;
  }

  /** Diagram with SAME where both agree, else the leaf of the two outcomes. */
  differences(old: number, now: number): number {
    if (old === now) return SAME;
    if (old < 0 && now < 0) return this.#compareLeaves(old, now);
    const known = this.#known.get(old, now);
    if (known !== EMPTY) return known;
    const { diagram } = this.#join;
    const level = Math.min(diagram.levelOf(old), diagram.levelOf(now));
    const low = this.differences(diagram.lowAt(old, level), diagram.lowAt(now, level));
    const result = this.#isZero(level)
      ? low
      : this.#decide(level, low, this.differences(diagram.highAt(old, level), diagram.highAt(now, level)));
    this.#known.set(old, now, result);
    return result;
  }

  #decide(level: number, low: number, high: number): number {
    const { diagram } = this.#join;
    // Below, a difference may depend on bits of marks again.
    const isInOrder = level < diagram.levelOf(low) && level < diagram.levelOf(high);
    if (isInOrder) return diagram.make(level, low, high);
    return this.#join.choose(diagram.make(level, LEAF.FALSE, LEAF.TRUE), high, low);
  }

  #isZero(level: number): boolean {
    const { variables } = this.#join;
    if (!variables.isMark(level)) return false;
    const bit = (level - variables.markLevel) >> 1;
    const { zeroMarkBits, zeroConnmarkBits } = this.#what;
    return (((level === variables.mark(bit) ? zeroMarkBits : zeroConnmarkBits) >>> bit) & 1) === 1;
  }

  #compareLeaves(old: number, now: number): number {
    const key = ~old * 0x4000000 + ~now;
    const known = this.#leaves.get(key);
    if (known !== undefined) return known;
    const { outcomes } = this.#join;
    const [one, other] = [outcomes.compose(this.#entry, old), outcomes.compose(this.#entry, now)];
    const result = this.#differ(outcomes.of(one), outcomes.of(other), this.#pair(one, other));
    this.#leaves.set(key, result);
    return result;
  }

  #pair(old: number, now: number): number {
    const key = ~old * 0x4000000 + ~now;
    const known = this.#numbers.get(key);
    if (known !== undefined) return ~known;
    const number = this.#pairs.push({ old, new: now });
    this.#numbers.set(key, number);
    return ~number;
  }

  #differ(old: Outcome, now: Outcome, leaf: number): number {
    const lists = this.#join.outcomes.effects;
    const [one, other] = [lists.withoutRepeats(old.effects), lists.withoutRepeats(now.effects)];
    if (old.control !== now.control || lists.length(one) !== lists.length(other)) return leaf;
    const [oldEffects, newEffects] = one === other ? [[], []] : [lists.of(one), lists.of(other)];
    if (oldEffects.some((effect, at) => !isSameKind(effect, newEffects[at]!))) return leaf;
    const isDropped = this.#join.outcomes.verdictText(old.control) === "DROP";
    const { markBits, droppedMarkBits, connmarkBits, shownBits } = this.#what;
    const pairs = [
      this.#marksDiffer(old.marks, now.marks, isDropped ? droppedMarkBits : markBits, "mark"),
      this.#marksDiffer(old.marks, now.marks, connmarkBits, "connmark"),
      ...oldEffects.map(({ kind, marks }, at) =>
        kind.showsMark ? this.#marksDiffer(marks, newEffects[at]!.marks, shownBits, "mark") : LEAF.FALSE,
      ),
    ];
    const differ = pairs.reduce((all, one) => this.#join.or(all, one), LEAF.FALSE as number);
    return this.#join.choose(differ, leaf, SAME);
  }

  /** Condition on the marks that packets bring: some bit of two maps differs. */
  #marksDiffer(one: MarkMap, other: MarkMap, bits: number, which: "mark" | "connmark"): number {
    const [m, c, k] =
      which === "mark"
        ? [one.mm ^ other.mm, one.mc ^ other.mc, one.mk ^ other.mk]
        : [one.cm ^ other.cm, one.cc ^ other.cc, one.ck ^ other.ck];
    if ((k & ~m & ~c & bits) !== 0) return LEAF.TRUE;
    const { diagram, variables } = this.#join;
    let differ: number = LEAF.FALSE;
    // From the last level up: each bit either differs, or leaves it to those below.
    for (let bit = 31; bit >= 0; bit--) {
      const has = (mask: number): boolean => (((mask & bits) >>> bit) & 1) === 1;
      const [zero, set] = has(k) ? [LEAF.TRUE, differ] : [differ, LEAF.TRUE];
      const onConnmark = (low: number, high: number) => diagram.make(variables.connmark(bit), low, high);
      const onMark = (low: number, high: number) => diagram.make(variables.mark(bit), low, high);
      if (has(m) && has(c)) differ = onMark(onConnmark(zero, set), onConnmark(set, zero));
      else if (has(m)) differ = onMark(zero, set);
      else if (has(c)) differ = onConnmark(zero, set);
    }
    return differ;
  }
}

function isSameKind({ kind: one }: Effect, { kind: other }: Effect): boolean {
  return one.text === other.text && one.asks === other.asks && one.showsMark === other.showsMark;
}
