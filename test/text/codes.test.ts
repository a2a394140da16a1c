/** Every code is triggered, and reads as the golden excerpts say. */
import { describe, expect, test } from "vitest";
import { CODES, type DiagnosticCode } from "../../src/text/codes.ts";
import { ASSERT_CODES } from "../../src/text/codes-assert.ts";
import { HOST_CODES } from "../../src/text/codes-hosts.ts";
import { INPUT_CODES } from "../../src/text/codes-input.ts";
import { MARK_CODES } from "../../src/text/codes-marks.ts";
import { MODEL_CODES } from "../../src/text/codes-model.ts";
import { NAMES_CODES } from "../../src/text/codes-names.ts";
import { PLAN_CODES } from "../../src/text/codes-plan.ts";
import { REWRITE_CODES } from "../../src/text/codes-rewrite.ts";
import { SCRIPT_CODES } from "../../src/text/codes-script.ts";
import { SET_CODES } from "../../src/text/codes-sets.ts";
import { SYNTAX_CODES } from "../../src/text/codes-syntax.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { importText } from "../support/models.ts";
import { CODE_EXAMPLES, exampleText } from "./code-examples.ts";
import { HOST_CODE_EXAMPLES } from "./host-code-examples.ts";
import { MARK_CODE_EXAMPLES } from "./mark-code-examples.ts";
import { MORE_CODE_EXAMPLES } from "./more-code-examples.ts";
import { SCRIPT_CODE_EXAMPLES } from "./script-code-examples.ts";
import { SET_CODE_EXAMPLES } from "./set-code-examples.ts";

/** Codes about a file or a plan as a whole: there is no place that they could show. */
const PLACELESS: readonly DiagnosticCode[] = [
  ...(["FAMILY_UNKNOWN", "MORE_FINDINGS", "RULES_KEPT_UNPARSED"] as const),
  ...(["PATTERN_WITHOUT_CHAIN", "NO_FREE_MARK_BITS", "CHAIN_NAME_TAKEN", "MARK_BITS_TAKEN"] as const),
  ...(["POLICY_RULES_CANT_BE_ORDERED", "NO_SUCH_DUMP", "SCRIPT_WITHOUT_FAMILY", "SETS_NOT_KNOWN"] as const),
  ...(["POLICY_CHANGE_CANT_BE", "MARK_BITS_RESERVED", "COMPILED_CHAINS_STAY"] as const),
  ...(["POLICY_CHANGE_STAYS_FLAT", "POLICY_CHANGE_REFUSED", "LAYOUT_OF_NO_CHAIN"] as const),
];

/** The first finding of a code, which has to be there, and its golden excerpt. */
function expectGolden(code: string, diagnostics: readonly Diagnostic[]): void {
  const found = diagnostics.find((diagnostic) => diagnostic.code === code);
  expect(found, diagnostics.map((diagnostic) => diagnostic.code).join(", ")).toBeDefined();
  const text = formatDiagnostic(found!, { maxWidth: 120 });
  const head = `${found!.severity} ${code}`;
  if (PLACELESS.some((placeless) => placeless === code)) {
    expect(found!.span).toBeNull();
    expect(text.startsWith(`${head}: `)).toBe(true);
  } else {
    const [place, , carets] = text.split("\n");
    expect(place).toMatch(new RegExp(`^\\S+:\\d+:\\d+: ${head}$`));
    expect(carets).toMatch(/^ {5} \| \s*\^+ \S/);
  }
  expect(text).toMatchSnapshot();
}

describe("codes", () => {
  test.each(Object.entries(CODE_EXAMPLES))("%s", (code, example) => {
    const imported = importText(exampleText(example), example.family, example.keepUnparsed);
    expectGolden(code, imported.diagnostics);
    // An error refuses the whole file; anything else lets it through.
    const hasError = imported.diagnostics.some((diagnostic) => diagnostic.severity === "error");
    expect(imported.ruleset === null).toBe(hasError);
  });

  const OTHERS = {
    ...MORE_CODE_EXAMPLES,
    ...SCRIPT_CODE_EXAMPLES,
    ...SET_CODE_EXAMPLES,
    ...HOST_CODE_EXAMPLES,
    ...MARK_CODE_EXAMPLES,
  };
  test.each(Object.entries(OTHERS))("%s", (code, yieldsIt) => {
    expectGolden(code, yieldsIt());
  });

  test("each has an example", () => {
    const records = [CODE_EXAMPLES, OTHERS];
    // Those of names are in test/import/fwbuilder/read-names.test.ts, golden like these.
    const examples = [...records.flatMap((record) => Object.keys(record)), ...Object.keys(NAMES_CODES)];
    expect(Object.keys(CODES).filter((code) => !examples.includes(code))).toEqual([]);
    expect(new Set(examples).size).toBe(examples.length);
  });

  test("names are stable words in capitals, wording is lower case without a full stop", () => {
    const files = [
      INPUT_CODES,
      SYNTAX_CODES,
      MODEL_CODES,
      PLAN_CODES,
      REWRITE_CODES,
      ASSERT_CODES,
      NAMES_CODES,
      HOST_CODES,
      MARK_CODES,
      SCRIPT_CODES,
      SET_CODES,
    ];
    const codes = files.flatMap((rows) => Object.keys(rows));
    expect(new Set(codes).size, "two files of rows share a code").toBe(codes.length);
    for (const [code, row] of Object.entries(CODES)) {
      expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
      expect(row.message({}), code).not.toMatch(/\.$/);
    }
  });
});
