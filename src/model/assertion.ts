/**
 * What somebody promises about a ruleset: a set of packets, and that all of them are accepted or that none is. Like the ruleset itself it is plain data; where it was written
 * (`plan/assertions.ts`) and how it is proved (`verify/assert`) know nothing of each other.
 */
import type { AddressMask, AddressRange, Family, PortRange } from "./types.ts";

/** Addresses of one family. */
export type AddressPart =
  | { readonly kind: "network"; readonly address: AddressMask }
  | { readonly kind: "range"; readonly range: AddressRange };

/** All addresses of the parts, or (`negated`) all others of the family; never without parts. */
export interface AddressTerm {
  readonly negated: boolean;
  readonly parts: readonly AddressPart[];
}

/**
 * Where a packet comes from or goes to. `host`: this machine, whatever its addresses. Else an address that is in one of the terms of its family; a family without terms is one
 * that the set says nothing about.
 */
export type AddressSet =
  | { readonly kind: "any" | "host" }
  | ({ readonly kind: "addresses" } & Readonly<Record<Family, readonly AddressTerm[]>>);

/** A protocol, with ports or an icmp type where it has such. */
export type AssertedService =
  | { readonly kind: "protocol"; readonly number: number }
  | { readonly kind: "ports"; readonly number: number; readonly ranges: readonly PortRange[] }
  | {
      readonly kind: "icmp";
      readonly number: number;
      readonly type: number;
      /** Inclusive. */
      readonly firstCode: number;
      readonly lastCode: number;
    };

/** The chain of the filter table that decides. */
export type AssertedHook = "INPUT" | "FORWARD" | "OUTPUT";

/** One assertion. */
export interface Assertion {
  /** `always`: all of its packets are accepted. `never`: none is. */
  readonly kind: "never" | "always";
  /** As it was written, such as `never: any -> this host tcp/22`. */
  readonly text: string;
  /** In its file, from 1. */
  readonly line: number;
  readonly hook: AssertedHook;
  readonly source: AddressSet;
  readonly destination: AddressSet;
  /** Null: any protocol. */
  readonly service: AssertedService | null;
  /** Names, or beginnings of names with a `+` behind; null: any interface but lo. */
  readonly in: string | null;
  readonly out: string | null;
  /** Or of CTSTATE bits, the five states only; null: any state. */
  readonly states: number | null;
}

/** Number of a protocol that one family alone has; icmp is IPv4's, icmpv6 IPv6's. */
export const ICMP_NUMBER: Readonly<Record<Family, number>> = { v4: 1, v6: 58 };

/** The families whose rulesets an assertion speaks of; empty where its parts speak of different ones. */
export function familiesOf({
  source,
  destination,
  service,
}: Pick<Assertion, "source" | "destination" | "service">): readonly Family[] {
  return (["v4", "v6"] as const).filter((family) => {
    const other = family === "v4" ? "v6" : "v4";
    const has = (set: AddressSet): boolean => set.kind !== "addresses" || set[family].length > 0;
    return has(source) && has(destination) && service?.number !== ICMP_NUMBER[other];
  });
}
