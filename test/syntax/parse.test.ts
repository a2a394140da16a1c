/** Lines to nodes, recovery after errors, and printing back. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ruleWords } from "../../src/syntax/lex.ts";
import { parseSaveFile } from "../../src/syntax/parse.ts";
import { printTree } from "../../src/syntax/print.ts";
import type { RuleNode } from "../../src/syntax/tree.ts";
import { locate, makeSourceFile } from "../../src/text/source.ts";

function parse(text: string) {
  return parseSaveFile(makeSourceFile("t", text));
}

/** `line:column CODE` for each finding. */
function findings(text: string): readonly string[] {
  return parse(text).diagnostics.map(({ code, span }) => {
    const place = locate(span!.file, span!.start);
    return `${place.line}:${place.column} ${code}`;
  });
}

describe("nodes", () => {
  test("one for each line, with what stands in it", () => {
    const text = '# c\n*filter\n:INPUT DROP [1:2]\n:x -\n\n[3:4] -A INPUT -j x \n--append x "a b"\nCOMMIT\n';
    const { tree, diagnostics } = parse(text);
    expect(diagnostics).toEqual([]);
    expect(tree.nodes.map((node) => node.kind)).toEqual([
      "comment",
      "table",
      "chain",
      "chain",
      "blank",
      "rule",
      "rule",
      "commit",
    ]);
    const [, table, input, x, , rule, second] = tree.nodes;
    expect(table).toMatchObject({ line: 2, name: { text: "filter", start: 5, end: 11 } });
    expect(input).toMatchObject({ name: { text: "INPUT" }, policy: { text: "DROP" } });
    expect(input).toMatchObject({ counters: { packets: "1", bytes: "2" } });
    expect(x).toMatchObject({ policy: { text: "-" }, counters: null });
    expect(rule).toMatchObject({ chain: { text: "INPUT" }, counters: { packets: "3", bytes: "4" } });
    expect(ruleWords(tree.file, rule as RuleNode)).toMatchObject([{ text: "-j" }, { text: "x" }]);
    expect(second).toMatchObject({ chain: { text: "x" }, counters: null });
    expect(ruleWords(tree.file, second as RuleNode)).toMatchObject([{ text: "a b", quoted: true }]);
  });

  test("counters keep more digits than a number can", () => {
    const { tree } = parse("*filter\n:INPUT DROP [18446744073709551615:0]\nCOMMIT\n");
    expect(tree.nodes[1]).toMatchObject({ counters: { packets: "18446744073709551615" } });
  });
});

