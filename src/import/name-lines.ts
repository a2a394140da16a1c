/**
 * The lines of hosts and services files: words between blanks, and comments to the end of the line.
 */
import type { SourceFile } from "../text/source.ts";

/** A word with its place in the file. */
export interface NameWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The words of each line that has any; what `comment` finds begins a comment, wherever it stands. */
export function* splitNameLines(
  { text, lineStarts }: SourceFile,
  comment: RegExp,
): Generator<readonly NameWord[]> {
  for (const [at, start] of lineStarts.entries()) {
    const line = text.slice(start, lineStarts[at + 1] ?? text.length).replace(/^\ufeff/, " ");
    const words: NameWord[] = [];
    for (const { 0: word, index } of line.matchAll(/\S+/g)) {
      const cut = word.search(comment);
      const kept = cut === -1 ? word : word.slice(0, cut);
      if (kept !== "") words.push({ text: kept, start: start + index, end: start + index + kept.length });
      if (cut !== -1) break;
    }
    if (words.length > 0) yield words;
  }
}
