/**
 * Numbers of rules, sorted by a key: all rules with keys in a range are found side by side.
 */
import type { AddressOrder } from "./address-order.ts";

/** Where rules stand in `SortedPlaces.rules`: from, behind the last, from, behind the last, … */
export interface Ranges {
  readonly bounds: readonly number[];
  /** Rules in all of them. */
  readonly count: number;
}

/** Rules sorted by key; rules of one key stay in their order. */
export class SortedPlaces {
  readonly rules: Int32Array;
  readonly #keys: Int32Array;
  /** Ranges that were asked for before, by key. */
  readonly #asked = new Map<number, Ranges>();

  constructor(rules: readonly number[], keyOf: (rule: number) => number) {
    // Key and place in one number: numbers sort without calls.
    const count = rules.length;
    const order = Float64Array.from(rules, (rule, at) => keyOf(rule) * count + at).sort();
    this.rules = Int32Array.from(order, (both) => rules[both % count]!);
    this.#keys = Int32Array.from(order, (both) => Math.floor(both / count));
  }

  /** Rules whose prefix overlaps the one at `place`: those inside it, and those of the prefixes around it. */
  overlapping(place: number, order: AddressOrder): Ranges {
    let ranges = this.#asked.get(place);
    if (ranges !== undefined) return ranges;
    const spans = [[place, order.end[place]!]];
    for (let around = order.parent[place]!; around >= 0; around = order.parent[around]!) {
      spans.push([around, around + 1]);
    }
    ranges = this.#ranges(spans);
    this.#asked.set(place, ranges);
    return ranges;
  }

  /** Rules with one key, or with key `other`. */
  either(key: number, other: number): Ranges {
    let ranges = this.#asked.get(key);
    if (ranges !== undefined) return ranges;
    ranges = this.#ranges([
      [key, key + 1],
      [other, other + 1],
    ]);
    this.#asked.set(key, ranges);
    return ranges;
  }

  #ranges(spans: readonly (readonly number[])[]): Ranges {
    const bounds: number[] = [];
    let count = 0;
    for (const [first, behind] of spans) {
      const from = this.#lowerBound(first!);
      const to = this.#lowerBound(behind!);
      if (from === to) continue;
      bounds.push(from, to);
      count += to - from;
    }
    return { bounds, count };
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
