/**
 * Lists in braces, `{a,b}` and `{1..3}`: the words that bash makes of one, before anything else is expanded.
 */
import type { Part, Word } from "./shell-tree.ts";

const MOST_NUMBERS = 10_000;

/** The words of a word with lists, the last list changing fastest; one that isn't worked out is a hole in its word. */
export function expandBraces(word: Word): readonly Word[] {
  return combine(word.parts).map((parts) => ({ ...word, parts }));
}

function combine(parts: readonly Part[]): readonly (readonly Part[])[] {
  return parts.reduce<readonly (readonly Part[])[]>(
    (made, part) => {
      const choices = part.kind === "braces" ? choicesOf(part) : [[part]];
      return made.flatMap((before) => choices.map((choice) => [...before, ...choice]));
    },
    [[]],
  );
}

function choicesOf(part: Part & { kind: "braces" }): readonly (readonly Part[])[] {
  const [only, ...others] = part.items;
  if (only === undefined || others.length > 0) return part.items.flatMap(combine);
  const [, first, last] = /^\{(-?(?:0|[1-9]\d{0,8}))\.\.(-?(?:0|[1-9]\d{0,8}))\}$/u.exec(part.source) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || last === undefined || Math.abs(from - to) > MOST_NUMBERS)
    return [[{ ...part, kind: "strange", what: `the list ${part.source}`, differs: false }]];
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.abs(from - to) + 1 }, (_, index) => [
    { kind: "literal", text: String(from + step * index), quoted: false, from: part.from, to: part.to },
  ]);
}
