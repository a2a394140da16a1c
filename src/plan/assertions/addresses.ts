/**
 * Addresses as assertions write them: one word, or a list, with names for either.
 */
import { parseAddress, parseAddressRange, isInvertedRange } from "../../model/address.ts";
import type { AddressPart, AddressSet, AddressTerm } from "../../model/assertion.ts";
import type { Family } from "../../model/types.ts";
import { didYouMean } from "../yaml-reader.ts";
import type { Part, ReportPart, Token } from "./scan.ts";

/** The addresses of a set, without `any` and `this host`. */
export type Addresses = Extract<AddressSet, { kind: "addresses" }>;

/** Names that can be used so far. */
export type AddressNames = ReadonlyMap<string, Addresses>;

const FAMILIES: readonly Family[] = ["v4", "v6"];

/** One word: a name, an address, a network or a range. Null after a mistake. */
export function readAddressWord(word: Token, names: AddressNames, report: ReportPart): Addresses | null {
  const named = names.get(word.text);
  if (named !== undefined) return named;
  if (word.text === "any" || word.text === "this") {
    const expected = "addresses or names: any and this host stand alone";
    report("ASSERTION_FORM", word, { found: word.text, expected });
    return null;
  }
  if (/^[A-Za-z_][^:/]*$/u.test(word.text)) {
    const near = didYouMean(word.text, ["any", ...names.keys()]);
    report("ASSERTION_UNKNOWN_NAME", word, { name: word.text }, near);
    return null;
  }
  const family: Family = word.text.includes(":") ? "v6" : "v4";
  const part = readPart(word.text, family);
  if (typeof part !== "string") return addressesOf(family, [{ negated: false, parts: [part] }]);
  report("ASSERTION_ADDRESS", word, { address: word.text, problem: part });
  return null;
}

function readPart(text: string, family: Family): AddressPart | string {
  if (text.includes("-")) {
    const range = parseAddressRange(text, family);
    if (typeof range === "string") return "both ends have to be addresses of one family";
    return isInvertedRange(range) ? "the last address is below the first" : { kind: "range", range };
  }
  const address = parseAddress(text, family);
  if (typeof address !== "string") return { kind: "network", address };
  return family === "v4"
    ? "four numbers up to 255, and /0 to /32"
    : "groups of an IPv6 address, and /0 to /128";
}

function addressesOf(family: Family, terms: readonly AddressTerm[]): Addresses {
  return { kind: "addresses", v4: [], v6: [], [family]: terms };
}

/** All addresses that one of the sets has. */
export function joinAddresses(sets: readonly Addresses[]): Addresses {
  const terms = (family: Family): readonly AddressTerm[] => {
    const all = sets.flatMap((set) => set[family]);
    const parts = all.filter(({ negated }) => !negated).flatMap((term) => term.parts);
    const rest = all.filter(({ negated }) => negated);
    return parts.length === 0 ? rest : [{ negated: false, parts }, ...rest];
  };
  return { kind: "addresses", v4: terms("v4"), v6: terms("v6") };
}

/** All addresses of the families of a set that the set does not have; null where the set is such a rest itself. */
export function invertAddresses(set: Addresses): Addresses | null {
  if (FAMILIES.some((family) => set[family].some(({ negated }) => negated))) return null;
  const terms = (family: Family): readonly AddressTerm[] =>
    set[family].length === 0 ? [] : [{ negated: true, parts: set[family].flatMap(({ parts }) => parts) }];
  return { kind: "addresses", v4: terms("v4"), v6: terms("v6") };
}

/** A list of words; null after a mistake. */
export function readAddressList(
  words: readonly Token[],
  whole: Part,
  names: AddressNames,
  report: ReportPart,
): Addresses | null {
  if (words.length === 0) {
    report("ASSERTION_FORM", whole, { found: "an empty list", expected: "addresses or names" });
    return null;
  }
  const sets = words.map((word) => readAddressWord(word, names, report));
  return sets.every((set) => set !== null) ? joinAddresses(sets) : null;
}
