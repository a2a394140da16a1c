/**
 * Why rules stay flat and what was cleaned, in words for people.
 */
import type { FlatReason } from "../cluster/types.ts";
import type { Tidied } from "../rewrite/types.ts";

/** The end of a sentence "these rules stay as they are: …". */
export const REASON_WORDS: Readonly<Record<FlatReason, string>> = {
  "kept-chain": "the chain is left to the program that edits it, or --keep-chain names it",
  "other-table": "the table is not rewritten",
  jump: "a jump into another chain stays where it is",
  effect: "the rule does something and goes on (LOG, MARK, counting), so its place matters",
  stateful: "asking it changes something (limit, recent and the like), so its place matters",
  unknown: "it has a match or target that markify does not know",
  unparsed: "it can't be read, and is kept word for word",
  "beside-unparsed": "its table has a rule that can't be read, which may do anything",
  "unreadable-value": "it has an address that can't be read",
  alone: "no other rule shares its values",
  "not-worth-it": "merging it would save nothing",
  "too-deep": "the chains would be nested deeper than nft allows",
  "no-free-bits": "the ruleset leaves too few mark bits free",
  refused: "refused in the plan",
};

/** What can be cleaned around rules, as it was before. */
const TIDIED_WORDS: Readonly<Record<Tidied, string>> = {
  "line-ends": "CR LF at line ends",
  "byte-order-mark": "a byte order mark",
  "last-line-end": "a last line without its end",
  "outside-text": "text around the dump",
  "leading-blanks": "blanks before a table's or chain's name, counters, COMMIT or a comment",
  "trailing-blanks": "blanks behind a table's name or COMMIT",
};

/** `CR LF at line ends, a byte order mark`. */
export function describeTidied(tidied: readonly Tidied[]): string {
  return tidied.map((kind) => TIDIED_WORDS[kind]).join(", ");
}

/** What is said of a policy rule whose lines say lists of ports, or ranges, of which it has parts. */
export function describeSplit(combinations: number): string {
  return `lists and ranges of ports in these lines are split: they say ${combinations} combinations`;
}
