/** A second import of what was written finds its own groups, and nothing to do. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { randomFilter } from "../support/random-rules.ts";
import { planOf, readRuleset, rewriteOf, rewriteText } from "../support/small-tables.ts";

test.each(["v4", "v6"] as const)("random tables, rewritten twice (%s)", (family) => {
  let merged = 0;
  fc.assert(
    fc.property(randomFilter(family), (text) => {
      const first = rewriteText(text, family);
      if (!first.rewritten.changed) return;
      merged++;
      const ruleset = readRuleset(first.text, family);
      const second = rewriteOf(ruleset, planOf(ruleset));
      expect(second.rewritten.changed).toBe(false);
    }),
    { numRuns: 150 },
  );
  expect(merged).toBeGreaterThan(10);
});
