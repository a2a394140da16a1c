/**
 * Diagrams of packets on their way: each leaf goes on, with what was changed so far, or stops. They are what a walk up to some rule leaves over, and what a rule's conditions let in.
 */
import type { Rule } from "../model/types.ts";
import { EMPTY, type OperationCache } from "../verify/symbolic/diagram.ts";
import { SAME_MARKS } from "../verify/symbolic/mark-map.ts";
import { CONTROL, LEAF } from "../verify/symbolic/outcomes.ts";
import { type RuleContext, type RulePiece, takeApart, takeMatchesApart } from "../verify/symbolic/rules.ts";
import type { Sequencer } from "../verify/symbolic/sequence.ts";

/** Verdicts that no ruleset has. */
const HIT = "\u0000hit";
const STOP = "\u0000stop";

/** Joins such diagrams; a class because it guards its caches. */
export class Flow {
  /** No packet. */
  readonly none: number;
  /** Every packet. */
  readonly all: number = LEAF.PASS;
  readonly join: Sequencer;
  readonly #context: RuleContext;
  readonly #hit: number;
  readonly #withins: OperationCache;
  readonly #misses: OperationCache;
  readonly #keeps: OperationCache;
  readonly #follows: OperationCache;
  readonly #leaves = new Map<number, number>();

  constructor(context: RuleContext) {
    const { join } = context;
    this.join = join;
    this.#context = context;
    this.#hit = join.outcomes.verdict(HIT);
    this.none = join.outcomes.withControl(LEAF.PASS, join.outcomes.verdict(STOP));
    this.#withins = join.diagram.makeCache();
    this.#misses = join.diagram.makeCache();
    this.#keeps = join.diagram.makeCache();
    this.#follows = join.diagram.makeCache();
  }

  /** The packets for which a condition is true. */
  where(condition: number): number {
    return this.join.choose(condition, LEAF.PASS, this.none);
  }

  /** The packets that match a rule, as they are before its target. */
  matching(rule: Rule): number {
    const { join } = this;
    const hit = join.outcomes.withControl(LEAF.PASS, this.#hit);
    const { source, destination, rest } = takeMatchesApart(rule, hit, this.#context);
    const inner = this.#keep(rest, this.#hit);
    return join.choose(destination, join.choose(source, inner, this.none), this.none);
  }

  /** What a rule lets go on to the next one in its chain, for packets that do not match it too. */
  passing(rule: Rule): number {
    const piece = takeApart(rule, this.#context);
    return this.#bind({ ...piece, rest: this.#keep(piece.rest, CONTROL.CONTINUE) });
  }

  /** All that a rule does. */
  whole(rule: Rule): number {
    return this.#bind(takeApart(rule, this.#context));
  }

  #bind({ source, destination, rest }: Pick<RulePiece, "source" | "destination" | "rest">): number {
    return this.join.bind(destination, this.join.bind(source, rest));
  }

  /** Packets on their way, and then what a rule lets go on. */
  past(packets: number, passing: number): number {
    return this.join.sequence(packets, passing);
  }

  /** Leaves at a control go on, the others stop; effects are forgotten that nothing later depends on. */
  #keep(node: number, control: number): number {
    if (node < 0) {
      const outcome = this.join.outcomes.of(node);
      return outcome.control === control ? this.#plain(node) : this.none;
    }
    const known = this.#keeps.get(node, control, 0);
    if (known !== EMPTY) return known;
    const { levels, lows, highs } = this.join.diagram;
    const low = this.#keep(lows[node]!, control);
    const high = this.#keep(highs[node]!, control);
    const result = this.join.diagram.make(levels[node]!, low, high);
    this.#keeps.set(node, control, 0, result);
    return result;
  }

  #plain(leaf: number): number {
    const known = this.#leaves.get(leaf);
    if (known !== undefined) return known;
    const { outcomes } = this.join;
    const outcome = outcomes.of(leaf);
    const kept = outcomes.effects
      .of(outcome.effects)
      .filter(({ kind }) => kind.asks !== "" || kind.changesState)
      .map(({ kind }) => ({ kind, marks: SAME_MARKS }));
    const plain = outcomes.leaf({
      ...outcome,
      control: CONTROL.CONTINUE,
      effects: outcomes.effects.from(kept),
    });
    this.#leaves.set(leaf, plain);
    return plain;
  }

