/**
 * Which rules may not swap, and the orders of a chain that respect it.
 *
 * Two rules may swap when every packet fares the same in both orders: equal targets, or no common packet; and neither drops, by reading a header that
 * is short or broken, what the other decides. Rules of one class (`Movable.classKey`) always may, which keeps the graph sparse.
 */
import type { AddressMask } from "../model/types.ts";
import type { Movable } from "./features.ts";
import { placesOverlap, type Region, regionOf, regionsOverlap, shortPacketsOverlap } from "./regions.ts";

/** A movable rule with its place in the segment and the packets it can match. */
export interface Item {
  readonly movable: Movable;
  /** Ascending in the order of the chain. */
  readonly index: number;
  readonly region: Region;
  /** One word of source and destination with its mask, 0 where any will do: most pairs of rules are told apart by these alone. */
  readonly quick: QuickAddresses;
  /** Whether the target is DROP: a packet that another rule's header test drops fares the same. */
  readonly drops: boolean;
}

interface QuickAddresses {
  readonly source: number;
  readonly sourceMask: number;
  readonly destination: number;
  readonly destinationMask: number;
}

/** Makes the items of a segment: movable rules without a barrier between them, in order. */
export function makeItems(segment: readonly Movable[]): Item[] {
  return segment.map((movable, index) => {
    const region = regionOf(movable.rule);
    const { target } = movable.rule;
    const drops = target.kind === "verdict" && target.verdict === "DROP";
    return { movable, index, region, quick: quickAddresses(region), drops };
  });
}

function quickAddresses({ source, destination }: Region): QuickAddresses {
  // The last word of an IPv6 prefix is usually 0; its second one differs most.
  const word = (source ?? destination)?.mask.length === 4 ? 1 : 0;
  return {
    source: source?.address[word] ?? 0,
    sourceMask: source?.mask[word] ?? 0,
    destination: destination?.address[word] ?? 0,
    destinationMask: destination?.mask[word] ?? 0,
  };
}

/** Whether some packet would fare differently if the two rules swapped places. Both are of different classes. */
function conflict(left: Item, right: Item): boolean {
  const one = left.quick;
  const other = right.quick;
  if (((one.source ^ other.source) & one.sourceMask & other.sourceMask) !== 0) return false;
  if (((one.destination ^ other.destination) & one.destinationMask & other.destinationMask) !== 0) return false;
  if (left.movable.rule.target.text !== right.movable.rule.target.text && regionsOverlap(left.region, right.region)) {
    return true;
  }
  return dropsWhatIsDecided(left, right) || dropsWhatIsDecided(right, left);
}

/** Whether `reader` drops, by evaluating its matches, a packet that `decider` lets fare otherwise. */
function dropsWhatIsDecided(reader: Item, decider: Item): boolean {
  if (decider.drops) return false;
  if (reader.movable.readsHeader && !decider.movable.readsHeader) {
    if (shortPacketsOverlap(reader.region, decider.region)) return true;
  }
  return (
    reader.movable.readsExtensions &&
    !decider.movable.readsExtensions &&
    placesOverlap(reader.region, decider.region)
  );
}

interface AddressIndex {
  readonly hosts: Map<string, Item[]>;
  readonly wide: Item[];
}

interface ClassIndex {
  readonly all: Item[];
  readonly sources: AddressIndex;
  readonly destinations: AddressIndex;
}

/** Finds the items that conflict with a given one without comparing it with all of them. */
export interface ConflictIndex {
  /** Calls `visit` for each item that conflicts with `item`; in no particular order. */
  readonly forEachConflict: (item: Item, visit: (other: Item) => void) => void;
}

/** Indexes a segment by class, and inside a class by exact hosts: without it, large rulesets are quadratic. */
export function indexConflicts(items: readonly Item[]): ConflictIndex {
  const classes = new Map<string, ClassIndex>();
  for (const item of items) {
    let entry = classes.get(item.movable.classKey);
    if (entry === undefined) {
      entry = {
        all: [],
        sources: { hosts: new Map(), wide: [] },
        destinations: { hosts: new Map(), wide: [] },
      };
      classes.set(item.movable.classKey, entry);
    }
    entry.all.push(item);
    file(entry.sources, item.region.source, item);
    file(entry.destinations, item.region.destination, item);
  }
  const forEachConflict = (item: Item, visit: (other: Item) => void): void => {
    for (const [key, entry] of classes) {
      if (key === item.movable.classKey) continue;
      for (const list of candidates(entry, item)) {
        for (const other of list) if (conflict(item, other)) visit(other);
      }
    }
  };
  return { forEachConflict };
}

function file(index: AddressIndex, address: AddressMask | null, item: Item): void {
  const host = hostKey(address);
  if (host === null) {
    index.wide.push(item);
    return;
  }
  const list = index.hosts.get(host);
  if (list === undefined) index.hosts.set(host, [item]);
  else list.push(item);
}

function candidates(entry: ClassIndex, item: Item): readonly (readonly Item[])[] {
  const bySource = lookUp(entry.sources, item.region.source);
  const byDestination = lookUp(entry.destinations, item.region.destination);
  if (bySource === null) return byDestination ?? [entry.all];
  if (byDestination === null) return bySource;
  return total(bySource) <= total(byDestination) ? bySource : byDestination;
}

function lookUp(index: AddressIndex, address: AddressMask | null): readonly (readonly Item[])[] | null {
  const host = hostKey(address);
  if (host === null) return null;
  return [index.hosts.get(host) ?? [], index.wide];
}

function total(lists: readonly (readonly Item[])[]): number {
  return lists.reduce((sum, list) => sum + list.length, 0);
}

function hostKey(address: AddressMask | null): string | null {
  if (address === null || address.prefix !== address.mask.length * 32) return null;
  return address.address.join(".");
}
