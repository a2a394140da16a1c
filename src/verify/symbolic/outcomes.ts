/**
 * The leaves of diagrams: what a rule, a chain or a whole table did with a packet. Each different outcome is one number, so that equal outcomes are equal leaves.
 */
import { BudgetSpent } from "./diagram.ts";
import { EffectLists, NO_EFFECTS } from "./effects.ts";
import { composeMaps, knowingBit, mapKey, type MarkMap, SAME_MARKS } from "./mark-map.ts";

/** Where the walk is after a rule; larger numbers are verdicts (their text is `verdictText`). */
export const CONTROL = { CONTINUE: 0, RETURN: 1 } as const;

const FIRST_VERDICT = 2;

/** What CT and NOTRACK did to a packet that no connection tracking had seen. */
export const TRACK = { NONE: 0, UNTRACKED: 1, TEMPLATE: 2 } as const;

/** What happened to a packet. */
export interface Outcome {
  readonly control: number;
  readonly marks: MarkMap;
  readonly track: number;
  /** Their list, by number. */
  readonly effects: number;
}

/** The leaves that every diagram has. The first three are answers of conditions, not outcomes. */
export const LEAF = { FALSE: -1, TRUE: -2, HOTDROP: -3, PASS: -4, DROP: -5, RETURN: -6 } as const;

/** Effects on one way through a table, at most: chains that call each other twice can leave 2^n. */
const MOST_EFFECTS = 10_000;

/** All outcomes met; a class because it guards them. */
export class Outcomes {
  readonly effects = new EffectLists();
  readonly #outcomes: Outcome[] = [];
  readonly #ids = new Map<string, number>();
  readonly #verdicts = ["DROP"];
  readonly #composed = new Map<number, number>();

  constructor() {
    const plain = { marks: SAME_MARKS, track: TRACK.NONE, effects: NO_EFFECTS };
    for (let answer = 0; answer < 3; answer++) this.#outcomes.push({ ...plain, control: -1 - answer });
    for (const control of [CONTROL.CONTINUE, FIRST_VERDICT, CONTROL.RETURN]) this.leaf({ ...plain, control });
  }

  /** The outcome of a leaf. */
  of(leaf: number): Outcome {
    return this.#outcomes[~leaf]!;
  }

  /** The leaf of an outcome. */
  leaf(outcome: Outcome): number {
    const key = `${outcome.control};${mapKey(outcome.marks)};${outcome.track};${outcome.effects}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#outcomes.push(outcome) - 1;
      this.#ids.set(key, id);
    }
    return ~id;
  }

  /** The control of a verdict, by its text. */
  verdict(text: string): number {
    const known = this.#verdicts.indexOf(text);
    return FIRST_VERDICT + (known === -1 ? this.#verdicts.push(text) - 1 : known);
  }

  /** The text of a control that is a verdict. */
  verdictText(control: number): string {
    return this.#verdicts[control - FIRST_VERDICT]!;
  }

  /** The leaf of a walk that went on with `first` and ended with `second`. */
  compose(first: number, second: number): number {
    const key = ~first * 0x4000000 + ~second;
    const known = this.#composed.get(key);
    if (known !== undefined) return known;
    const [one, two] = [this.of(first), this.of(second)];
    const { effects } = this;
    if (effects.length(one.effects) + effects.length(two.effects) > MOST_EFFECTS)
      throw new BudgetSpent("nodes");
    let list = one.effects;
    for (const effect of effects.of(two.effects))
      list = effects.add(
        list,
        effect.kind.showsMark ? { ...effect, marks: composeMaps(one.marks, effect.marks) } : effect,
      );
    const leaf = this.leaf({
      control: two.control,
      marks: composeMaps(one.marks, two.marks),
      track: one.track === TRACK.NONE ? two.track : one.track,
      effects: list,
    });
    this.#composed.set(key, leaf);
    return leaf;
  }

  /** The leaf with another control. */
  withControl(leaf: number, control: number): number {
    const outcome = this.of(leaf);
    return outcome.control === control ? leaf : this.leaf({ ...outcome, control });
  }

  /** The leaf where a bit of the mark that the packet brought is known. */
  knowing(leaf: number, bit: number, value: 0 | 1): number {
    const outcome = this.of(leaf);
    if (outcome.control < 0) return leaf;
    return this.leaf({
      ...outcome,
      marks: knowingBit(outcome.marks, bit, value),
      effects: this.effects.knowing(outcome.effects, bit, value),
    });
  }

  /** How often a walk asked for something, or (`null`) changed what matches that are not modelled may read. */
  timesAsked(leaf: number, asks: string | null): number {
    const { effects } = this.of(leaf);
    return this.effects.count(effects, (kind) => (asks === null ? kind.changesState : kind.asks === asks));
  }

  /** Leaf of a walk that goes on with nothing but these changes. */
  goingOn(change: Partial<Omit<Outcome, "control">>): number {
    const plain = { control: CONTROL.CONTINUE, marks: SAME_MARKS, track: TRACK.NONE, effects: NO_EFFECTS };
    return this.leaf({ ...plain, ...change });
  }
}
