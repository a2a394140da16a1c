/**
 * Puts addresses and services on the lanes of `named-set.ts`; what a plan says and what another tool's file says come together here.
 */
import { parseAddress, parseAddressRange } from "../model/address.ts";
import type { Family, PortRange } from "../model/types.ts";
import type { Interval } from "./named-set.ts";

/** Every port. */
export const ANY_PORT: PortRange = { first: 0, last: 65535 };

/** Protocols with ports. */
const WITH_PORTS: readonly number[] = [6, 17, 33, 132, 136];

/** `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, or the same for IPv6; null for what is none of these, or has a mask with holes. */
export function addressInterval(text: string): Interval | null {
  const family: Family = text.includes(":") ? "v6" : "v4";
  if (text.includes("-")) {
    const range = parseAddressRange(text, family);
    if (typeof range === "string") return null;
    const [first, last] = [toNumber(range.first), toNumber(range.last)];
    return first > last ? null : { lane: family, first, last };
  }
  const address = parseAddress(text, family);
  if (typeof address === "string" || address.prefix === null) return null;
  const first = toNumber(address.address);
  const size = 1n << BigInt((family === "v4" ? 32 : 128) - address.prefix);
  return { lane: family, first, last: first + size - 1n };
}

function toNumber(words: readonly number[]): bigint {
  return words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
}

/** A protocol with destination and source ports; a protocol without ports is a lane of one place. */
export function portInterval(protocol: number, destination: PortRange, source: PortRange): Interval | null {
  if (destination.first > destination.last || source.first > source.last) return null;
  const lane = `${protocol} ${source.first}:${source.last}`;
  return { lane, first: BigInt(destination.first), last: BigInt(destination.last) };
}

/** A protocol as a whole. */
export function protocolInterval(protocol: number): Interval | null {
  if (WITH_PORTS.includes(protocol)) return portInterval(protocol, ANY_PORT, ANY_PORT);
  if (protocol === 1 || protocol === 58) return { lane: `${protocol}`, first: 0n, last: 0xffffn };
  return { lane: `${protocol}`, first: 0n, last: 0n };
}

/** An icmp type with its codes; `type` null: any. */
export function icmpInterval(protocol: number, type: number | null, codes: PortRange): Interval | null {
  if (type === null) return protocolInterval(protocol);
  const base = BigInt(type) << 8n;
  return { lane: `${protocol}`, first: base + BigInt(codes.first), last: base + BigInt(codes.last) };
}
