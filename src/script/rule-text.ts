/**
 * Words of a rule back to text: as a save file has them, and as the rule's reader takes them.
 */
import { quotePlain } from "../model/quote.ts";
import { readRule } from "../model/rule-reader.ts";
import type { RuleParts } from "../model/rule-parts.ts";
import type { Family } from "../model/types.ts";
import { type Pieces, slicePieces, textOf } from "./pieces.ts";

/** One word as it is printed, with what it was made from. */
export interface Token {
  readonly text: string;
  readonly pieces: Pieces;
}

/** A word as a save file spells it; `--option=a b` becomes two words, since a quoted word is never an option there. Null for a line end in it. */
export function makeTokens(word: Pieces): readonly Token[] | null {
  const text = textOf(word);
  if (/[\n\r]/u.test(text)) return null;
  const equals = /^--[\w-]+=/u.exec(text)?.[0].length ?? 0;
  if (equals > 0 && quotePlain(text) !== text) {
    const name = slicePieces(word, 0, equals - 1);
    const value = slicePieces(word, equals, text.length);
    return [token(name), token(value)];
  }
  return [token(word)];
}

function token(pieces: Pieces): Token {
  return { text: quotePlain(textOf(pieces)), pieces };
}

/** Sorts the words of a rule; the numbers of words in the result's places are their positions. Null where the rule can't be read. */
export function readRuleParts(
  words: readonly Pieces[],
  family: Family,
  isChain: (name: string) => boolean,
): RuleParts | null {
  const list = words.map((word, index) => ({ text: textOf(word), start: index, end: index, quoted: false }));
  const { parts, failed } = readRule(list, { family, isChain, suggest: () => null, report: () => {} });
  return failed ? null : parts;
}

/** The rules that iptables makes of one with lists of addresses: each source with each destination. Null for a list behind `!`. */
export function expandAddresses(
  words: readonly Pieces[],
  family: Family,
  isChain: (name: string) => boolean,
): readonly (readonly Pieces[])[] | null {
  if (!words.some((word) => textOf(word).includes(","))) return [words];
  const parts = readRuleParts(words, family, isChain);
  let made: readonly (readonly Pieces[])[] = [words];
  for (const use of [parts?.single.source, parts?.single.destination]) {
    const value = use?.values[0];
    if (use === undefined || value === undefined || !value.text.includes(",")) continue;
    if (use.negated) return null;
    const index = value.end;
    const word = words[index]!;
    const skipped = textOf(word).length - value.text.length;
    const items = splitAtCommas(word, skipped);
    made = made.flatMap((rule) =>
      items.map((item) => rule.with(index, [...slicePieces(word, 0, skipped), ...item])),
    );
  }
  return made;
}

function splitAtCommas(word: Pieces, from: number): readonly Pieces[] {
  const items: Pieces[] = [];
  let at = from;
  for (const item of textOf(word).slice(from).split(",")) {
    items.push(slicePieces(word, at, at + item.length));
    at += item.length + 1;
  }
  return items;
}
