/** docs/support.md is what the tables of options say. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MATCH_ROWS } from "../../src/model/match-table.ts";
import { TARGET_ROWS } from "../../src/model/target-table.ts";
import { renderSupportTable } from "../../src/report/support-table.ts";

test("docs/support.md is up to date: npm run build && node scripts/support-table.mjs", () => {
  const written = readFileSync(new URL("../../docs/support.md", import.meta.url), "utf8");
  expect(written).toBe(renderSupportTable());
});

test("it has one row for each match and target", () => {
  const rows = renderSupportTable().match(/^\| `-[mj] /gm) ?? [];
  expect(rows).toHaveLength(MATCH_ROWS.size + TARGET_ROWS.size);
});
