/**
 * Lists of effects, each told by one number: a list is an older list and one effect more, so that ways that share their beginning share it here too.
 */
import type { Rule } from "../../model/types.ts";
import { knowingBit, mapKey, type MarkMap } from "./mark-map.ts";

/** Something that somebody outside the table can see, or that later matches may see. */
export interface EffectKind {
  /** As the reports print it. */
  readonly text: string;
  /** Whether it shows the packet's mark (LOG does). */
  readonly showsMark: boolean;
  /** Whether matches that are not modelled may answer otherwise behind it. */
  readonly changesState: boolean;
  /** What it counts as, for answers that may change from one time to the next; empty: nothing. */
  readonly asks: string;
  /** What it settles: settled a second time, it stays as it is. `settles: ""` for effects that count each time. */
  readonly settles: string;
}

/** Settled by whichever effect comes first, once for all. */
export const TRACKING = "tracking";

/** One effect with the mark map at that moment (SAME_MARKS where it shows none). */
export interface Effect {
  readonly kind: EffectKind;
  readonly marks: MarkMap;
}

/** What a rule without target counts as, where its counter is compared: it is known by all that it matches. */
export function counterText({ matches }: Rule): string {
  const texts = matches.filter(({ kind }) => kind !== "comment").map(({ text }) => text);
  return `counter of ${texts.join(" ")}`;
}

/** The list without effects. */
export const NO_EFFECTS = 0;

/** All lists met; a class because it guards them. */
export class EffectLists {
  readonly #before: number[] = [0];
  readonly #last: (Effect | null)[] = [null];
  readonly #lengths: number[] = [0];
  readonly #lists = new Map<number, number>();
  readonly #effects: Effect[] = [];
  readonly #effectNumbers = new Map<string, number>();
  readonly #kinds = new Map<string, number>();
  readonly #plain = new Map<number, number>([[NO_EFFECTS, NO_EFFECTS]]);

  /** The list with one effect more. */
  add(list: number, effect: Effect): number {
    const key = list * 0x1000000 + this.#number(effect);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const added = this.#before.push(list) - 1;
    this.#last.push(effect);
    this.#lengths.push(this.#lengths[list]! + 1);
    this.#lists.set(key, added);
    return added;
  }

  #number(effect: Effect): number {
    const { text, showsMark, changesState, asks } = effect.kind;
    const kind = `${Number(showsMark)}${Number(changesState)}${asks.length} ${asks}${text}`;
    const kindNumber = this.#kinds.get(kind) ?? this.#kinds.size;
    this.#kinds.set(kind, kindNumber);
    const key = effect.kind.showsMark ? `${kindNumber} ${mapKey(effect.marks)}` : `${kindNumber}`;
    const known = this.#effectNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#effects.push(effect) - 1;
    this.#effectNumbers.set(key, number);
    return number;
  }

  length(list: number): number {
    return this.#lengths[list]!;
  }

  /** The effects in order. */
  of(list: number): readonly Effect[] {
    const effects: Effect[] = [];
    for (let at = list; at !== NO_EFFECTS; at = this.#before[at]!) effects.push(this.#last[at]!);
    return effects.reverse();
  }

  /** The list of effects, one behind the other. */
  from(effects: readonly Effect[]): number {
    return effects.reduce((list, effect) => this.add(list, effect), NO_EFFECTS);
  }

  /** Every effect changed. */
  map(list: number, change: (effect: Effect) => Effect): number {
    return list === NO_EFFECTS ? list : this.from(this.of(list).map(change));
  }

  /** The list where a bit of the mark that the packet brought is known. */
  knowing(list: number, bit: number, value: 0 | 1): number {
    return this.map(list, (effect) =>
      effect.kind.showsMark ? { ...effect, marks: knowingBit(effect.marks, bit, value) } : effect,
    );
  }

  /** The list without those effects that find settled what they settle: by an earlier one, with nothing that changes the packet in between. */
  withoutRepeats(list: number): number {
    const known = this.#plain.get(list);
    if (known !== undefined) return known;
    let plain = NO_EFFECTS;
    for (const effect of this.of(list))
      if (!this.#isSettled(plain, effect.kind)) plain = this.add(plain, effect);
    this.#plain.set(list, plain);
    return plain;
  }

  #isSettled(list: number, { settles }: EffectKind): boolean {
    if (settles === "") return false;
    for (let at = list; at !== NO_EFFECTS; at = this.#before[at]!) {
      const { kind } = this.#last[at]!;
      if (kind.settles === settles) return true;
      if (kind.changesState && settles !== TRACKING) return false;
    }
    return false;
  }

  /** How many effects of a list fulfil a test. */
  count(list: number, test: (kind: EffectKind) => boolean): number {
    let times = 0;
    for (let at = list; at !== NO_EFFECTS; at = this.#before[at]!) if (test(this.#last[at]!.kind)) times++;
    return times;
  }
}
