/** What the search thinks a rewrite costs is what the rewrite costs, rule by rule. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { groupCost, groupRules, ruleChainRules, setKey, TABLE_RULES } from "../../src/cluster/cost.ts";
import { findGroups } from "../../src/cluster/find.ts";
import { makePlan } from "../../src/plan/make.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";
import { randomPolicies } from "../support/random-networks.ts";
import { randomFilter } from "../support/random-rules.ts";
import { everyProduct } from "../support/every-product.ts";
import { EFFORT } from "../support/seed.ts";

test.each([
  ["v4", randomFilter("v4")],
  ["v6", randomFilter("v6")],
  ["v4", randomPolicies("v4")],
  ["v6", randomPolicies("v6")],
] as const)("%s: the estimate equals the rewrite's own count", (family, filters) => {
  fc.assert(
    fc.property(filters, (text) => {
      const ruleset = readRuleset(text, family);
      const clustering = everyProduct(ruleset);
      const { plan } = makePlan([{ path: "old", digest: "sha256:0", clustering }], NO_OPTIONS);
      // The choice does not count on groups that include others: then the file is shorter still.
      const groups = plan.groups.map(({ includes: _, ...group }) => group);
      const { rewritten } = rewriteOf(ruleset, { ...plan, groups });
      expect(rewriteOf(ruleset, plan).rewritten.rulesAfter).toBeLessThanOrEqual(rewritten.rulesAfter);
      const { products } = clustering;
      const merged = new Set(products.flatMap(({ rules }) => rules));
      const sets = new Map(
        products.flatMap((product) => product.sets.map((set) => [setKey(set), groupRules(set)])),
      );
      let estimate = rewritten.rulesBefore - merged.size;
      for (const product of products) estimate += ruleChainRules(product);
      for (const rules of sets.values()) estimate += rules;
      if (products.length > 0) estimate += TABLE_RULES;
      expect(rewritten.rulesAfter).toBe(estimate);
    }),
    { numRuns: 75 * EFFORT },
  );
});

test.each(["v4", "v6"] as const)(
  "%s: no file gets more rules, and without a shared group it has to have fewer",
  (family) => {
    fc.assert(
      fc.property(randomFilter(family), (text) => {
        const ruleset = readRuleset(text, family);
        const clustering = findGroups(ruleset, NO_OPTIONS);
        const { plan } = makePlan([{ path: "old", digest: "sha256:0", clustering }], NO_OPTIONS);
        const { rewritten } = rewriteOf(ruleset, plan);
        const uses = new Map<string, number>();
        for (const { groups } of plan.policyRules)
          for (const id of Object.values(groups)) uses.set(id, (uses.get(id) ?? 0) + 1);
        const isShared = [...uses.values()].some((count) => count > 1);
        expect(rewritten.rulesAfter).toBeLessThanOrEqual(rewritten.rulesBefore);
        if (rewritten.changed && !isShared) expect(rewritten.rulesAfter).toBeLessThan(rewritten.rulesBefore);
      }),
      { numRuns: 300 * EFFORT },
    );
  },
);

/** Sixteen drops that save a rule as one policy rule, and twelve accepts (two lines of them) that would cost it again, though they read better. */
test("a second round never gives back what the first one saved, unless a group is shared", () => {
  const drops = product(
    "-A FORWARD",
    ["-s 10.0.0.0/8", "-s 10.0.0.0/30", "-s 10.0.0.1/32", "-s 10.0.0.2/32", "-s 192.0.2.1/32"],
    ["-i eth0"],
    ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p tcp -m tcp ! --dport 22", "-p tcp -m tcp"],
    "-j DROP",
  );
  const accepts = product(
    "-A FORWARD",
    ["-d 10.0.0.0/30", "-d 10.0.0.1/32", "-d 10.0.0.3/32", "-d 10.0.1.0/24"],
    ["-p tcp -m tcp --dport 20:100", "-p udp -m udp --dport 53", "-p tcp -m tcp --sport 80"],
    "-j ACCEPT",
  );
  const rules = [
    ...accepts,
    ...drops,
    "-A FORWARD -i ppp0 -j ACCEPT",
    "-A FORWARD -s 192.0.2.1/32 -j ACCEPT",
  ];
  const ruleset = readRuleset(filterTable([...rules, "-A FORWARD -j sub", "-A sub -j RETURN"]), "v4");
  const { rewritten } = rewriteOf(ruleset, planOf(ruleset));
  expect(rewritten.changed && rewritten.rulesAfter).toBeLessThan(rewritten.rulesBefore);
});

test("a group costs its name and its members", () => {
  expect(groupCost({ axis: "source", members: ["10.0.0.1/32", "10.0.0.2/32"] })).toBe(3);
});
