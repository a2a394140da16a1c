/** Trees that become rule chains: random ones are equal to what they were, and single ones read as they should. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { verify } from "../../src/verify/verify.ts";
import { randomTrees, everyTree } from "../support/random-trees.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, readRuleset, rewriteOf } from "../support/small-tables.ts";

const RUNS = 60 * EFFORT;

function rewriteTrees(text: string, family: Family, choice: number) {
  const old = readRuleset(text, family);
  const clustering = everyTree(old, choice);
  const { plan } = makePlan([{ path: "old", digest: "sha256:0", clustering }], NO_OPTIONS);
  return { old, plan, ...rewriteOf(old, plan) };
}

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test("every tree rewritten: equal, with stale own bits too", async () => {
    let merged = 0;
    const property = fc.asyncProperty(randomTrees(family), fc.nat(), async (text, seed) => {
      const { old, plan, text: rewritten } = rewriteTrees(text, family, seed);
      merged += plan.policyRules.length;
      const now = readRuleset(rewritten, family, "new.rules");
      const result = await verify(old, now, { packets: 2000, seed, demandAnyMark: true });
      const witness = JSON.stringify(result.witness, null, 1);
      expect(result.result, `${text}\n---\n${rewritten}\n${witness}`).toBe("equal");
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(merged).toBeGreaterThan(RUNS);
  }, 600_000);
});

test("a tree with its services as a set: they are tested first, and its chains are gone", () => {
  const text = filterTable([
    "-A FORWARD -p tcp -m tcp -m multiport --dports 80,443 -m conntrack --ctstate NEW -j Cid1.0",
    "-A Cid1.0 -s 10.0.0.1/32 -j Cid1.1",
    "-A Cid1.0 -s 10.0.0.2/32 -j Cid1.1",
    "-A Cid1.1 -d 10.9.0.1/32 -j ACCEPT",
    "-A Cid1.1 -d 10.9.0.2/32 -j ACCEPT",
  ]);
  expect(rewriteTrees(text, "v4", 1).text).toMatchSnapshot();
  expect(rewriteTrees(text, "v4", 0).text).toMatchSnapshot();
});
