/**
 * Numbers prefixes so that whatever lies inside one follows it directly: whether two overlap is then a comparison of two numbers, for either family.
 */
import type { AddressMask } from "../model/types.ts";

/** The place of "any address", and of a mask that is no prefix: it contains all others. */
export const ANYWHERE = 0;

/** The places of a set of prefixes. */
export class AddressOrder {
  /** For each place the place behind the last one inside it. */
  readonly end: Int32Array;
  /** For each place the nearest one that contains it; -1 for `ANYWHERE`. */
  readonly parent: Int32Array;
  readonly #places = new Map<AddressMask, number>();

  /** `addresses` may repeat. */
  constructor(addresses: Iterable<AddressMask | null>) {
    const distinct = new Set<AddressMask>();
    for (const address of addresses) {
      if (address !== null && address.prefix !== null) distinct.add(address);
    }
    const sorted = [...distinct].sort(compareAddresses);
    this.end = new Int32Array(sorted.length + 1);
    this.parent = new Int32Array(sorted.length + 1);
    this.parent[ANYWHERE] = -1;
    const open: number[] = [ANYWHERE];
    sorted.forEach((address, at) => {
      const place = at + 1;
      while (open.length > 1 && !contains(sorted[open.at(-1)! - 1]!, address)) this.end[open.pop()!] = place;
      this.parent[place] = open.at(-1)!;
      open.push(place);
      this.#places.set(address, place);
    });
    for (const place of open) this.end[place] = sorted.length + 1;
  }

  /** The place of one of the addresses. */
  placeOf(address: AddressMask | null): number {
    return address === null ? ANYWHERE : (this.#places.get(address) ?? ANYWHERE);
  }

  /** Whether the prefixes at two places have an address in common. */
  overlap(one: number, other: number): boolean {
    return one <= other ? other < this.end[one]! : one < this.end[other]!;
  }
}

/** By first address, the wider prefix first. */
function compareAddresses(left: AddressMask, right: AddressMask): number {
  for (let word = 0; word < left.address.length; word++) {
    const difference = (left.address[word]! >>> 0) - (right.address[word]! >>> 0);
    if (difference !== 0) return difference;
  }
  return left.prefix! - right.prefix!;
}

function contains(outer: AddressMask, inner: AddressMask): boolean {
  if (outer.prefix! > inner.prefix!) return false;
  return outer.mask.every((mask, word) => ((outer.address[word]! ^ inner.address[word]!) & mask) === 0);
}
