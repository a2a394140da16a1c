/**
 * The certificate reads what markify writes in the hoisted and the shared layout, with few mark bits too (then rules ask for one of several), and never says "equal" of a
 * mutant that diagrams tell apart.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family, Ruleset } from "../../../src/model/types.ts";
import { makePlan } from "../../../src/plan/make.ts";
import type { Plan } from "../../../src/plan/types.ts";
import { Random } from "../../../src/verify/sample/random.ts";
import { makeMutator } from "../../support/mutate.ts";
import { randomPolicies, randomUnions } from "../../support/random-networks.ts";
import { everyProduct } from "../../support/every-product.ts";
import { EFFORT } from "../../support/seed.ts";
import {
  filterTable,
  NO_OPTIONS,
  planOf,
  product,
  readRuleset,
  rewriteOf,
} from "../../support/small-tables.ts";
import { judgeCertificate, noCounts } from "./judge-certificate.ts";

const SIZES = { minLength: 5, maxLength: 24 };

/** Policies of one verdict to three groups and to unions of these, where three mark bits are free: too few for each to have its own. */
function nestedGroups(family: Family): fc.Arbitrary<string> {
  const hosts = (option: string, net: number, count: number): readonly string[] =>
    Array.from({ length: count }, (_, at) =>
      family === "v4" ? `${option} 10.${net}.0.${at + 1}/32` : `${option} 2001:db8:${net}::${at + 1}/128`,
    );
  const policy = fc.record({
    source: fc.nat(2),
    parts: fc.integer({ min: 1, max: 7 }),
    port: fc.constantFrom(22, 80, 443),
  });
  return fc
    .tuple(fc.integer({ min: 3, max: 20 }), fc.array(policy, { minLength: 3, maxLength: 6 }))
    .map(([size, policies]) => {
      // All unions occur.
      const all = [1, 2, 4, 3, 7].map((parts, at) => ({ source: at % 3, parts, port: 53 }));
      const rules = [...policies, ...all].flatMap(({ source, parts, port }) =>
        product(
          "-A FORWARD",
          hosts("-s", source, size),
          [1, 2, 4].flatMap((part) => ((parts & part) === 0 ? [] : hosts("-d", 10 + part, size >> 1))),
          `-p tcp -m tcp --dport ${port} -j ACCEPT`,
        ),
      );
      return filterTable(["-A INPUT -m mark --mark 0x0/0xfffffff8 -j ACCEPT", ...rules]);
    });
}

/** A plan of every product: unions are split where that pays. */
function planOfAll(old: Ruleset): Plan {
  return makePlan([{ path: "old", digest: "sha256:0", clustering: everyProduct(old) }], NO_OPTIONS).plan;
}

test.each(
  (["v4", "v6"] as const).flatMap((family) =>
    (["hoisted", "shared"] as const).map((layout) => [family, layout] as const),
  ),
)(
  "%s, %s: policies, and mutants of them",
  { timeout: 600_000 * EFFORT },
  async (family: Family, layout: Plan["layout"]) => {
    const counts = noCounts();
    const mutants = noCounts();
    let unions = 0;
    const tables = fc.oneof(
      nestedGroups(family).map((text) => ({ text, plan: planOfAll })),
      fc.oneof(randomUnions(family), randomPolicies(family, SIZES)).map((text) => ({ text, plan: planOf })),
    );
    const property = fc.asyncProperty(tables, fc.nat(), async ({ text, plan }, seed) => {
      const old = readRuleset(text, family);
      const { text: rewritten } = rewriteOf(old, { ...plan(old), layout: layout! });
      const { missed } = counts;
      await judgeCertificate(old, readRuleset(rewritten, family), `${text}---\n${rewritten}`, counts);
      if (counts.missed === missed && rewritten.includes("nothing calls this chain")) unions++;
      const mutate = makeMutator(rewritten);
      for (let number = 0; number < 5; number++) {
        const { text: mutant } = mutate(new Random(seed + number));
        let now: Ruleset;
        try {
          now = readRuleset(mutant, family);
        } catch {
          continue;
        }
        await judgeCertificate(old, now, `${text}---\n${mutant}`, mutants);
      }
    });
    await fc.assert(property, { numRuns: 14 * EFFORT });
    console.log(family, layout, JSON.stringify({ counts, mutants, unions }));
    expect(counts.different).toBe(0);
    expect(counts.certified).toBeGreaterThan(counts.missed);
    expect(mutants.different).toBeGreaterThan(10);
    if (layout === "hoisted") expect(unions).toBeGreaterThan(1);
  },
);