describe("findings", () => {
  test.each<[string, string, readonly string[]]>([
    ["an empty file", "", ["1:1 EMPTY_FILE"]],
    ["comments alone", "# a\n", ["1:1 EMPTY_FILE"]],
    [
      "a prompt around the dump",
      "$ iptables-save\n*filter\nCOMMIT\n$ \n",
      ["1:1 TEXT_AROUND_DUMP", "4:1 TEXT_AROUND_DUMP"],
    ],
    ["a prompt between tables", "*nat\nCOMMIT\n$ x\n*filter\nCOMMIT\n", ["3:1 UNREADABLE_LINE"]],
    ["a prompt in a table", "*nat\n$ x\nCOMMIT\n", ["2:1 UNREADABLE_LINE"]],
    ["a rule before the table", "-A INPUT\n*nat\nCOMMIT\n", ["1:1 OUTSIDE_TABLE"]],
    ["a chain after COMMIT", "*nat\nCOMMIT\n:x - [0:0]\n", ["3:1 OUTSIDE_TABLE"]],
    ["COMMIT twice", "*nat\nCOMMIT\nCOMMIT\n", ["3:1 COMMIT_OUTSIDE_TABLE"]],
    ["no COMMIT at the end", "*nat\n:x - [0:0]\n", ["1:1 TABLE_NOT_COMMITTED"]],
    ["no COMMIT between", "*nat\n*filter\nCOMMIT\n", ["1:1 TABLE_NOT_COMMITTED"]],
    ["a table twice", "*nat\nCOMMIT\n*nat\nCOMMIT\n", ["3:2 TABLE_TWICE"]],
    ["a nameless table", "*\n*nat\nCOMMIT\n", ["1:1 TABLE_NAME_MISSING"]],
    ["words after COMMIT", "*nat\nCOMMIT x\nCOMMIT\n", ["2:8 TRAILING_WORDS"]],
    ["words after a table", "*nat x\n*filter\nCOMMIT\n", ["1:6 TRAILING_WORDS"]],
    ["a chain without policy", "*nat\n:x\nCOMMIT\n", ["2:1 CHAIN_LINE_INCOMPLETE"]],
    ["a long chain name", `*nat\n:${"x".repeat(29)} -\nCOMMIT\n`, ["2:2 CHAIN_NAME_TOO_LONG"]],
    ["a chain name of 28 bytes", `*nat\n:${"ä".repeat(14)} -\nCOMMIT\n`, []],
    [
      "a chain name of more bytes than characters",
      `*nat\n:${"ä".repeat(15)} -\nCOMMIT\n`,
      ["2:2 CHAIN_NAME_TOO_LONG"],
    ],
    [
      "counters that are none",
      "*nat\n:x - [0]\n[a:b] -A x\nCOMMIT\n",
      ["2:6 BAD_COUNTERS", "3:1 BAD_COUNTERS"],
    ],
    ["counters in quotes", '*nat\n:x - [0:0]\n["0:0]"-A x\nCOMMIT\n', ["3:1 BAD_COUNTERS"]],
    [
      "another command",
      "*nat\n-I x 1\n--delete x\nCOMMIT\n",
      ["2:1 COMMAND_NOT_SUPPORTED", "3:1 COMMAND_NOT_SUPPORTED"],
    ],
    ["counters without a command", "*nat\n[1:2] x\nCOMMIT\n", ["2:7 UNREADABLE_LINE"]],
    ["no chain", "*nat\n-A\nCOMMIT\n", ["2:1 CHAIN_MISSING"]],
    ["an open quote", '*nat\n-A x "a\nCOMMIT\n', ["2:6 UNTERMINATED_QUOTE"]],
    ["a NUL byte", "*nat\n-A x\0\nCOMMIT\n", ["2:5 NUL_BYTE"]],
    [
      "blanks, CRLF and a byte order mark",
      "\ufeff*nat\r\n \t\r\n  COMMIT  \r\n",
      ["1:1", "1:1", "2:1", "3:1"].map((place) => `${place} REFUSED_WHITESPACE`),
    ],
    ["a last line without its end", "*nat\nCOMMIT", ["2:1 REFUSED_WHITESPACE"]],
    [
      "blanks that are no harm",
      "*nat \n\n:PREROUTING ACCEPT [0:0] \n  -A PREROUTING -j ACCEPT \nCOMMIT\n",
      [],
    ],
  ])("%s", (_, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });

  test("errors do not stop at the first, and stand in the order of the file", () => {
    expect(findings("*nat\n-I a\nfoo\n-A\n*nat\n")).toEqual([
      "1:1 TABLE_NOT_COMMITTED",
      "2:1 COMMAND_NOT_SUPPORTED",
      "3:1 UNREADABLE_LINE",
      "4:1 CHAIN_MISSING",
      "5:1 TABLE_NOT_COMMITTED",
      "5:2 TABLE_TWICE",
    ]);
  });
});

describe("printTree", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "*filter",
      "COMMIT",
      ":INPUT ACCEPT [0:0]",
      ":x -",
      "-A x -j y",
      '[1:2] -A x --comment "a b"',
      "# c",
      " ",
      "",
    ),
    fc.string(),
  );
  const lineEnd = fc.constantFrom("\n", "\r\n", "\n\n", "\r", " \n", "");

  test("gives any text back, whole or broken", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(line, lineEnd)), fc.constantFrom("", "\ufeff"), (lines, mark) => {
        const text = mark + lines.flat().join("");
        const { tree } = parse(text);
        expect(printTree(tree)).toBe(text);
        expect(tree.nodes.map((node) => node.line)).toEqual(tree.nodes.map((_, index) => index + 1));
      }),
      { numRuns: 500 },
    );
  });
});
