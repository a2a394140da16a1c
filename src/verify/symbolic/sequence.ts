/**
 * The three ways to join what rules do: one after the other, side by side where the order does not matter, and as a condition before the rest.
 */
import { type Diagram, EMPTY, LEAF_LEVEL, type OperationCache } from "./diagram.ts";
import { CONTROL, LEAF, type Outcomes, TRACK } from "./outcomes.ts";
import type { Answer, Variables } from "./variables.ts";

/** Connection state after CT or NOTRACK, for packets that had none: made by whoever knows the codes. */
export interface TrackChange {
  /** Diagram that is TRUE for packets that no connection tracking has seen. */
  readonly untouched: number;
  /** By TRACK: bits of the state, snat and dnat fields, in the order of their levels. */
  readonly levels: readonly number[];
  readonly bits: Readonly<Record<number, readonly number[]>>;
}

/** Joins diagrams of one proof; a class because it guards its caches. */
export class Sequencer {
  readonly diagram: Diagram;
  readonly outcomes: Outcomes;
  readonly variables: Variables;
  /** Set before anything is joined, where the table changes connection states. */
  trackChange: TrackChange | null = null;
  /** What was found out about rules' diagrams (rules.ts). */
  readonly reach = new Map<number, { readonly reads: boolean; readonly writes: boolean }>();
  readonly #ownBits: number;
  readonly #known = new Map<number, Map<number, number>>();
  readonly #choices: OperationCache;
  readonly #selections: OperationCache;
  readonly #binds: OperationCache;
  readonly #sequences: OperationCache;
  readonly #afters: OperationCache;
  readonly #merges: OperationCache;
  readonly #redirects: OperationCache;
  readonly #shifts = new Map<number, number>();
  #conflict = false;

  /** `ownBits`: bits of the mark that are followed more closely, since every rule chain begins by testing and clearing them. */
  constructor(diagram: Diagram, outcomes: Outcomes, variables: Variables, ownBits: number) {
    this.#ownBits = ownBits;
    this.diagram = diagram;
    this.outcomes = outcomes;
    this.variables = variables;
    this.#choices = diagram.makeCache();
    this.#selections = diagram.makeCache();
    this.#binds = diagram.makeCache();
    this.#sequences = diagram.makeCache();
    this.#afters = diagram.makeCache();
    this.#merges = diagram.makeCache();
    this.#redirects = diagram.makeCache();
  }

