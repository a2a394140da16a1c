/**
 * Seeded randomness and hashing on 32-bit integers: the same seed gives the same packets on every machine and in every worker.
 */

/** Folds one 32-bit value into a hash; the order of the values matters. */
export function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77);
  return h ^ (h >>> 13);
}

/** Hash of a text, for seeds that are built from names. */
export function hashText(text: string): number {
  let hash = text.length;
  for (let at = 0; at < text.length; at++) hash = mix(hash, text.charCodeAt(at));
  return hash;
}

/** A sequence of pseudo-random integers (splitmix32); a class because it guards its state. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = mix(seed, 0x2545f491);
  }

  /** Any 32-bit integer, signed. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  }

  /** An integer from 0 to bound - 1; 0 for a bound of 0. */
  below(bound: number): number {
    return Math.floor(((this.bits() >>> 0) / 0x1_0000_0000) * bound);
  }

  /** An integer between two ends, both inclusive. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.below(100) < share;
  }

  /** One element of an array that is not empty. */
  pick(values: Int32Array): number {
    return values[this.below(values.length)]!;
  }
}

/** One of the bits of a mask; 0 for none. */
export function randomBit(mask: number, random: Random): number {
  if (mask === 0) return 0;
  for (;;) {
    const bit = 1 << random.below(32);
    if ((mask & bit) !== 0) return bit;
  }
}
