/**
 * Which rules may not swap.
 *
 * Two rules may swap when every packet fares the same in both orders: equal targets, or no common packet; and neither drops, by reading a header that
 * is short or broken, what the other decides. Rules of one class (`Movable.classKey`) always may, which keeps the graph sparse.
 */
import type { AddressMask } from "../model/types.ts";
import type { Movable } from "./features.ts";
import { readsHeader } from "./header-profile.ts";
import {
  addressesOverlap,
  coverOf,
  placesOverlap,
  type Region,
  regionOf,
  regionsOverlap,
  shortPacketsOverlap,
} from "./regions.ts";

/** What decides about swapping, addresses aside: many rules of a file have the same. */
export interface Traits {
  readonly target: string;
  /** Whether the target is DROP: a packet that another rule's header test drops fares the same. */
  readonly drops: boolean;
  /** As `Movable` has them. */
  readonly profile: string;
  readonly readsExtensions: boolean;
  /** The packets that the rule can match, whatever their addresses. */
  readonly region: Region;
}

/** The addresses of packets for which a rule can do anything, match or drop; null: any, or not known. */
export interface Addresses {
  readonly source: AddressMask | null;
  readonly destination: AddressMask | null;
}

/** The addresses of a rule. A range that is asked for behind a test that may drop the packet says nothing of those that are dropped. */
export function addressesOf({ rule, readsExtensions }: Movable): Addresses {
  let source: AddressMask | null = null;
  let destination: AddressMask | null = null;
  let mayDrop = readsExtensions;
  for (const match of rule.matches) {
    mayDrop ||= readsHeader(match);
    if (match.kind === "source" && !match.negated) source = match.address;
    else if (match.kind === "destination" && !match.negated) destination = match.address;
    else if (match.kind === "iprange" && !mayDrop) {
      source ??= coverOf(match.source);
      destination ??= coverOf(match.destination);
    }
  }
  return { source, destination };
}

/** All that counts but the addresses. */
export function traitsOf({ rule, profile, readsExtensions }: Movable): Traits {
  const { target } = rule;
  return {
    target: target.text,
    drops: target.kind === "verdict" && target.verdict === "DROP",
    profile,
    readsExtensions,
    region: { ...regionOf(rule), source: null, destination: null },
  };
}

/** Whether some packet would fare differently if two rules of different classes swapped places; true only where their addresses overlap, too. */
export function traitsConflict(left: Traits, right: Traits): boolean {
  if (left.target !== right.target && regionsOverlap(left.region, right.region)) return true;
  return headersConflict(left, right) || extensionsConflict(left, right) || extensionsConflict(right, left);
}

/** Whether two rules of different classes may conflict although no packet matches both: by what happens to packets that are short or broken. */
export function conflictByHeaders(left: Traits, right: Traits): boolean {
  return readsDiffer(left, right) || extensionsDiffer(left, right) || extensionsDiffer(right, left);
}

/** Whether two rules may not swap. */
export function areInConflict(left: Movable, right: Movable): boolean {
  if (left.classKey === right.classKey) return false;
  return (
    addressPairsOverlap(addressesOf(left), addressesOf(right)) &&
    traitsConflict(traitsOf(left), traitsOf(right))
  );
}

/** Whether both addresses leave room for a common packet. */
export function addressPairsOverlap(left: Addresses, right: Addresses): boolean {
  return addressesOverlap(left.source, right.source) && addressesOverlap(left.destination, right.destination);
}

/** Whether a short packet or a fragment may fare differently: the rules read headers of different lengths, or only one of them does. */
function headersConflict(left: Traits, right: Traits): boolean {
  return (
    readsDiffer(left, right) &&
    shortPacketsOverlap(left.region, left.profile !== "", right.region, right.profile !== "")
  );
}

function readsDiffer(left: Traits, right: Traits): boolean {
  if (left.profile === right.profile) return false;
  // Dropped by the verdict or by the header test is the same.
  if (left.drops && right.drops) return false;
  return !((left.profile === "" && left.drops) || (right.profile === "" && right.drops));
}

/** Whether `reader` drops, by its test of the protocol, a packet with broken extension headers that `decider` lets fare otherwise. */
function extensionsConflict(reader: Traits, decider: Traits): boolean {
  return extensionsDiffer(reader, decider) && placesOverlap(reader.region, decider.region);
}

function extensionsDiffer(reader: Traits, decider: Traits): boolean {
  return !decider.drops && reader.readsExtensions && !decider.readsExtensions;
}
