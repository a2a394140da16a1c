/**
 * Whether two rules can match the same packet, answered on the safe side: "yes" wherever it isn't known.
 */
import { isInvertedRange, maskOfPrefix, sharedBits } from "../model/address.ts";
import {
  type AddressMask,
  type AddressRange,
  CTSTATE,
  type Match,
  type PortRange,
  type Rule,
} from "../model/types.ts";
import { readsHeader } from "./header-profile.ts";

/** The packets that a rule can match, as a box around them; null on a field: any value, or not known. */
export interface Region {
  readonly source: AddressMask | null;
  readonly destination: AddressMask | null;
  readonly in: string | null;
  readonly out: string | null;
  readonly protocol: number | null;
  readonly sourcePorts: readonly PortRange[] | null;
  readonly destinationPorts: readonly PortRange[] | null;
  readonly icmpType: number | null;
  /** Or of CTSTATE bits, of all ctstate matches; null: any. */
  readonly states: number | null;
  /** The same, of those before the first header-reading match: what decides whether a short packet is dropped. */
  readonly statesBefore: number | null;
}

const EXCLUSIVE_STATES =
  CTSTATE.INVALID | CTSTATE.ESTABLISHED | CTSTATE.RELATED | CTSTATE.NEW | CTSTATE.UNTRACKED;

/** The region of a rule. */
export function regionOf(rule: Rule): Region {
  const region: { -readonly [Key in keyof Region]: Region[Key] } = {
    source: null,
    destination: null,
    in: null,
    out: null,
    protocol: null,
    sourcePorts: null,
    destinationPorts: null,
    icmpType: null,
    states: null,
    statesBefore: null,
  };
  let headerRead = false;
  for (const match of rule.matches) {
    headerRead ||= readsHeader(match);
    if (match.kind === "ctstate") {
      const states = exclusiveStates(match);
      region.states = intersect(region.states, states);
      if (!headerRead) region.statesBefore = region.states;
    } else narrow(region, match);
  }
  return region;
}

function narrow(region: { -readonly [Key in keyof Region]: Region[Key] }, match: Match): void {
  switch (match.kind) {
    case "source":
    case "destination":
      if (!match.negated) region[match.kind] = match.address;
      break;
    case "iprange":
      region.source ??= coverOf(match.source);
      region.destination ??= coverOf(match.destination);
      break;
    case "in":
    case "out":
      if (!match.negated) region[match.kind] = match.name;
      break;
    case "protocol":
      if (!match.negated) region.protocol = match.number;
      break;
    case "transport":
      if (match.source !== null && !match.source.negated) region.sourcePorts = sound([match.source.range]);
      if (match.destination !== null && !match.destination.negated) {
        region.destinationPorts = sound([match.destination.range]);
      }
      break;
    case "multiport":
      if (match.negated || match.side === "either") break;
      if (match.side === "source") region.sourcePorts = sound(match.ranges);
      else region.destinationPorts = sound(match.ranges);
      break;
    case "icmp":
      if (!match.negated) region.icmpType = match.type;
      break;
    default:
      break;
  }
}

/** Prefixes around ranges: one object for each range, since matches are shared. */
const COVERS = new WeakMap<object, AddressMask | null>();

/** The smallest prefix that holds a range; null where that rules nothing out. */
export function coverOf(
  test: { readonly negated: boolean; readonly range: AddressRange } | null,
): AddressMask | null {
  if (test === null || test.negated) return null;
  let cover = COVERS.get(test);
  if (cover === undefined) {
    cover = smallestPrefix(test.range);
    COVERS.set(test, cover);
  }
  return cover;
}

function smallestPrefix({ first, last }: AddressRange): AddressMask | null {
  // Kernels may disagree on inverted ranges, as on those of ports.
  if (isInvertedRange({ first, last })) return null;
  const prefix = sharedBits(first, last);
  const mask = maskOfPrefix(prefix, first.length === 1 ? "v4" : "v6");
  return { address: first.map((word, index) => (word & mask[index]!) >>> 0), mask, prefix };
}

/** Kernels disagree on inverted ranges (never matched, refused, …): they rule nothing out here. */
function sound(ranges: readonly PortRange[]): readonly PortRange[] | null {
  return ranges.every((range) => range.first <= range.last) ? ranges : null;
}

function exclusiveStates(match: Match & { kind: "ctstate" }): number | null {
  // SNAT and DNAT stand beside the other states, so a set with one of them rules nothing out.
  if ((match.states & ~EXCLUSIVE_STATES) !== 0) return null;
  return match.negated ? EXCLUSIVE_STATES & ~match.states : match.states;
}

function intersect(left: number | null, right: number | null): number | null {
  if (left === null) return right;
  return right === null ? left : left & right;
}

/** Whether addresses and interfaces leave room for a common packet. */
export function placesOverlap(left: Region, right: Region): boolean {
  return (
    addressesOverlap(left.source, right.source) &&
    addressesOverlap(left.destination, right.destination) &&
    interfacesOverlap(left.in, right.in) &&
    interfacesOverlap(left.out, right.out)
  );
}

/** Whether some packet can match both. */
export function regionsOverlap(left: Region, right: Region): boolean {
  return (
    protocolsOverlap(left, right) &&
    portsOverlap(left.destinationPorts, right.destinationPorts) &&
    portsOverlap(left.sourcePorts, right.sourcePorts) &&
    (left.icmpType === null || right.icmpType === null || left.icmpType === right.icmpType) &&
    (left.states === null || right.states === null || (left.states & right.states) !== 0) &&
    placesOverlap(left, right)
  );
}

/** Whether some short packet reaches both rules: their header tests, or (`reads` false) the rule as a whole. */
export function shortPacketsOverlap(
  left: Region,
  leftReads: boolean,
  right: Region,
  rightReads: boolean,
): boolean {
  const one = leftReads ? left.statesBefore : left.states;
  const other = rightReads ? right.statesBefore : right.states;
  return (
    protocolsOverlap(left, right) &&
    (one === null || other === null || (one & other) !== 0) &&
    placesOverlap(left, right)
  );
}

function protocolsOverlap(left: Region, right: Region): boolean {
  return left.protocol === null || right.protocol === null || left.protocol === right.protocol;
}

/** Whether two addresses leave room for a common packet; null: any, or not known. */
export function addressesOverlap(left: AddressMask | null, right: AddressMask | null): boolean {
  if (left === null || right === null) return true;
  for (let word = 0; word < left.mask.length; word++) {
    const mask = left.mask[word]! & right.mask[word]!;
    if ((left.address[word]! & mask) !== (right.address[word]! & mask)) return false;
  }
  return true;
}

function interfacesOverlap(left: string | null, right: string | null): boolean {
  if (left === null || right === null || left === right) return true;
  const leftStem = left.endsWith("+") ? left.slice(0, -1) : null;
  const rightStem = right.endsWith("+") ? right.slice(0, -1) : null;
  if (leftStem !== null && rightStem !== null)
    return leftStem.startsWith(rightStem) || rightStem.startsWith(leftStem);
  if (leftStem !== null) return right.startsWith(leftStem);
  return rightStem !== null && left.startsWith(rightStem);
}

function portsOverlap(left: readonly PortRange[] | null, right: readonly PortRange[] | null): boolean {
  if (left === null || right === null) return true;
  return left.some((one) => right.some((other) => one.first <= other.last && other.first <= one.last));
}