  /**
   * A node. Behind a test of an own bit, leaves say its value instead of handing it on: so "clear it where it is set" is the same leaf on both branches, and
   * the test is gone.
   */
  #node(level: number, low: number, high: number): number {
    const { diagram, variables } = this;
    if (low !== high && level >= variables.changeable && variables.isMark(level)) {
      const bit = (level - variables.markLevel) >> 1;
      if (level === variables.mark(bit) && ((this.#ownBits >>> bit) & 1) === 1)
        return diagram.make(level, this.#knowing(low, bit, 0), this.#knowing(high, bit, 1));
    }
    return diagram.make(level, low, high);
  }

  /** What `node` says when a bit of the mark is known. */
  #knowing(node: number, bit: number, value: 0 | 1): number {
    const known = this.#known.get(bit * 2 + value) ?? new Map<number, number>();
    this.#known.set(bit * 2 + value, known);
    const visit = (at: number): number => {
      const found = known.get(at);
      if (found !== undefined) return found;
      const { levels, lows, highs } = this.diagram;
      const result =
        at < 0
          ? this.outcomes.knowing(at, bit, value)
          : this.diagram.make(levels[at]!, visit(lows[at]!), visit(highs[at]!));
      known.set(at, result);
      return result;
    };
    return visit(node);
  }

  /** `condition` ? `yes` : `no`, for leaves that are no outcomes; where a match drops the packet, HOTDROP. */
  choose(condition: number, yes: number, no: number): number {
    if (condition === LEAF.TRUE) return yes;
    if (condition === LEAF.FALSE) return no;
    if (condition === LEAF.HOTDROP) return LEAF.HOTDROP;
    const known = this.#choices.get(condition, yes, no);
    if (known !== EMPTY) return known;
    const { diagram } = this;
    const level = Math.min(diagram.levelOf(condition), diagram.levelOf(yes), diagram.levelOf(no));
    const low = this.choose(
      diagram.lowAt(condition, level),
      diagram.lowAt(yes, level),
      diagram.lowAt(no, level),
    );
    const high = this.choose(
      diagram.highAt(condition, level),
      diagram.highAt(yes, level),
      diagram.highAt(no, level),
    );
    const result = diagram.make(level, low, high);
    this.#choices.set(condition, yes, no, result);
    return result;
  }

  /** The same for diagrams of outcomes. */
  #select(condition: number, yes: number, no: number): number {
    if (condition === LEAF.TRUE) return yes;
    if (condition === LEAF.FALSE) return no;
    if (condition === LEAF.HOTDROP) return LEAF.HOTDROP;
    const known = this.#selections.get(condition, yes, no);
    if (known !== EMPTY) return known;
    const { diagram } = this;
    const level = Math.min(diagram.levelOf(condition), diagram.levelOf(yes), diagram.levelOf(no));
    const low = this.#select(
      diagram.lowAt(condition, level),
      diagram.lowAt(yes, level),
      diagram.lowAt(no, level),
    );
    const high = this.#select(
      diagram.highAt(condition, level),
      diagram.highAt(yes, level),
      diagram.highAt(no, level),
    );
    const result = this.#node(level, low, high);
    this.#selections.set(condition, yes, no, result);
    return result;
  }

  and(one: number, two: number): number {
    return this.choose(one, two, LEAF.FALSE);
  }

  or(one: number, two: number): number {
    return this.choose(one, LEAF.TRUE, two);
  }

  not(condition: number): number {
    return this.choose(condition, LEAF.FALSE, LEAF.TRUE);
  }

  /** A rule: where the condition is true, `then`; where it is false the packet passes; where the match drops it, DROP. */
  bind(condition: number, then: number): number {
    if (condition < 0)
      return condition === LEAF.TRUE ? then : condition === LEAF.FALSE ? LEAF.PASS : LEAF.DROP;
    const known = this.#binds.get(condition, then, 0);
    if (known !== EMPTY) return known;
    const { diagram } = this;
    const level = Math.min(diagram.levelOf(condition), diagram.levelOf(then));
    const low = this.bind(diagram.lowAt(condition, level), diagram.lowAt(then, level));
    const high = this.bind(diagram.highAt(condition, level), diagram.highAt(then, level));
    const result = this.#node(level, low, high);
    this.#binds.set(condition, then, 0, result);
    return result;
  }

  /** A variable that decides between two diagrams of outcomes, wherever it stands in the order. */
  branch(level: number, low: number, high: number): number {
    if (low === high) return low;
    const { diagram } = this;
    if (level < diagram.levelOf(low) && level < diagram.levelOf(high)) return this.#node(level, low, high);
    return this.#select(diagram.make(level, LEAF.FALSE, LEAF.TRUE), high, low);
  }

  /** `first`, then, for packets that it lets go on, `second`. */
  sequence(first: number, second: number): number {
    if (first === LEAF.PASS) return second;
    if (second === LEAF.PASS) return first;
    if (first < 0)
      return this.outcomes.of(first).control === CONTROL.CONTINUE ? this.after(first, second) : first;
    const known = this.#sequences.get(first, second, 0);
    if (known !== EMPTY) return known;
    const { diagram } = this;
    const { changeable } = this.variables;
    const level = Math.min(diagram.levelOf(first), diagram.levelOf(second));
    let result: number;
    if (level < changeable) {
      const low = this.sequence(diagram.lowAt(first, level), diagram.lowAt(second, level));
      const high = this.sequence(diagram.highAt(first, level), diagram.highAt(second, level));
      result = this.#node(level, low, high);
    } else {
      // What the second tests is no longer what the first tested: only the first one's variables are those of the entry.
      const low = this.sequence(diagram.lows[first]!, second);
      const high = this.sequence(diagram.highs[first]!, second);
      result = this.branch(diagram.levels[first]!, low, high);
    }
    this.#sequences.set(first, second, 0, result);
    return result;
  }

  /** What `node` does with a packet after the walk of a leaf that went on: its changes are put in for what the node tests. */
  after(leaf: number, node: number): number {
    if (leaf === LEAF.PASS) return node;
    const { track } = this.outcomes.of(leaf);
    if (track === TRACK.NONE || this.trackChange === null) return this.#after(leaf, node);
    const { untouched, levels, bits } = this.trackChange;
    const changed = cofactor(this.diagram, node, levels, bits[track]!);
    return this.#select(untouched, this.#after(leaf, changed), this.#after(leaf, node));
  }

  #after(leaf: number, node: number): number {
    if (node < 0) return this.outcomes.compose(leaf, node);
    const known = this.#afters.get(leaf, node, 0);
    if (known !== EMPTY) return known;
    const { diagram, variables } = this;
    const level = diagram.levels[node]!;
    const low = this.#after(leaf, diagram.lows[node]!);
    const high = this.#after(leaf, diagram.highs[node]!);
    let result: number;
    if (level < variables.changeable) result = this.#node(level, low, high);
    else if (variables.isMark(level)) result = this.#afterMark(leaf, level, low, high);
    else result = this.branch(this.#shift(leaf, level), low, high);
    this.#afters.set(leaf, node, 0, result);
    return result;
  }

  /** A test of a mark's bit, in terms of the bits on entry. */
  #afterMark(leaf: number, level: number, low: number, high: number): number {
    const { marks } = this.outcomes.of(leaf);
    const bit = (level - this.variables.markLevel) >> 1;
    const isMark = level === this.variables.mark(bit);
    const has = (mask: number): boolean => ((mask >>> bit) & 1) === 1;
    const [zero, one] = has(isMark ? marks.mk : marks.ck) ? [high, low] : [low, high];
    const readsMark = has(isMark ? marks.mm : marks.cm);
    const readsConnmark = has(isMark ? marks.mc : marks.cc);
    const [m, c] = [this.variables.mark(bit), this.variables.connmark(bit)];
    if (!readsMark && !readsConnmark) return zero;
    if (readsMark && readsConnmark)
      return this.branch(m, this.branch(c, zero, one), this.branch(c, one, zero));
    return this.branch(readsMark ? m : c, zero, one);
  }

  /** An answer that is asked for again, or under other circumstances, is another answer. */
  #shift(leaf: number, level: number): number {
    const answer = this.variables.answerAt(level);
    if (answer === undefined) return level;
    const key = ~leaf * 0x10000 + level;
    const known = this.#shifts.get(key);
    if (known !== undefined) return known;
    const times = this.outcomes.timesAsked(leaf, answer.asks === "" ? null : answer.asks);
    const shifted = this.variables.answer({ ...answer, times: answer.times + times } satisfies Answer);
    this.#shifts.set(key, shifted);
    return shifted;
  }

  /** Both, where the order makes no difference: null where it might. */
  merge(one: number, two: number): number | null {
    this.#conflict = false;
    const result = this.#merge(one, two);
    return this.#conflict ? null : result;
  }

  #merge(one: number, two: number): number {
    if (one === LEAF.PASS || one === two) return two < 0 ? this.#twice(one, two) : this.#twiceNode(one, two);
    if (two === LEAF.PASS) return one;
    if (this.#conflict) return one;
    if (one < 0 && two < 0) {
      this.#conflict = true;
      return one;
    }
    const [left, right] = one < two ? [one, two] : [two, one];
    const known = this.#merges.get(left, right, 0);
    if (known !== EMPTY) return known;
    const { diagram } = this;
    const level = Math.min(diagram.levelOf(left), diagram.levelOf(right));
    const low = this.#merge(diagram.lowAt(left, level), diagram.lowAt(right, level));
    const high = this.#merge(diagram.highAt(left, level), diagram.highAt(right, level));
    const result = diagram.make(level, low, high);
    // A conflict below may have cut the work short.
    if (!this.#conflict) this.#merges.set(left, right, 0, result);
    return result;
  }

  /** Two equal leaves, or one beside a pass: fine for what ends the walk and for what can be done twice. */
  #twice(one: number, two: number): number {
    if (one !== two) return two;
    const { control } = this.outcomes.of(two);
    if (control === CONTROL.CONTINUE && this.outcomes.compose(two, two) !== two) this.#conflict = true;
    return two;
  }

  /** Equal diagrams: their leaves meet themselves. */
  #twiceNode(one: number, two: number): number {
    if (one !== two || this.isRepeatable(two)) return two;
    this.#conflict = true;
    return two;
  }

  readonly #repeatable = new Map<number, boolean>();

  /** True when doing it twice is doing it once. */
  isRepeatable(node: number): boolean {
    if (node < 0) {
      const { control } = this.outcomes.of(node);
      return control !== CONTROL.CONTINUE || this.outcomes.compose(node, node) === node;
    }
    const known = this.#repeatable.get(node);
    if (known !== undefined) return known;
    const { lows, highs } = this.diagram;
    const result = this.isRepeatable(lows[node]!) && this.isRepeatable(highs[node]!);
    this.#repeatable.set(node, result);
    return result;
  }

  /** The diagram with those leaves that are at one control put to another: a call's end, a policy. */
  redirect(node: number, from: readonly number[], to: number): number {
    if (node < 0)
      return from.includes(this.outcomes.of(node).control) ? this.outcomes.withControl(node, to) : node;
    const key = ~(from.length * 2 + from[0]!);
    const known = this.#redirects.get(node, key, to);
    if (known !== EMPTY) return known;
    const { levels, lows, highs } = this.diagram;
    const low = this.redirect(lows[node]!, from, to);
    const high = this.redirect(highs[node]!, from, to);
    const result = this.#node(levels[node]!, low, high);
    this.#redirects.set(node, key, to, result);
    return result;
  }
}

/** A node with some variables (levels ascending) set to constants. */
export function cofactor(
  diagram: Diagram,
  node: number,
  levels: readonly number[],
  bits: readonly number[],
): number {
  const done = new Map<number, number>();
  const last = levels[levels.length - 1] ?? -1;
  const visit = (at: number): number => {
    const level = diagram.levelOf(at);
    if (level > last || level === LEAF_LEVEL) return at;
    const known = done.get(at);
    if (known !== undefined) return known;
    const place = levels.indexOf(level);
    const [low, high] = [diagram.lows[at]!, diagram.highs[at]!];
    const result =
      place === -1 ? diagram.make(level, visit(low), visit(high)) : visit(bits[place] === 1 ? high : low);
    done.set(at, result);
    return result;
  };
  return visit(node);
}
