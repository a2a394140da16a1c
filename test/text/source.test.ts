/** Offsets to lines and columns, and bytes that are no UTF-8. */
import { describe, expect, test } from "vitest";
import { countBytes, decodeSource, lineText, locate, makeSourceFile } from "../../src/text/source.ts";

describe("locate", () => {
  const file = makeSourceFile("f", "ab\n\tcd\r\n😀x\n");
  test.each([
    [0, 1, 1],
    [2, 1, 3],
    [3, 2, 1],
    [5, 2, 3],
    [10, 3, 2],
    [12, 4, 1],
  ])("offset %i is line %i, column %i", (offset, line, column) => {
    expect(locate(file, offset)).toEqual({ line, column });
  });

  test("a line's text has no line end of either kind", () => {
    expect([1, 2, 3, 4, 5].map((line) => lineText(file, line))).toEqual(["ab", "\tcd", "😀x", "", ""]);
  });
});

describe("decodeSource", () => {
  test("keeps a byte order mark", () => {
    const file = decodeSource("f", new Uint8Array([0xef, 0xbb, 0xbf, 0x2a]));
    expect([file.encoding, file.text]).toEqual(["utf8", "\ufeff*"]);
  });

  test("takes bytes that are no UTF-8 one by one", () => {
    const bytes = new Uint8Array([0x2d, 0xe4, 0xff, 0x0a]);
    const file = decodeSource("f", bytes);
    expect(file.encoding).toBe("latin1");
    expect([...file.text].map((character) => character.charCodeAt(0))).toEqual([...bytes]);
  });
});

test.each([
  ["FORWARD", "utf8", 7],
  ["ä€😀", "utf8", 9],
  ["\u00e4\u00ff", "latin1", 2],
] as const)("%j in %s has %i bytes", (text, encoding, bytes) => {
  expect(countBytes(text, encoding)).toBe(bytes);
});
