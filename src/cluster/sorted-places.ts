/**
 * Numbers of rules, sorted by a key: all rules with keys in a range are found side by side.
 */
import type { AddressOrder } from "./address-order.ts";

/** Rules sorted by key; rules of one key stay in their order. */
export class SortedPlaces {
  readonly rules: Int32Array;
  readonly #keys: Int32Array;
  /** Answers, each as a count of rules, how many ranges they are in, and where each begins and ends: made once, and kept as numbers, since there may be as many as rules. */
  readonly #answers: number[] = [];
  /** Where answers stand, by key. */
  readonly #asked = new Map<number, number>();

  constructor(rules: readonly number[], keyOf: (rule: number) => number) {
    // Key and place in one number: numbers sort without calls.
    const count = rules.length;
    const order = Float64Array.from(rules, (rule, at) => keyOf(rule) * count + at).sort();
    this.rules = Int32Array.from(order, (both) => rules[both % count]!);
    this.#keys = Int32Array.from(order, (both) => Math.floor(both / count));
  }

  /** Rules whose prefix overlaps the one at `place`, those inside it and those of the prefixes around it: where the answer stands. */
  overlapping(place: number, order: AddressOrder): number {
    const known = this.#asked.get(place);
    if (known !== undefined) return known;
    const answer = this.#open(place);
    this.#add(answer, place, order.end[place]!);
    for (let around = order.parent[place]!; around >= 0; around = order.parent[around]!)
      this.#add(answer, around, around + 1);
    return answer;
  }

  /** Rules with one key, or with key `other`. */
  either(key: number, other: number): number {
    const known = this.#asked.get(key);
    if (known !== undefined) return known;
    const answer = this.#open(key);
    this.#add(answer, key, key + 1);
    this.#add(answer, other, other + 1);
    return answer;
  }

  /** Rules of an answer, and the ranges of `rules` that they are in. */
  countOf(answer: number): number {
    return this.#answers[answer]!;
  }

  rangesOf(answer: number): number {
    return this.#answers[answer + 1]!;
  }

  startOf(answer: number, range: number): number {
    return this.#answers[answer + 2 + 2 * range]!;
  }

  endOf(answer: number, range: number): number {
    return this.#answers[answer + 3 + 2 * range]!;
  }

  /** An answer without ranges. */
  #open(key: number): number {
    const answer = this.#answers.length;
    this.#asked.set(key, answer);
    this.#answers.push(0, 0);
    return answer;
  }

  #add(answer: number, first: number, behind: number): void {
    const from = this.#lowerBound(first);
    const to = this.#lowerBound(behind);
    if (from === to) return;
    this.#answers.push(from, to);
    this.#answers[answer]! += to - from;
    this.#answers[answer + 1]! += 1;
  }

  /** The first position with that key or a larger one. */
  #lowerBound(key: number): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
