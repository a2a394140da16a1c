/**
 * What a `create` line says of a set: its type, and the options that decide what it matches.
 *
 * Sources: ipset(8); net/netfilter/ipset/ip_set_hash_ip.c, ip_set_hash_net.c, ip_set_bitmap_ip.c.
 */
import type { Family } from "../model/types.ts";
import { parseUint } from "../model/numbers.ts";
import { hostBits, readNumber, widthOf } from "./numbers.ts";
import { readSpan } from "./entries.ts";
import type { AddressSetHead, SetHead } from "./types.ts";
import type { SetWord } from "./words.ts";

/** What is wrong with a word, as the end of a sentence. */
export interface Fault {
  readonly word: SetWord;
  readonly reason: string;
}

/** Names that types had (ipset 4), as ipset still reads them. */
const OLD_TYPES: Readonly<Record<string, string>> = {
  iphash: "hash:ip",
  nethash: "hash:net",
  ipmap: "bitmap:ip",
  setlist: "list:set",
};

const WITH_VALUE = new Set(
  "family hashsize maxelem netmask bitmask timeout bucketsize initval range from to size markmask probes resize gc".split(
    " ",
  ),
);
const ALONE = new Set(["counters", "comment", "skbinfo", "forceadd", "wildcard", "-exist", "-!"]);

type Options = ReadonlyMap<string, SetWord>;

/** Reads the words of the line behind `create`. */
export function readCreate(words: readonly SetWord[], command: SetWord): SetHead | Fault {
  const [name, typeWord, ...rest] = words;
  if (name === undefined) return { word: command, reason: "the name of the set is missing" };
  if (typeWord === undefined) return { word: name, reason: "the type of the set is missing" };
  const type = OLD_TYPES[typeWord.text] ?? typeWord.text;
  if (!/^(?:hash|bitmap|list):/u.test(type)) return { word: typeWord, reason: "this is no type of set" };
  const options = readOptions(rest);
  if (!(options instanceof Map)) return options;
  const place = { start: command.start, end: words.at(-1)!.end };
  const stated = FAMILIES[options.get("family")?.text ?? "inet"] ?? null;
  const family = /:ip|:net/u.test(type) ? stated : null;
  const base = { name: name.text, family, type: typeWord.text, place };
  if (options.has("timeout")) return { kind: "other", ...base, why: "its members time out" };
  if (type === "list:set") return { kind: "list", ...base };
  if (type !== "hash:ip" && type !== "hash:net" && type !== "bitmap:ip")
    return { kind: "other", ...base, why: "an address alone does not decide about it" };
  if (options.has("bitmask") || (type === "hash:net" && options.has("netmask")))
    return { kind: "other", ...base, why: "it looks at some bits of an address only" };
  return readAddressHead({ ...base, method: type }, options, typeWord);
}

/** The options by name, each with its value (itself, where it has none). */
function readOptions(words: readonly SetWord[]): Map<string, SetWord> | Fault {
  const options = new Map<string, SetWord>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const name = word.text.replace(/^--(?=\w)/u, "");
    if (ALONE.has(name)) options.set(name, word);
    else if (!WITH_VALUE.has(name)) return { word, reason: "no such option is known" };
    else {
      const value = words[++at];
      if (value === undefined) return { word, reason: "its value is missing" };
      options.set(name, value);
    }
  }
  return options;
}

type Base = Pick<AddressSetHead, "name" | "type" | "place" | "method">;

function readAddressHead(base: Base, options: Options, type: SetWord): SetHead | Fault {
  const family = familyOf(options.get("family"), base.method);
  if (typeof family !== "string") return family;
  const netmask = netmaskOf(options.get("netmask"), family);
  if (typeof netmask !== "number") return netmask;
  const head = { kind: "addresses", ...base, family, netmask } as const;
  if (base.method !== "bitmap:ip") return { ...head, range: null };
  const range = rangeOfBitmap(options, type);
  if ("reason" in range) return range;
  const host = hostBits(netmask, "v4");
  return { ...head, range: { first: range.first & ~host, last: range.last | host } };
}

const FAMILIES: Readonly<Record<string, Family>> = { inet: "v4", ipv4: "v4", inet6: "v6", ipv6: "v6" };

function familyOf(word: SetWord | undefined, method: Base["method"]): Family | Fault {
  if (word === undefined) return "v4";
  const family = FAMILIES[word.text];
  if (family === undefined) return { word, reason: "a family is inet or inet6" };
  return method === "bitmap:ip" && family === "v6"
    ? { word, reason: "bitmap:ip holds IPv4 addresses only" }
    : family;
}

function netmaskOf(word: SetWord | undefined, family: Family): number | Fault {
  const width = widthOf(family);
  if (word === undefined) return width;
  const netmask = parseUint(word.text, width);
  return netmask === null || netmask === 0
    ? { word, reason: `a netmask is a number from 1 to ${width}` }
    : netmask;
}

function rangeOfBitmap(options: Options, type: SetWord): { first: bigint; last: bigint } | Fault {
  const [from, to, range] = [options.get("from"), options.get("to"), options.get("range")];
  if (range !== undefined) {
    const span = readSpan(range.text, "v4");
    return typeof span === "string" ? { word: range, reason: span } : span;
  }
  if (from === undefined || to === undefined) return { word: type, reason: "its range is missing" };
  const [first, last] = [readNumber(from.text, "v4"), readNumber(to.text, "v4")];
  if (first === null || last === null) return { word: first === null ? from : to, reason: "no IPv4 address" };
  return first <= last ? { first, last } : { first: last, last: first };
}
