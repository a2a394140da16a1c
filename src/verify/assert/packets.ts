/**
 * The packets that an assertion speaks of: as matches, for the names in it, and as a condition.
 */
import { type AddressPart, type AddressSet, type Assertion, ICMP_NUMBER } from "../../model/assertion.ts";
import type { Family, Match } from "../../model/types.ts";
import { STATE_CODES } from "../symbolic/conditions.ts";
import { between, bitsOf, masked, numberBits, where } from "../symbolic/encode.ts";
import { fitsName, LOOPBACK } from "../symbolic/interface-classes.ts";
import { LEAF } from "../symbolic/outcomes.ts";
import { foldBalanced } from "../symbolic/runs.ts";
import { universe } from "../symbolic/universe.ts";
import type { Pin, WayTerms } from "./terms.ts";

/** What an assertion names, as matches: interfaces, addresses and ports to choose packets with. */
export function namedMatches(assertion: Assertion, family: Family): readonly Match[] {
  const { service } = assertion;
  const matches: Match[] = [];
  for (const side of ["in", "out"] as const)
    if (assertion[side] !== null)
      matches.push({ kind: side, text: "", negated: false, name: assertion[side] });
  for (const side of ["source", "destination"] as const)
    for (const term of termsOf(assertion[side], family))
      for (const part of term.parts)
        if (part.kind === "network" && !term.negated)
          matches.push({ kind: side, text: "", negated: false, address: part.address });
  if (service === null) return matches;
  matches.push({ kind: "protocol", text: "", negated: false, number: service.number });
  const ranges = service.kind === "ports" ? service.ranges : [];
  return [...matches, { kind: "multiport", text: "", negated: false, side: "destination", ranges }];
}

function termsOf(set: AddressSet, family: Family) {
  return set.kind === "addresses" ? set[family] : [];
}

/** Condition that is TRUE for the packets; the variables stand for packets as they come in. */
export function assertedPackets(assertion: Assertion, terms: WayTerms): number {
  const { join, interfaces, macs } = terms;
  const { loopback } = interfaces;
  // Packets of assertions are whole.
  const sizes = { interfaces: interfaces.names.length, macs: macs.length, loopback, cutsHeaders: true };
  const { family } = terms.pair;
  const place = { family, table: "filter", hook: assertion.hook, ...sizes, backend: null, flags: true };
  const parts = [
    universe(place, join),
    stateCondition(assertion, terms),
    interfaceCondition("in", assertion, terms),
    interfaceCondition("out", assertion, terms),
    serviceCondition(assertion, terms),
    addressCondition("destination", assertion, terms),
    addressCondition("source", assertion, terms),
  ];
  return parts.reduce<number>((all, part) => join.and(all, part), LEAF.TRUE);
}

function stateCondition({ states }: Assertion, { join }: WayTerms): number {
  if (states === null) return LEAF.TRUE;
  return where(join.diagram, join.variables.fields.state, (code) => (STATE_CODES[code]! & states) !== 0);
}

/** Without a name: any but lo. A hook without the interface is not asked. */
function interfaceCondition(
  side: "in" | "out",
  assertion: Assertion,
  { join, interfaces }: WayTerms,
): number {
  if (assertion.hook === (side === "in" ? "OUTPUT" : "INPUT")) return LEAF.TRUE;
  const said = assertion[side];
  const { names } = interfaces;
  return where(join.diagram, join.variables.fields[side], (code) => {
    if (code >= names.length) return false;
    return said === null ? names[code] !== LOOPBACK : fitsName(said, names[code]!);
  });
}

function serviceCondition({ service }: Assertion, { join }: WayTerms): number {
  if (service === null) return LEAF.TRUE;
  const { diagram, variables } = join;
  const { fields } = variables;
  const protocol = where(diagram, fields.protocol, (value) => value === service.number);
  switch (service.kind) {
    case "protocol":
      return protocol;
    case "ports": {
      const ranges = service.ranges.map(({ first, last }) =>
        between(diagram, fields.dport, numberBits(first, 16), numberBits(last, 16)),
      );
      return join.and(
        protocol,
        foldBalanced(ranges, LEAF.FALSE, (one, other) => join.or(one, other)),
      );
    }
    case "icmp": {
      const { type, firstCode, lastCode } = service;
      const isType = where(diagram, fields.icmpType, (value) => value === type);
      const isCode = where(diagram, fields.icmpCode, (value) => value >= firstCode && value <= lastCode);
      return join.and(protocol, join.and(isType, isCode));
    }
  }
}

function addressCondition(
  side: "source" | "destination",
  assertion: Assertion,
  { join, pair }: WayTerms,
): number {
  const set = assertion[side];
  if (set.kind !== "addresses") return LEAF.TRUE;
  const levels = join.variables.fields[side];
  const any = (nodes: readonly number[]): number =>
    foldBalanced(nodes, LEAF.FALSE, (one, other) => join.or(one, other));
  const partCondition = (part: AddressPart): number =>
    part.kind === "range"
      ? between(join.diagram, levels, bitsOf(part.range.first), bitsOf(part.range.last))
      : masked(join.diagram, levels, bitsOf(part.address.address), bitsOf(part.address.mask));
  return any(
    set[pair.family].map(({ negated, parts }) => {
      const inside = any(parts.map(partCondition));
      return negated ? join.not(inside) : inside;
    }),
  );
}

/** Bits that all packets of an assertion have: with those fixed, diagrams that are too large may be small enough. */
export function pinsOf(assertion: Assertion, family: Family): readonly Pin[] {
  const { service } = assertion;
  const pins: Pin[] = [];
  if (service !== null) pins.push(["protocol", numberBits(service.number, 8)]);
  const range = service?.kind === "ports" && service.ranges.length === 1 ? service.ranges[0]! : null;
  if (range !== null && range.first === range.last) pins.push(["dport", numberBits(range.first, 16)]);
  for (const side of ["source", "destination"] as const) {
    const terms = termsOf(assertion[side], family);
    const part = terms.length === 1 && !terms[0]!.negated ? terms[0]!.parts : [];
    const only = part.length === 1 ? part[0]! : null;
    if (only?.kind !== "network" || only.address.prefix === null) continue;
    pins.push([side, bitsOf(only.address.address).slice(0, only.address.prefix)]);
  }
  return pins;
}

/** Why an assertion says nothing about rulesets of a family, as a sentence part. */
export function whyNotApplicable({ service, source, destination }: Assertion, family: Family): string {
  const name = family === "v4" ? "IPv4" : "IPv6";
  if (service?.number === ICMP_NUMBER[family === "v4" ? "v6" : "v4"])
    return `the ruleset is ${name}, and ${family === "v4" ? "icmpv6" : "icmp"} is not`;
  const isMissing = (set: AddressSet): boolean => set.kind === "addresses" && set[family].length === 0;
  const side = isMissing(source) ? "source" : isMissing(destination) ? "destination" : "other part";
  return `the ruleset is ${name}, and the assertion's ${side} has no ${name} address`;
}
