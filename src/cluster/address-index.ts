/**
 * Finds, among many prefixes, those that overlap a given one: the ones that contain it by a look-up a prefix length, the ones inside it by their order.
 */
import type { AddressMask } from "../model/types.ts";

/** Keys of a prefix that sort as addresses do: fixed-width hexadecimal of its first and last address. */
interface PrefixKeys {
  readonly first: string;
  readonly last: string;
}

/** The result of a look-up. */
export interface Overlaps<Value> {
  readonly prefix: number;
  readonly lists: readonly (readonly Value[])[];
  readonly from: number;
  readonly to: number;
  /** How many values a visit would touch, at most. */
  readonly count: number;
}

/** An index over values with an address; values without one (or with a mask that is no prefix) overlap everything. */
export class AddressIndex<Value> {
  readonly #wide: Value[] = [];
  readonly #byLength = new Map<number, Map<string, Value[]>>();
  readonly #entries: { readonly key: string; readonly prefix: number; readonly value: Value }[] = [];
  #isSorted = true;

  /** Adds a value; look-ups after it see it. */
  add(address: AddressMask | null, value: Value): void {
    if (address === null || address.prefix === null) {
      this.#wide.push(value);
      return;
    }
    const { prefix } = address;
    const key = keysOf(address).first;
    let byKey = this.#byLength.get(prefix);
    if (byKey === undefined) {
      byKey = new Map();
      this.#byLength.set(prefix, byKey);
    }
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [value]);
    else list.push(value);
    this.#entries.push({ key, prefix, value });
    this.#isSorted = false;
  }

  /** The values whose address overlaps the given one; null: all of them, the address rules nothing out. */
  find(address: AddressMask | null): Overlaps<Value> | null {
    if (address === null || address.prefix === null) return null;
    const lists = [this.#wide];
    let count = this.#wide.length;
    for (const [length, byKey] of this.#byLength) {
      if (length > address.prefix) continue;
      const list = byKey.get(firstKey(address, length));
      if (list === undefined) continue;
      lists.push(list);
      count += list.length;
    }
    // Nothing lies inside a host; what equals it was found above.
    const [from, to] = address.prefix === 32 * address.mask.length ? [0, 0] : this.#inside(address);
    return { prefix: address.prefix, lists, from, to, count: count + to - from };
  }

  /** Visits what `find` found, each value once. */
  visit(found: Overlaps<Value>, visitor: (value: Value) => void): void {
    for (const list of found.lists) for (const value of list) visitor(value);
    for (let at = found.from; at < found.to; at++) {
      const entry = this.#entries[at]!;
      if (entry.prefix > found.prefix) visitor(entry.value);
    }
  }

  /** Bounds, in the sorted entries, of those that start inside the given prefix. */
  #inside(address: AddressMask): readonly [number, number] {
    if (!this.#isSorted) {
      this.#entries.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
      this.#isSorted = true;
    }
    const { first, last } = keysOf(address);
    return [this.#lowerBound(first, false), this.#lowerBound(last, true)];
  }

  /** The first entry at or behind `key` (behind it only, where `after`). */
  #lowerBound(key: string, after: boolean): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const here = this.#entries[middle]!.key;
      if (here < key || (after && here === key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Equal addresses share one object in the model, so their keys are made once. */
const keys = new WeakMap<AddressMask, PrefixKeys>();
const containers = new WeakMap<AddressMask, Map<number, string>>();

function keysOf(address: AddressMask): PrefixKeys {
  let entry = keys.get(address);
  if (entry === undefined) {
    const last = address.address.map((word, at) => (word | ~address.mask[at]!) >>> 0);
    entry = { first: hexKey(address.address), last: hexKey(last) };
    keys.set(address, entry);
  }
  return entry;
}

/** The first address of the prefix of `length` bits that contains `address`. */
function firstKey(address: AddressMask, length: number): string {
  let byLength = containers.get(address);
  if (byLength === undefined) {
    byLength = new Map();
    containers.set(address, byLength);
  }
  let key = byLength.get(length);
  if (key === undefined) {
    key = hexKey(address.address.map((word, at) => (word & prefixWord(length - 32 * at)) >>> 0));
    byLength.set(length, key);
  }
  return key;
}

/** A mask word whose first `bits` bits are set; below 0: none, above 32: all. */
function prefixWord(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : -1 << (32 - bits);
}

function hexKey(words: readonly number[]): string {
  return words.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
