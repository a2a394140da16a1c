/** The hoisted layout: equal to the flat rules it was made from, line by line what it says, and falling back to the article's where it has to. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { verify } from "../../src/verify/verify.ts";
import { everyProduct } from "../support/every-product.ts";
import { randomPolicies } from "../support/random-networks.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT } from "../support/seed.ts";
import { NO_OPTIONS, planOf, readRuleset, rewriteOf } from "../support/small-tables.ts";

async function expectEqual(text: string, now: string, family: Family, seed: number): Promise<void> {
  const result = await verify(readRuleset(text, family), readRuleset(now, family, "new.rules"), {
    packets: 1000,
    seed,
    demandAnyMark: true,
  });
  expect(result.result, `${text}\n---\n${now}\n${JSON.stringify(result.witness, null, 1)}`).toBe("equal");
}

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test("every product of random rules: equal, with stale own bits too", async () => {
    let runs = 0;
    const property = fc.asyncProperty(randomFilter(family), fc.nat(), async (text, seed) => {
      const old = readRuleset(text, family);
      const { plan } = makePlan(
        [{ path: "old", digest: "sha256:0", clustering: everyProduct(old) }],
        NO_OPTIONS,
      );
      const { text: now } = rewriteOf(old, { ...plan, layout: "hoisted" });
      runs += [...now.matchAll(/^:P-\S+ /gm)].length;
      await expectEqual(text, now, family, seed);
    });
    await fc.assert(property, { numRuns: 100 * EFFORT });
    expect(runs).toBeGreaterThan(50);
  }, 600_000);

  test("random policies over many networks: equal", async () => {
    let runs = 0;
    const property = fc.asyncProperty(randomPolicies(family), fc.nat(), async (text, seed) => {
      const old = readRuleset(text, family);
      const { text: now } = rewriteOf(old, { ...planOf(old), layout: "hoisted" });
      runs += [...now.matchAll(/^:P-\S+ /gm)].length;
      await expectEqual(text, now, family, seed);
    });
    await fc.assert(property, { numRuns: 25 * EFFORT });
    expect(runs).toBeGreaterThan(10);
  }, 600_000);
});
