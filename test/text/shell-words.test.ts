/** Words of a command line: read back as they were written, and as a real shell reads them. */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shellValue, splitShellWords } from "../../src/text/shell-words.ts";
import "../support/seed.ts";

describe("words", () => {
  test("read as they were written, whatever stands in them", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (words) => {
        expect(splitShellWords(words.map(shellValue).join("  "))).toEqual(words);
      }),
    );
  });

  test.each([
    "",
    "  ",
    "-s 10.0.0.1\t-p tcp",
    `--match '-m limit --limit 5/min=true'`,
    `a"b c"d'e f'g`,
    `"a\\"b\\\\c\\d"`,
    "a\\ b \\'c",
    `'' ""`,
    `'it'\\''s'`,
  ])("are those of a shell: %j", (line) => {
    const script = `for word in ${line}\ndo printf '%s\\n' "<$word>"\ndone`;
    const found = execFileSync("sh", ["-c", script], { encoding: "utf8" });
    expect(
      splitShellWords(line)
        ?.map((word) => `<${word}>\n`)
        .join(""),
    ).toBe(found);
  });

  test.each(["'a", 'a "b', "a\\", `"a\\"`])("that end too early are none: %j", (line) => {
    expect(splitShellWords(line)).toBeNull();
  });
});
