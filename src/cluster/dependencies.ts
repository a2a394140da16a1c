/**
 * Which rules may not swap, and the orders of a chain that respect it.
 *
 * Two rules may swap when every packet fares the same in both orders: equal targets, or no common packet; and neither drops, by reading a header that
 * is short or broken, what the other decides. Rules of one class (`Movable.classKey`) always may, which keeps the graph sparse.
 */
import { AddressIndex } from "./address-index.ts";
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
  if (((one.destination ^ other.destination) & one.destinationMask & other.destinationMask) !== 0)
    return false;
  if (
    left.movable.rule.target.text !== right.movable.rule.target.text &&
    regionsOverlap(left.region, right.region)
  ) {
    return true;
  }
  return headersConflict(left, right) || extensionsConflict(left, right) || extensionsConflict(right, left);
}

/** Whether a short packet or a fragment may fare differently: the rules read headers of different lengths, or only one of them does. */
function headersConflict(left: Item, right: Item): boolean {
  const one = left.movable.profile;
  const other = right.movable.profile;
  if (one === other) return false;
  // Dropped by the verdict or by the header test is the same.
  if (left.drops && right.drops) return false;
  if ((one === "" && left.drops) || (other === "" && right.drops)) return false;
  return shortPacketsOverlap(left.region, one !== "", right.region, other !== "");
}

/** Whether `reader` drops, by its test of the protocol, a packet with broken extension headers that `decider` lets fare otherwise. */
function extensionsConflict(reader: Item, decider: Item): boolean {
  return (
    !decider.drops &&
    reader.movable.readsExtensions &&
    !decider.movable.readsExtensions &&
    placesOverlap(reader.region, decider.region)
  );
}

/** The items of one class, found by either address. */
interface ClassIndex {
  readonly all: Item[];
  readonly sources: AddressIndex<Item>;
  readonly destinations: AddressIndex<Item>;
}

/** Finds the items that conflict with a given one without comparing it with all of them. */
export interface ConflictIndex {
  /** Calls `visit` for each item before `item` that conflicts with it; in no particular order. */
  readonly forEachEarlierConflict: (item: Item, visit: (other: Item) => void) => void;
}

/** Indexes a segment by class, and inside a class by address: without it, large rulesets are quadratic. */
export function indexConflicts(items: readonly Item[]): ConflictIndex {
  const classes = new Map<string, ClassIndex>();
  for (const item of items) {
    let entry = classes.get(item.movable.classKey);
    if (entry === undefined) {
      entry = { all: [], sources: new AddressIndex(), destinations: new AddressIndex() };
      classes.set(item.movable.classKey, entry);
    }
    entry.all.push(item);
    entry.sources.add(item.region.source, item);
    entry.destinations.add(item.region.destination, item);
  }
  const forEachEarlierConflict = (item: Item, visit: (other: Item) => void): void => {
    const compare = (other: Item): void => {
      if (other.index < item.index && conflict(item, other)) visit(other);
    };
    for (const [key, entry] of classes) {
      if (key !== item.movable.classKey) visitCandidates(entry, item.region, compare);
    }
  };
  return { forEachEarlierConflict };
}

/** Visits all items of a class that may overlap a region, by whichever address leaves fewer. */
function visitCandidates(
  { all, sources, destinations }: ClassIndex,
  region: Region,
  visit: (item: Item) => void,
): void {
  const bySource = sources.find(region.source);
  const byDestination = destinations.find(region.destination);
  if (bySource !== null && (byDestination === null || bySource.count <= byDestination.count)) {
    sources.visit(bySource, visit);
  } else if (byDestination !== null) destinations.visit(byDestination, visit);
  else for (const item of all) visit(item);
}
