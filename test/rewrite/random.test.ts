/**
 * Random rulesets, rewritten as far as it is possible at all (every product is taken, whether it pays or not), must be equal to what they were: by the checker, and by
 * an interpreter that shares nothing with it (test/verify).
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { verify } from "../../src/verify/verify.ts";
import { everyProduct } from "../support/every-product.ts";
import { EFFORT } from "../support/seed.ts";
import { NO_OPTIONS, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { randomFilter } from "../support/random-rules.ts";

const RUNS = 120 * EFFORT;

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test("every product rewritten: equal, with stale own bits too", async () => {
    let merged = 0;
    const property = fc.asyncProperty(randomFilter(family), fc.nat(), async (text, seed) => {
      const old = readRuleset(text, family);
      const { plan } = makePlan(
        [{ path: "old", digest: "sha256:0", clustering: everyProduct(old) }],
        NO_OPTIONS,
      );
      const rewritten = rewriteOf(old, plan);
      merged += plan.policyRules.length;
      const now = readRuleset(rewritten.text, family, "new.rules");
      const result = await verify(old, now, { packets: 3000, seed, demandAnyMark: true });
      expect(
        result.result,
        `${text}\n---\n${rewritten.text}\n${JSON.stringify(result.witness, null, 1)}`,
      ).toBe("equal");
    });
    await fc.assert(property, { numRuns: RUNS });
    // A property that rewrites nothing says nothing.
    expect(merged).toBeGreaterThan(RUNS);
  }, 600_000);
});
