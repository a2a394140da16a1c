/**
 * The sets that rules name, for `ipset restore`: with their members where those are known, else empty, since no ruleset says what is in them.
 */
import { printHost } from "../../model/address.ts";
import type { AddressRange, AddressSetMatch, Ruleset } from "../../model/types.ts";

type SetUser = Pick<Ruleset, "family" | "tables">;

/** Names of all sets that rules of the rulesets name, each with its members; null where they are not known. */
function findSets(rulesets: readonly SetUser[]): ReadonlyMap<string, readonly AddressRange[] | null> {
  const sets = new Map<string, readonly AddressRange[] | null>();
  const rules = rulesets.flatMap(({ tables }) =>
    tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules)),
  );
  for (const { text, matches } of rules) {
    for (const [, name] of text.matchAll(/--(?:match-set|add-set|del-set|map-set) (\S+)/g))
      if (!sets.has(name!)) sets.set(name!, null);
    const known = matches.filter((match): match is AddressSetMatch => match.kind === "addressSet");
    for (const { set, ranges } of known) sets.set(set, ranges);
  }
  return sets;
}

/** Whether rules name sets whose members are not known. */
export function hasUnknownSets(rulesets: readonly SetUser[]): boolean {
  return [...findSets(rulesets).values()].includes(null);
}

/** `ipset restore` text that makes them. */
export function ipsetsText(rulesets: readonly SetUser[]): string {
  const family = rulesets[0]?.family === "v6" ? "inet6" : "inet";
  return [...findSets(rulesets)]
    .map(([name, ranges]) => {
      const networks = (ranges ?? []).flatMap(splitRange);
      const size = networks.length === 0 ? "" : ` maxelem ${Math.max(65536, networks.length)}`;
      const members = networks.map((network) => `add ${name} ${network}\n`);
      return `create ${name} hash:net family ${family}${size}\n${members.join("")}`;
    })
    .join("");
}

/** The networks that make up a range; never one of all addresses, which no set takes. */
function splitRange({ first, last }: AddressRange): readonly string[] {
  const toNumber = (words: readonly number[]): bigint =>
    words.reduce((sum, word) => sum * 2n ** 32n + BigInt(word >>> 0), 0n);
  const wordsOf = (value: bigint): readonly number[] =>
    first.map((_, word) => Number(BigInt.asUintN(32, value >> BigInt(32 * (first.length - 1 - word)))));
  const width = 32 * first.length;
  const end = toNumber(last);
  const networks: string[] = [];
  for (let at = toNumber(first); at <= end; ) {
    let bits = 0;
    while (bits < width - 1 && at % 2n ** BigInt(bits + 1) === 0n && at + 2n ** BigInt(bits + 1) - 1n <= end)
      bits++;
    networks.push(`${printHost(wordsOf(at))}/${width - bits}`);
    at += 2n ** BigInt(bits);
  }
  return networks;
}
