/**
 * What was found out about pairs of nodes: nothing is forgotten, unlike in an OperationCache. For walks over two large diagrams, where a forgotten pair is walked again with
 * everything below it.
 */
import { EMPTY, hashTriple } from "./diagram.ts";

const FIRST_ENTRIES = 1 << 10;

/** Integers by pairs of nodes; a class because it grows. */
export class PairMemo {
  /** Open addressing, three numbers an entry: both nodes and the result; EMPTY as the result is a free place. */
  #entries: Int32Array;
  #mask = FIRST_ENTRIES - 1;
  #count = 0;
  readonly #checkTime: () => void;

  /** `checkTime` throws when the time is up; called now and then. */
  constructor(checkTime: () => void) {
    this.#checkTime = checkTime;
    this.#entries = emptyEntries(FIRST_ENTRIES);
  }

  /** The result, or EMPTY. */
  get(one: number, two: number): number {
    return this.#entries[this.#place(one, two) + 2]!;
  }

  /** Remembers a result for a pair that has none; not EMPTY. */
  set(one: number, two: number, result: number): void {
    if (++this.#count * 2 > this.#mask) this.#grow();
    const place = this.#place(one, two);
    this.#entries[place] = one;
    this.#entries[place + 1] = two;
    this.#entries[place + 2] = result;
  }

  #place(one: number, two: number): number {
    const entries = this.#entries;
    let at = hashTriple(one, two, 0) & this.#mask;
    for (;;) {
      const place = at * 3;
      if (entries[place + 2] === EMPTY || (entries[place] === one && entries[place + 1] === two))
        return place;
      at = (at + 1) & this.#mask;
    }
  }

  #grow(): void {
    this.#checkTime();
    const old = this.#entries;
    const size = (this.#mask + 1) * 2;
    this.#entries = emptyEntries(size);
    this.#mask = size - 1;
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] === EMPTY) continue;
      this.#entries.set(old.subarray(at, at + 3), this.#place(old[at]!, old[at + 1]!));
    }
  }
}

function emptyEntries(size: number): Int32Array {
  const entries = new Int32Array(size * 3);
  for (let at = 2; at < entries.length; at += 3) entries[at] = EMPTY;
  return entries;
}
