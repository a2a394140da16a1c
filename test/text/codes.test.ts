/** Every code of the parser and the model is triggered, and reads as the golden excerpts say. */
import { describe, expect, test } from "vitest";
import { CODES } from "../../src/text/codes.ts";
import { ASSERT_CODES } from "../../src/text/codes-assert.ts";
import { INPUT_CODES } from "../../src/text/codes-input.ts";
import { MODEL_CODES } from "../../src/text/codes-model.ts";
import { NAMES_CODES } from "../../src/text/codes-names.ts";
import { PLAN_CODES } from "../../src/text/codes-plan.ts";
import { REWRITE_CODES } from "../../src/text/codes-rewrite.ts";
import { SCRIPT_CODES } from "../../src/text/codes-script.ts";
import { SET_CODES } from "../../src/text/codes-sets.ts";
import { SYNTAX_CODES } from "../../src/text/codes-syntax.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { importText } from "../support/models.ts";
import { CODE_EXAMPLES, exampleText } from "./code-examples.ts";

describe("codes", () => {
  test.each(Object.entries(CODE_EXAMPLES))("%s", (code, example) => {
    const imported = importText(exampleText(example), example.family);
    const found = imported.diagnostics.find((diagnostic) => diagnostic.code === code);
    expect(found, imported.diagnostics.map((diagnostic) => diagnostic.code).join(", ")).toBeDefined();
    expect(formatDiagnostic(found!, { maxWidth: 120 })).toMatchSnapshot();
    // An error refuses the whole file; anything else lets it through.
    const hasError = imported.diagnostics.some((diagnostic) => diagnostic.severity === "error");
    expect(imported.ruleset === null).toBe(hasError);
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
