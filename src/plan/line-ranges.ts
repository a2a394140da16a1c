/**
 * Line numbers as people write them: `12-40, 55`. The plan file and the reports share the notation.
 */

/** Prints ascending line numbers as ranges; an empty list gives an empty text. */
export function printLineRanges(lines: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < lines.length; ) {
    let last = at;
    while (last + 1 < lines.length && lines[last + 1] === lines[last]! + 1) last++;
    parts.push(last === at ? `${lines[at]}` : `${lines[at]}-${lines[last]}`);
    at = last + 1;
  }
  return parts.join(", ");
}

/** No ruleset has more lines than this; a larger range is a typing error, and would fill the memory. */
const MOST_LINES = 10_000_000;

/** Reads what `printLineRanges` prints; null unless the numbers are from 1 and strictly ascending. */
export function parseLineRanges(text: string): readonly number[] | null {
  const lines: number[] = [];
  if (text.trim() === "") return lines;
  for (const part of text.split(",")) {
    const found = /^\s*(\d{1,8})(?:\s*-\s*(\d{1,8}))?\s*$/.exec(part);
    if (found === null) return null;
    const first = Number(found[1]);
    const last = found[2] === undefined ? first : Number(found[2]);
    if (first < 1 || last < first || last > MOST_LINES || first <= (lines.at(-1) ?? 0)) return null;
    for (let line = first; line <= last; line++) lines.push(line);
  }
  return lines;
}
