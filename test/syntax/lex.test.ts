/** Words as iptables-restore splits them. The expectations were taken from iptables-restore 1.8.9 (`kernel-text.test.ts` repeats some). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quoteString } from "../../src/model/quote.ts";
import { splitWords } from "../../src/syntax/lex.ts";

function words(text: string): readonly string[] {
  return splitWords(text, 0, text.length).words.map((word) => word.text);
}

describe("splitWords", () => {
  test.each<[string, readonly string[]]>([
    ["", []],
    [" \t ", []],
    ["a  b\tc ", ["a", "b", "c"]],
    ['"a b" c', ["a b", "c"]],
    ['""', [""]],
    ['a"b c"', ["ab c"]],
    ['"a"b', ["a", "b"]],
    ['"a\\"b\\\\c\\d"', ['a"b\\cd']],
    ["a\\b", ["a\\b"]],
    ["'a b'", ["'a", "b'"]],
    ["x\r", ["x"]],
  ])("%j", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test("words know their places, quotes included", () => {
    const { words: found } = splitWords('xx --comment "a b" y', 2, 20);
    expect(found.map(({ start, end, quoted }) => [start, end, quoted])).toEqual([
      [3, 12, false],
      [13, 18, true],
      [19, 20, false],
    ]);
  });

  test("an unclosed quote is reported with its place, and takes the rest", () => {
    const line = splitWords('a "b c', 0, 6);
    expect(line.openQuote).toBe(2);
    expect(line.words.map((word) => word.text)).toEqual(["a", "b c"]);
    expect(splitWords('"a\\"', 0, 4).openQuote).toBe(0);
  });

  test("reads back every string that is quoted as iptables-save quotes it", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (values) => {
        const text = values.map(quoteString).join(" ");
        expect(words(text)).toEqual(values);
      }),
    );
  });
});
