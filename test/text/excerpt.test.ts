/** How a diagnostic looks: place, carets, tabs, cutting, notes, help. */
import { describe, expect, test } from "vitest";
import { makeDiagnostic } from "../../src/text/diagnostic.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { makeSourceFile, type Span } from "../../src/text/source.ts";

function spanOf(text: string, piece: string, path = "edge.rules"): Span {
  const start = text.indexOf(piece);
  return { file: makeSourceFile(path, text), start, end: start + piece.length };
}

describe("formatDiagnostic", () => {
  test("shows the line, carets with a label, notes and help", () => {
    const text = ":INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dprot 22 -j ACCEPT\n";
    const span = spanOf(text, "--dprot");
    const notes = [
      { message: "chain INPUT is declared here", span: spanOf(text, ":INPUT") },
      { message: "no place" },
    ];
    const args = { option: "--dprot", module: "tcp", nearest: "--dport" };
    const diagnostic = makeDiagnostic("UNKNOWN_MATCH_OPTION", span, args, { notes });
    expect(formatDiagnostic(diagnostic, { maxWidth: 100 })).toBe(
      [
        "edge.rules:2:17: error UNKNOWN_MATCH_OPTION",
        "    2 | -A INPUT -p tcp --dprot 22 -j ACCEPT",
        "      |                 ^^^^^^^ tcp has no such option",
        "  note: edge.rules:1:1: chain INPUT is declared here",
        "  note: no place",
        "  help: did you mean --dport?",
      ].join("\n"),
    );
  });

  test("copies tabs, so that the carets stand below the place", () => {
    const diagnostic = makeDiagnostic("DOUBLE_NEGATION", spanOf("\t-A\tX ! !", "! !"));
    expect(formatDiagnostic(diagnostic, { maxWidth: 80 }).split("\n").slice(1)).toEqual([
      "    1 | \t-A\tX ! !",
      "      | \t  \t  ^^^ ! twice",
    ]);
  });

  test.each(["start", "middle", "end"])("cuts a long line around a place at its %s", (where) => {
    const filler = "0123456789".repeat(20);
    const text = { start: `HERE${filler}`, middle: `${filler}HERE${filler}`, end: `${filler}HERE` }[where]!;
    const [, line, carets] = formatDiagnostic(makeDiagnostic("DOUBLE_NEGATION", spanOf(text, "HERE")), {
      maxWidth: 60,
    }).split("\n");
    expect(line!.length).toBeLessThanOrEqual(60);
    expect(line!.slice(carets!.indexOf("^"), carets!.lastIndexOf("^") + 1)).toBe("HERE");
    expect(line!.endsWith("…")).toBe(where !== "end");
    expect(line!.startsWith("    1 | …")).toBe(where !== "start");
  });

  test("a place at the end of a line gets one caret behind it", () => {
    const file = makeSourceFile("f", "ab\n");
    const diagnostic = makeDiagnostic("DOUBLE_NEGATION", { file, start: 2, end: 2 });
    expect(formatDiagnostic(diagnostic, { maxWidth: 80 })).toContain("      |   ^ ! twice");
  });

  test("without a place the message stands behind the code", () => {
    const diagnostic = makeDiagnostic("FAMILY_UNKNOWN", null, { file: "a.rules" });
    expect(formatDiagnostic(diagnostic, { maxWidth: 80 })).toBe(
      "error FAMILY_UNKNOWN: nothing in a.rules tells IPv4 from IPv6\n  help: say which it is: --family v4 or --family v6; where its rules name ipsets, --ipset FILE tells, too",
    );
  });

  test("lets no control character through to a terminal", () => {
    const text = "-A \u001b[2J\u202e ! !";
    const output = formatDiagnostic(
      makeDiagnostic("UNEXPECTED_WORD", spanOf(text, "! !", "a\u0007b"), { word: "\u001b" }),
      { maxWidth: 80 },
    );
    expect(output).toContain("a\ufffdb:1:");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(output).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u202e]/);
  });
});
