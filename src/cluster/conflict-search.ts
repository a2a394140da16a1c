/**
 * Finds the rules before a given one that may not swap with it, without comparing it with all of them: of source, destination and port, the one that leaves
 * fewest rules of a class is looked up, and what is left is compared as numbers.
 */
import { AddressOrder } from "./address-order.ts";
import { type Addresses, addressesOf, addressPairsOverlap } from "./conflicts.ts";
import type { Movable } from "./features.ts";
import { SortedPlaces } from "./sorted-places.ts";
import { NO_PORT, TraitTable } from "./trait-table.ts";

/** As many rules as are compared without looking for a better list. */
const FEW = 8;

/** Rules of one class, by each of the keys that a look-up can go by. */
interface ClassLists {
  readonly sources: SortedPlaces;
  readonly destinations: SortedPlaces;
  readonly ports: SortedPlaces;
  /** Kinds of header tests that its rules have, each by the traits of one rule. */
  readonly kinds: readonly number[];
}

/** The conflicts of a stretch of rules, by their numbers in it. */
export class ConflictSearch {
  readonly #traits: TraitTable;
  readonly #addresses: readonly Addresses[];
  readonly #sources: AddressOrder;
  readonly #destinations: AddressOrder;
  readonly #source: Int32Array;
  readonly #destination: Int32Array;
  readonly #classes: readonly ClassLists[];
  readonly #classOf: Int32Array;

  constructor(movables: readonly Movable[]) {
    this.#traits = new TraitTable(movables);
    this.#addresses = movables.map(addressesOf);
    this.#sources = new AddressOrder(this.#addresses.map(({ source }) => source));
    this.#destinations = new AddressOrder(this.#addresses.map(({ destination }) => destination));
    this.#source = Int32Array.from(this.#addresses, ({ source }) => this.#sources.placeOf(source));
    this.#destination = Int32Array.from(this.#addresses, ({ destination }) =>
      this.#destinations.placeOf(destination),
    );
    const numbers = new Map<string, number>();
    const members: number[][] = [];
    this.#classOf = Int32Array.from(movables, ({ classKey }, index) => {
      let number = numbers.get(classKey);
      if (number === undefined) {
        number = members.push([]) - 1;
        numbers.set(classKey, number);
      }
      members[number]!.push(index);
      return number;
    });
    this.#classes = members.map((indexes) => this.#listsOf(indexes));
  }

  #listsOf(indexes: readonly number[]): ClassLists {
    const traits = this.#traits;
    return {
      sources: new SortedPlaces(indexes, (index) => this.#source[index]!),
      destinations: new SortedPlaces(indexes, (index) => this.#destination[index]!),
      ports: new SortedPlaces(indexes, (index) => traits.portOf(index)),
      kinds: traits.kindsOf(indexes),
    };
  }

  /** Calls `visit` for each rule from `first` on and before `index` that conflicts with it; in no particular order. */
  forEachEarlier(index: number, first: number, visit: (other: number) => void): void {
    this.#classes.forEach((lists, number) => {
      if (number !== this.#classOf[index]) this.#search(lists, index, first, visit);
    });
  }

  #search(lists: ClassLists, index: number, first: number, visit: (other: number) => void): void {
    const source = this.#source[index]!;
    const destination = this.#destination[index]!;
    let places = lists.sources;
    let answer = places.overlapping(source, this.#sources);
    if (places.countOf(answer) === 0) return;
    const byDestination = lists.destinations.overlapping(destination, this.#destinations);
    if (lists.destinations.countOf(byDestination) < places.countOf(answer)) {
      places = lists.destinations;
      answer = byDestination;
    }
    const port = this.#traits.portOf(index);
    if (
      places.countOf(answer) > FEW &&
      port !== NO_PORT &&
      !this.#traits.conflictByHeaders(index, lists.kinds)
    ) {
      const byPort = lists.ports.either(port, NO_PORT);
      if (lists.ports.countOf(byPort) < places.countOf(answer)) {
        places = lists.ports;
        answer = byPort;
      }
    }
    const { rules } = places;
    for (let range = 0; range < places.rangesOf(answer); range++) {
      const to = places.endOf(answer, range);
      for (let at = places.startOf(answer, range); at < to; at++) {
        const other = rules[at]!;
        if (
          other < index &&
          other >= first &&
          this.#sources.overlap(source, this.#source[other]!) &&
          this.#destinations.overlap(destination, this.#destination[other]!) &&
          this.#traits.conflict(index, other) &&
          addressPairsOverlap(this.#addresses[index]!, this.#addresses[other]!)
        ) {
          visit(other);
        }
      }
    }
  }
}
