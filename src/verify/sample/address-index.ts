/**
 * Finds the networks that an address is in without trying them all: one hash table for each mask that the rulesets use, and those are few.
 */
import type { Conditions } from "./program.ts";
import { mix } from "./random.ts";

/** The networks with one mask. */
interface MaskGroup {
  readonly mask: Int32Array;
  /** Ids of conditions by hash of their address, or -1; a power of two of places. A taken place leads to the next one. */
  readonly slots: Int32Array;
}

/** All conditions of one kind (source or destination); a class because it guards the tables. */
export class AddressIndex {
  readonly #conditions: Conditions;
  readonly #words: number;
  readonly #groups: readonly MaskGroup[];
  /** For each condition from `first` on: the next one with the same network, or -1. */
  readonly #twins: Int32Array;
  readonly #first: number;
  /** Truth of each condition for an address that no network holds: 1 where it is negated. */
  readonly #outside: Uint8Array;
  readonly #negated: Int32Array;

  /** Indexes the conditions with ids from `first` up to `end`, exclusive. */
  constructor(conditions: Conditions, words: number, first: number, end: number) {
    this.#conditions = conditions;
    this.#words = words;
    this.#first = first;
    this.#outside = conditions.negated.slice(first, end);
    const ids = Array.from({ length: end - first }, (_, index) => first + index);
    this.#negated = Int32Array.from(ids.filter((id) => conditions.negated[id] === 1));
    this.#twins = new Int32Array(end - first).fill(-1);
    const byMask = new Map<string, number[]>();
    for (const id of ids) {
      const place = conditions.at[id]! + words;
      const key = conditions.data.subarray(place, place + words).join();
      const group = byMask.get(key);
      if (group === undefined) byMask.set(key, [id]);
      else group.push(id);
    }
    this.#groups = [...byMask.values()].map((group) => this.#makeGroup(group));
  }

  /** Writes the truth of every condition to `values`, and the ids of the true ones to `hits` from `hitCount` on; gives the new count. */
  evaluate(
    packet: Int32Array,
    field: number,
    values: Uint8Array,
    hits: Int32Array,
    hitCount: number,
  ): number {
    let count = hitCount;
    values.set(this.#outside, this.#first);
    for (const group of this.#groups) {
      let id = this.#find(group, packet, field);
      for (; id !== -1; id = this.#twins[id - this.#first]!) {
        const value = 1 ^ this.#outside[id - this.#first]!;
        values[id] = value;
        if (value === 1) hits[count++] = id;
      }
    }
    for (const id of this.#negated) if (values[id] === 1) hits[count++] = id;
    return count;
  }

  /** The first condition of a group whose network holds the address, or -1. */
  #find(group: MaskGroup, packet: Int32Array, field: number): number {
    const { slots, mask } = group;
    let hash = 0;
    for (let word = 0; word < this.#words; word++) hash = mix(hash, packet[field + word]! & mask[word]!);
    for (let slot = hash & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const id = slots[slot]!;
      if (id === -1 || this.#holds(id, packet, field, mask)) return id;
    }
  }

  #holds(id: number, packet: Int32Array, field: number, mask: Int32Array): boolean {
    const { at, data } = this.#conditions;
    const place = at[id]!;
    for (let word = 0; word < this.#words; word++) {
      if ((packet[field + word]! & mask[word]!) !== data[place + word]!) return false;
    }
    return true;
  }

  #makeGroup(ids: readonly number[]): MaskGroup {
    const { at, data } = this.#conditions;
    const maskPlace = at[ids[0]!]! + this.#words;
    // Half empty at least, so that a miss soon meets an empty place.
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * ids.length + 1))).fill(-1);
    const group = { mask: data.slice(maskPlace, maskPlace + this.#words), slots };
    for (const id of ids) {
      const twin = this.#find(group, data, at[id]!);
      if (twin !== -1) {
        this.#twins[id - this.#first] = this.#twins[twin - this.#first]!;
        this.#twins[twin - this.#first] = id;
        continue;
      }
      let hash = 0;
      for (let word = 0; word < this.#words; word++) hash = mix(hash, data[at[id]! + word]!);
      let slot = hash & (slots.length - 1);
      while (slots[slot] !== -1) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = id;
    }
    return group;
  }
}
