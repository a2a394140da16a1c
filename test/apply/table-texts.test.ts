/** Tables as iptables-restore takes them. */
import { expect, test } from "vitest";
import { replaceInPlace, tablesToLoad } from "../../src/apply/table-texts.ts";
import { makeSourceFile } from "../../src/text/source.ts";

test("counters where they are wanted; comments, blank lines and line ends of others go", () => {
  const file = makeSourceFile(
    "f",
    "# c\r\n*filter\r\n:INPUT DROP\r\n:A -\r\n\r\n-A A -j DROP \r\nCOMMIT\r\n",
  );
  expect(tablesToLoad(file).get("filter")).toBe(
    "*filter\n:INPUT DROP [0:0]\n:A - [0:0]\n-A A -j DROP\nCOMMIT\n",
  );
});

test("in place: everything is flushed first, and chains that go are deleted last", () => {
  const before =
    "*filter\n:INPUT DROP [1:2]\n:A - [0:0]\n:B-1.x - [0:0]\n-A INPUT -j A\n-A A -j B-1.x\nCOMMIT\n";
  const text = "*filter\n:INPUT DROP [0:0]\n:A - [0:0]\n:C - [0:0]\n-A INPUT -j C\nCOMMIT\n";
  expect(replaceInPlace(text, before)).toBe(
    "*filter\n-F\n:INPUT DROP [0:0]\n:A - [0:0]\n:C - [0:0]\n-A INPUT -j C\n-X B-1.x\nCOMMIT\n",
  );
});

test("signs that mean something to a replacement are text", () => {
  const text = '*filter\n:INPUT DROP [0:0]\n-A INPUT -m comment --comment "$& $1 COMMIT" -j DROP\nCOMMIT\n';
  expect(replaceInPlace(text, text)).toBe(text.replace("*filter\n", "*filter\n-F\n"));
});