  /** Those of the packets on their way that a second diagram, about how they are now, lets go on. `none` where there are none. */
  within(packets: number, second: number): number {
    const { join } = this;
    const { diagram, outcomes, variables } = join;
    if (second < 0 && outcomes.of(second).control !== CONTROL.CONTINUE) return this.none;
    if (packets < 0) {
      if (outcomes.of(packets).control !== CONTROL.CONTINUE) return this.none;
      return this.#keep(join.after(packets, second), CONTROL.CONTINUE);
    }
    const known = this.#withins.get(packets, second, 0);
    if (known !== EMPTY) return known;
    const level = Math.min(diagram.levelOf(packets), diagram.levelOf(second));
    let result: number;
    if (level < variables.changeable) {
      const low = this.within(diagram.lowAt(packets, level), diagram.lowAt(second, level));
      const high = this.within(diagram.highAt(packets, level), diagram.highAt(second, level));
      result = diagram.make(level, low, high);
    } else {
      // From here on the second one speaks of what the first may have changed (sequence.ts).
      const low = this.within(diagram.lows[packets]!, second);
      const high = this.within(diagram.highs[packets]!, second);
      result = join.branch(diagram.levels[packets]!, low, high);
    }
    this.#withins.set(packets, second, 0, result);
    return result;
  }

  /** Whether `within` would find any: the first one ends the search, and no diagram is made. */
  meets(packets: number, second: number): boolean {
    const { join } = this;
    const { diagram, outcomes, variables } = join;
    const stops = (node: number): boolean => node < 0 && outcomes.of(node).control !== CONTROL.CONTINUE;
    if (stops(packets) || stops(second)) return false;
    if (packets === LEAF.PASS) return true;
    const level = Math.min(diagram.levelOf(packets), diagram.levelOf(second));
    if (level >= variables.changeable) return this.within(packets, second) !== this.none;
    if (this.#misses.get(packets, second, 0) !== EMPTY) return false;
    const found =
      this.meets(diagram.lowAt(packets, level), diagram.lowAt(second, level)) ||
      this.meets(diagram.highAt(packets, level), diagram.highAt(second, level));
    if (!found) this.#misses.set(packets, second, 0, 0);
    return found;
  }

  /** What a rule and then the rest of its chain do: `next` with packets that go on, `end` with those that leave the chain. */
  follow(rule: number, next: number, end: number): number {
    const { join } = this;
    const { diagram, outcomes, variables } = join;
    if (rule === LEAF.PASS) return next;
    if (rule < 0) {
      const { control } = outcomes.of(rule);
      if (control === CONTROL.CONTINUE) return join.after(rule, next);
      return control === CONTROL.RETURN
        ? join.after(outcomes.withControl(rule, CONTROL.CONTINUE), end)
        : rule;
    }
    const known = this.#follows.get(rule, next, end);
    if (known !== EMPTY) return known;
    const level = Math.min(diagram.levelOf(rule), diagram.levelOf(next), diagram.levelOf(end));
    let result: number;
    if (level < variables.changeable) {
      const [low, high] = [diagram.lowAt(rule, level), diagram.highAt(rule, level)];
      result = diagram.make(
        level,
        this.follow(low, diagram.lowAt(next, level), diagram.lowAt(end, level)),
        this.follow(high, diagram.highAt(next, level), diagram.highAt(end, level)),
      );
    } else {
      const low = this.follow(diagram.lows[rule]!, next, end);
      const high = this.follow(diagram.highs[rule]!, next, end);
      result = join.branch(diagram.levels[rule]!, low, high);
    }
    this.#follows.set(rule, next, end, result);
    return result;
  }

  /** Both sets of packets; null where one packet is in both, and not in the same state. */
  unite(one: number, two: number): number | null {
    const { diagram, outcomes } = this.join;
    const done = new Map<string, number | null>();
    const stops = (node: number): boolean => node < 0 && outcomes.of(node).control !== CONTROL.CONTINUE;
    const visit = (left: number, right: number): number | null => {
      if (left === right || stops(right)) return left;
      if (stops(left)) return right;
      if (left < 0 && right < 0) return null;
      const key = `${left} ${right}`;
      const known = done.get(key);
      if (known !== undefined) return known;
      const level = Math.min(diagram.levelOf(left), diagram.levelOf(right));
      const low = visit(diagram.lowAt(left, level), diagram.lowAt(right, level));
      const high = low === null ? null : visit(diagram.highAt(left, level), diagram.highAt(right, level));
      const result = low === null || high === null ? null : diagram.make(level, low, high);
      done.set(key, result);
      return result;
    };
    return visit(one, two);
  }
}
