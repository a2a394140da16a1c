/**
 * Files that are made to be slow or to break something: each is read, says what is wrong with it and prints back. Nothing is timed here; the sizes
 * are such that time in their square would be minutes.
 */
import { describe, expect, test } from "vitest";
import { importRuleset } from "../../src/import/import.ts";
import { printTree } from "../../src/syntax/print.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { decodeSource, locate, makeSourceFile } from "../../src/text/source.ts";
import { tableAround } from "../support/models.ts";

/** Lines of a table of their own. */
function table(...lines: readonly string[]): string {
  return `*filter\n:INPUT ACCEPT [0:0]\n${lines.join("\n")}\nCOMMIT\n`;
}

function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join("\n");
}

/** The codes of a file, each once; checks on the way what holds for every file. */
function read(text: string): readonly string[] {
  const { tree, diagnostics } = importRuleset(makeSourceFile("t", text), { family: "v4" });
  expect(printTree(tree) === text).toBe(true);
  for (const diagnostic of diagnostics.slice(0, 100)) {
    expect(formatDiagnostic(diagnostic, { maxWidth: 100 }).length).toBeLessThan(3000);
  }
  return [...new Set(diagnostics.map(({ code }) => code))];
}

const LONG = 1_000_000;
const MANY = 20_000;

describe("long lines", () => {
  test.each<[string, string, readonly string[]]>([
    ["a comment", `#${"x".repeat(LONG)}\n${tableAround("-j DROP")}`, []],
    ["a comment of a rule", tableAround(`-m comment --comment "${"\\x".repeat(LONG / 2)}"`), []],
    ["blanks", tableAround(" ".repeat(LONG)), []],
    ["NUL bytes", table("\0".repeat(LONG)), ["NUL_BYTE"]],
    ["an open quote", tableAround(`-m comment --comment "${"😀".repeat(LONG / 2)}`), ["UNTERMINATED_QUOTE"]],
    ["an option", tableAround(`--${"x".repeat(LONG)}`), ["UNKNOWN_OPTION"]],
    ["an option of a module", tableAround(`-p tcp --dport${"x".repeat(LONG)} 1`), ["UNKNOWN_MATCH_OPTION"]],
    ["a name", tableAround(`-p ${"x".repeat(LONG)}`), ["UNKNOWN_PROTOCOL"]],
    ["an icmp type", tableAround(`-p icmp -m icmp --icmp-type ${"e".repeat(LONG)}`), ["UNKNOWN_ICMP_TYPE"]],
    [
      "two chains",
      table(`:${"a".repeat(LONG)} - [0:0]`, `-A ${"b".repeat(LONG)} -j DROP`),
      ["CHAIN_NAME_TOO_LONG", "UNDECLARED_CHAIN"],
    ],
    [
      "a list of ports",
      tableAround(`-p tcp -m multiport --dports ${"2:1,".repeat(MANY)}1`),
      ["MORE_FINDINGS", "INVERTED_RANGE", "TOO_MANY_PORTS"],
    ],
    [
      "modules",
      tableAround(`${"-m tcp ".repeat(LONG / 10)}${"--foo ".repeat(LONG / 10)}`),
      ["RULE_TOO_LONG"],
    ],
    ["the same option", tableAround("-s ! 10.0.0.1 ".repeat(LONG / 10)), ["RULE_TOO_LONG"]],
  ])("%s", (_, text, codes) => {
    expect(read(text)).toEqual(codes);
  });

  test("a rule may have as many words as iptables-restore takes, and no more than twice that", () => {
    expect(read(tableAround(`-p tcp ${"-m tcp ".repeat(126)}-j`))).toEqual(["MISSING_VALUE"]);
    expect(read(tableAround(`-p tcp ${"-m tcp ".repeat(126)}-j DROP`))).toEqual(["RULE_TOO_LONG"]);
  });
});

describe("many lines", () => {
  const chains = repeat(MANY, (index) => `:chain${index} - [0:0]`);
  test.each<[string, string, readonly string[]]>([
    ["empty ones", "\n".repeat(LONG), ["EMPTY_FILE"]],
    ["words", "x\n".repeat(MANY), ["MORE_FINDINGS", "TEXT_AROUND_DUMP", "EMPTY_FILE"]],
    [
      "unknown options",
      table(repeat(MANY, (index) => `-A INPUT --foo${index}`)),
      ["MORE_FINDINGS", "UNKNOWN_OPTION"],
    ],
    [
      "rules of undeclared chains",
      table(
        chains,
        repeat(MANY, (index) => `-A chian${index} -j DROP`),
      ),
      ["MORE_FINDINGS", "UNDECLARED_CHAIN"],
    ],
    [
      "jumps to missing chains",
      table(
        chains,
        repeat(MANY, (index) => `-A INPUT -j chian${index}`),
      ),
      ["MORE_FINDINGS", "MISSING_CHAIN"],
    ],
    [
      "chains one behind the other",
      table(
        chains,
        "-A INPUT -j chain0",
        repeat(MANY - 1, (index) => `-A chain${index} -j chain${index + 1}`),
      ),
      [],
    ],
    [
      "loops",
      table(
        chains,
        "-A INPUT -j chain0",
        repeat(MANY - 1, (index) => `-A chain${index} -j chain${index + 1}\n-A chain${index} -j chain0`),
      ),
      ["MORE_FINDINGS", "CHAIN_LOOP"],
    ],
  ])("%s", (_, text, codes) => {
    expect(read(text)).toEqual(codes);
  });

  test("a long loop is named by its beginning and its end", () => {
    const { diagnostics } = importRuleset(
      makeSourceFile(
        "t",
        table(
          repeat(30, (index) => `:c${index} - [0:0]`),
          "-A INPUT -j c0",
          repeat(30, (index) => `-A c${index} -j c${(index + 1) % 30}`),
        ),
      ),
      { family: "v4" },
    );
    expect(diagnostics.map(({ args }) => args.path)).toEqual([
      "c0 -> c1 -> c2 -> c3 -> c4 -> c5 -> c6 -> c7 -> c8 -> c9 -> (10 more) -> c20 -> c21 -> c22 -> c23 -> c24 -> c25 -> c26 -> c27 -> c28 -> c29 -> c0",
    ]);
  });
});

test("bytes that are no UTF-8, and NUL bytes in comments, print back", () => {
  const head = Buffer.from("# ");
  const rest = Buffer.from(`\n${tableAround('-m comment --comment "\xff\xfe" -j DROP')}`, "latin1");
  const every = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 10 ? 32 : byte));
  const bytes = Buffer.concat([head, every, rest]);
  const { tree, ruleset } = importRuleset(decodeSource("t", bytes), { family: "v4" });
  expect(Buffer.from(printTree(tree), "latin1").equals(bytes)).toBe(true);
  expect(ruleset!.tables[0]!.chains[0]!.rules[0]!.comment).toBe("\xff\xfe");
});

test("columns count characters on a long line, too", () => {
  const text = `${"😀".repeat(LONG)}x`;
  expect(locate(makeSourceFile("t", text), text.length - 1)).toEqual({ line: 1, column: LONG + 1 });
  expect(locate(makeSourceFile("t", text), text.length + 5)).toEqual({ line: 1, column: LONG + 2 });
});
