/**
 * Splits a line of an ipset save file into words as `ipset restore` does.
 *
 * Source: ipset 7.17, `lib/ipset.c`, `build_argv`: blanks separate; double quotes switch that off and on wherever they stand; nothing is escaped.
 */
import type { Piece } from "../syntax/report.ts";

/** A word without its quotes, and where it stands. */
export interface SetWord extends Piece {
  readonly text: string;
}

/** The words of a line; `openQuote`: offset of a quote that is not closed, else null. */
export interface SetLine {
  readonly words: readonly SetWord[];
  readonly openQuote: number | null;
}

const BLANKS = " \t\r\n";

/** Splits `text` from `start` to `end` (exclusive). */
export function splitSetLine(text: string, start: number, end: number): SetLine {
  const words: SetWord[] = [];
  let openQuote: number | null = null;
  let word = "";
  let wordAt = -1;
  for (let at = start; at <= end; at++) {
    const letter = at === end ? "\n" : text[at]!;
    const isEnd = at === end || (openQuote === null && BLANKS.includes(letter));
    if (isEnd) {
      if (wordAt !== -1) words.push({ text: word, start: wordAt, end: at });
      word = "";
      wordAt = -1;
      continue;
    }
    if (wordAt === -1) wordAt = at;
    if (letter === '"') openQuote = openQuote === null ? at : null;
    else word += letter;
  }
  return { words, openQuote };
}
