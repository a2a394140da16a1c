/**
 * Pairs of literals that never hold for one packet at one time. False where that is not known.
 */
import type { AddressMask, MarkMatch, Match, PortTest } from "../../../model/types.ts";
import { CTSTATE } from "../../../model/types.ts";
import type { Literal } from "./literal.ts";

type Of<Kind extends Match["kind"]> = Extract<Match, { readonly kind: Kind }>;

/** Whether two conditions exclude each other, however often and in whichever order they are asked while nothing changes. */
export function areApart({ match: one }: Literal, { match: other }: Literal): boolean {
  switch (one.kind) {
    case "source":
    case "destination":
      return one.kind === other.kind && addressesApart(one, other as Of<"source">);
    case "in":
    case "out":
      return one.kind === other.kind && interfacesApart(one, other as Of<"in">);
    case "protocol":
      return one.kind === other.kind && protocolsApart(one, other);
    case "fragment":
      return one.kind === other.kind && one.negated !== other.negated;
    case "ctstate":
      return one.kind === other.kind && (statesOf(one) & statesOf(other)) === 0;
    case "mark":
      return one.kind === other.kind && marksApart(one, other);
    case "transport":
      return one.kind === other.kind && transportsApart(one, other);
    case "icmp":
      return one.kind === other.kind && icmpApart(one, other);
    default:
      return false;
  }
}

function addressesApart(one: Of<"source" | "destination">, other: Of<"source" | "destination">): boolean {
  if (one.address === null || other.address === null) return false;
  if (one.negated && other.negated) return false;
  if (one.negated) return isWithin(other.address, one.address);
  if (other.negated) return isWithin(one.address, other.address);
  const { address, mask } = one.address;
  const second = other.address;
  for (let at = 0; at < address.length; at++)
    if (((address[at]! ^ second.address[at]!) & mask[at]! & second.mask[at]!) !== 0) return true;
  return false;
}

/** Whether all addresses of one are addresses of the other. */
function isWithin(inner: AddressMask, outer: AddressMask): boolean {
  return outer.mask.every(
    (mask, at) => (mask & ~inner.mask[at]!) === 0 && ((inner.address[at]! ^ outer.address[at]!) & mask) === 0,
  );
}

function interfacesApart(one: Of<"in" | "out">, other: Of<"in" | "out">): boolean {
  if (one.negated && other.negated) return false;
  if (one.negated) return isNameWithin(other.name, one.name);
  if (other.negated) return isNameWithin(one.name, other.name);
  const [first, second] = [stem(one.name), stem(other.name)];
  const overlap =
    (one.name.endsWith("+") && second.startsWith(first)) ||
    (other.name.endsWith("+") && first.startsWith(second)) ||
    one.name === other.name;
  return !overlap;
}

/** Whether every name that fits one fits the other. */
function isNameWithin(inner: string, outer: string): boolean {
  return outer.endsWith("+") ? stem(inner).startsWith(stem(outer)) : inner === outer;
}

function stem(name: string): string {
  return name.endsWith("+") ? name.slice(0, -1) : name;
}

function protocolsApart(one: Of<"protocol">, other: Of<"protocol">): boolean {
  if (one.negated && other.negated) return false;
  return one.negated === other.negated ? one.number !== other.number : one.number === other.number;
}

const STATES = CTSTATE.INVALID | CTSTATE.ESTABLISHED | CTSTATE.RELATED | CTSTATE.NEW | CTSTATE.UNTRACKED;

/** The states for which a match may hold; the flags of address translation hold beside any state. */
function statesOf({ states, negated }: Of<"ctstate">): number {
  if ((states & ~STATES) !== 0) return -1;
  return negated ? ~states & STATES : states;
}

function marksApart(one: MarkMatch, other: MarkMatch): boolean {
  if (one.negated || other.negated)
    return one.negated !== other.negated && one.value === other.value && one.mask === other.mask;
  return ((one.value ^ other.value) & one.mask & other.mask) !== 0;
}

function transportsApart(one: Of<"transport">, other: Of<"transport">): boolean {
  if (one.module !== other.module) return true;
  return portsApart(one.source, other.source) || portsApart(one.destination, other.destination);
}

function portsApart(one: PortTest | null, other: PortTest | null): boolean {
  if (one === null || other === null || one.negated || other.negated) return false;
  return one.range.last < other.range.first || other.range.last < one.range.first;
}

function icmpApart(one: Of<"icmp">, other: Of<"icmp">): boolean {
  if (one.negated || other.negated || one.type === null || other.type === null) return false;
  return one.type !== other.type || one.lastCode < other.firstCode || other.lastCode < one.firstCode;
}
