/** Line numbers as ranges, both ways. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLineRanges, printLineRanges } from "../../src/plan/line-ranges.ts";

test.each([
  [[], ""],
  [[7], "7"],
  [[1, 2], "1-2"],
  [[1, 3, 4, 5, 9], "1, 3-5, 9"],
])("%j prints as %j", (lines, text) => {
  expect(printLineRanges(lines)).toBe(text);
});

test("what is printed reads back", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 99_999 })), (numbers) => {
      const lines = numbers.sort((left, right) => left - right);
      expect(parseLineRanges(printLineRanges(lines))).toEqual(lines);
    }),
    { seed: 1 },
  );
});

test.each(["0", "5-4", "3, 3", "5, 2-3", "1-", "a", "1;2", "1-99999999", "1,,2"])("refuses %j", (text) => {
  expect(parseLineRanges(text)).toBeNull();
});
