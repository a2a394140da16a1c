/**
 * One entry of a set of addresses to the addresses that it stands for.
 *
 * Sources: net/netfilter/ipset/ip_set_hash_ip.c, hash_ip4_uadt, hash_ip6_uadt; ip_set_hash_net.c, hash_net4_uadt, hash_net6_uadt; ip_set_bitmap_ip.c,
 * bitmap_ip_uadt; pfxlen.c, ip_set_range_to_cidr.
 */
import type { Family } from "../model/types.ts";
import { printHost } from "../model/address.ts";
import { parseUint } from "../model/numbers.ts";
import { hostBits, readNumber, widthOf, wordsOf } from "./numbers.ts";
import type { AddressSetHead, Block } from "./types.ts";

/** Addresses from one end to the other, both inclusive. */
interface Ends {
  readonly first: bigint;
  readonly last: bigint;
}

/** Reads `A`, `A/prefix`, `A-B` (in either order, IPv4 only); a reason where it is none. */
export function readSpan(text: string, family: Family): Ends | string {
  const kind = family === "v4" ? "IPv4" : "IPv6";
  const dash = text.indexOf("-");
  const slash = text.indexOf("/");
  if (dash !== -1) {
    if (family === "v6") return "sets of IPv6 addresses take no ranges";
    const [one, other] = [readNumber(text.slice(0, dash), family), readNumber(text.slice(dash + 1), family)];
    if (one === null || other === null) return `no range of ${kind} addresses`;
    return one <= other ? { first: one, last: other } : { first: other, last: one };
  }
  const address = readNumber(slash === -1 ? text : text.slice(0, slash), family);
  if (address === null) return `no ${kind} address`;
  if (slash === -1) return { first: address, last: address };
  const prefix = parseUint(text.slice(slash + 1), widthOf(family));
  if (prefix === null || prefix === 0) return `a prefix is a number from 1 to ${widthOf(family)}`;
  const host = hostBits(prefix, family);
  return { first: address & ~host, last: address | host };
}

/** The blocks of an entry, or why it is none. */
export function readEntry(set: AddressSetHead, text: string, nomatch: boolean): readonly Block[] | string {
  const ends = readSpan(text, set.family);
  if (typeof ends === "string") return ends;
  if (set.method === "hash:net") return netBlocks(ends, set.family, nomatch);
  if (nomatch) return "only sets of networks have nomatch";
  return set.method === "hash:ip" ? ipBlocks(ends, set) : bitmapBlocks(ends, set);
}

/** A range becomes the networks that the kernel makes of it: which of two entries is the smaller one may depend on it. */
function netBlocks({ first, last }: Ends, family: Family, nomatch: boolean): readonly Block[] | string {
  if (last - first === hostBits(0, family)) return "a set of networks can't hold all addresses as one entry";
  return splitRange(first, last, family).map((block) => ({ ...block, nomatch }));
}

/** The fewest networks that make up a range, ascending. */
export function splitRange(first: bigint, last: bigint, family: Family): readonly Ends[] {
  const blocks: Ends[] = [];
  for (let at = first; at <= last; ) {
    let host = 0n;
    // Wider as long as it begins there and ends inside; never all addresses.
    for (let wider = 1n; ; wider = wider * 2n + 1n) {
      if ((at & wider) !== 0n || at + wider > last || wider === hostBits(0, family)) break;
      host = wider;
    }
    blocks.push({ first: at, last: at + host });
    at += host + 1n;
  }
  return blocks;
}

function ipBlocks({ first, last }: Ends, { family, netmask }: AddressSetHead): readonly Block[] | string {
  if (family === "v6" && first !== last) return "sets of IPv6 addresses take one address at a time";
  const host = hostBits(netmask, family);
  const start = first & ~host;
  if (start === 0n) return "a set of addresses can't hold the address 0";
  return [{ first: start, last: last | host, nomatch: false }];
}

/** Steps by whole blocks from the first address on: the last block counts where a step falls into it. */
function bitmapBlocks({ first, last }: Ends, { range, netmask }: AddressSetHead): readonly Block[] | string {
  if (range === null || first < range.first || last > range.last) return "outside the range of the set";
  const host = hostBits(netmask, "v4");
  const end = first + ((last - first) / (host + 1n)) * (host + 1n);
  return [{ first: first & ~host, last: end | host, nomatch: false }];
}

/** Blocks as prefixes, each once; null where one is none, or takes addresses out. */
export function prefixesOf(blocks: readonly Block[], family: Family): readonly string[] | null {
  const prefixes = new Set<string>();
  for (const { first, last, nomatch } of blocks) {
    const host = last - first;
    const isPrefix = (host & (host + 1n)) === 0n && (first & host) === 0n;
    if (nomatch || !isPrefix) return null;
    const length = widthOf(family) - (host === 0n ? 0 : host.toString(2).length);
    prefixes.add(`${printHost(wordsOf(first, family))}/${length}`);
  }
  return [...prefixes];
}
