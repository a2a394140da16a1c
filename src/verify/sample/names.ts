/**
 * Numbers for names and texts, in the order in which they are first seen.
 */

/** A growing list of distinct strings; a class because it guards its state. */
export class Names {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  constructor(first: readonly string[]) {
    for (const name of first) this.number(name);
  }

  /** The string's number, a new one where it is new. */
  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#names.length;
    this.#numbers.set(name, number);
    this.#names.push(name);
    return number;
  }

  /** All strings by number. */
  list(): readonly string[] {
    return this.#names;
  }
}

/** The values in ascending order, each once; `fallback` where there is none. */
export function distinct(values: Iterable<number>, fallback: readonly number[]): Int32Array {
  const sorted = Int32Array.from(new Set(values)).sort();
  return sorted.length > 0 ? sorted : Int32Array.from(fallback);
}
