/** Places in a text that was made from another one. */
import { expect, test } from "vitest";
import { makeSourceFile, originalSpan } from "../../src/text/source.ts";

const script = makeSourceFile("fw.sh", "iptables -A INPUT -s $LAN -j ACCEPT\n");
const made = makeSourceFile("fw.sh", "-A INPUT -s 10.0.0.0/8 -j ACCEPT\n", "utf8", {
  file: script,
  pieces: [
    { start: 0, end: 8, from: 9, to: 17 },
    { start: 12, end: 22, from: 21, to: 25 },
    { start: 26, end: 32, from: 29, to: 35 },
  ],
});

test.each([
  ["a copied word", [0, 8], "-A INPUT"],
  ["part of a copied word", [3, 8], "INPUT"],
  ["a word that was put in for another", [12, 22], "$LAN"],
  ["several", [3, 32], "INPUT -s $LAN -j ACCEPT"],
])("%s", (_, [start, end], text) => {
  const found = originalSpan({ file: made, start: start!, end: end! });
  expect(found.file).toBe(script);
  expect(script.text.slice(found.start, found.end)).toBe(text);
});

test("a text of its own keeps its places", () => {
  expect(originalSpan({ file: script, start: 1, end: 2 })).toEqual({ file: script, start: 1, end: 2 });
});
