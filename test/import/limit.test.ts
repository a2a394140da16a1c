/** Files with more findings than anybody reads. */
import { expect, test } from "vitest";
import { MOST_FINDINGS } from "../../src/import/limit.ts";
import { importText, tableAround } from "../support/models.ts";

function repeat(rule: string, count: number): string {
  return tableAround(...new Array<string>(count).fill(rule));
}

test("up to the limit every finding is there", () => {
  const { diagnostics } = importText(repeat("-p tcp --dport 2:1", MOST_FINDINGS), "v4");
  expect(diagnostics.length).toBe(MOST_FINDINGS);
});

test("beyond it they are counted by severity, and errors still refuse the file", () => {
  const warnings = importText(repeat("-p tcp --dport 2:1", MOST_FINDINGS + 7), "v4");
  expect(warnings.ruleset).not.toBeNull();
  expect(warnings.diagnostics.length).toBe(MOST_FINDINGS + 1);
  expect(warnings.diagnostics[0]).toMatchObject({ code: "MORE_FINDINGS", args: { errors: 0, warnings: 7 } });
  const both = importText(repeat("-p tcp --dport ! 2:1 --dprot 1", MOST_FINDINGS + 7), "v4");
  expect(both.ruleset).toBeNull();
  expect(both.diagnostics.filter(({ severity }) => severity === "error").length).toBe(MOST_FINDINGS);
});
