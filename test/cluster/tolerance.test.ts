/** Products that lack some combinations: the policy that was planted comes back, and not one packet fares otherwise. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import type { Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { parsePlan } from "../../src/plan/file-parse.ts";
import { printPlan } from "../../src/plan/file-print.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import {
  HOLED_DESTINATIONS as DESTINATIONS,
  HOLED_SERVICES as SERVICES,
  HOLED_SOURCES as SOURCES,
  holed,
} from "../support/holed.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const TOLERANT = { ...NO_OPTIONS, tolerance: 0.2 };

const planted = product("-A FORWARD", SOURCES, DESTINATIONS, SERVICES, "-j ACCEPT");
const without = (...places: readonly number[]) =>
  filterTable(planted.filter((_, at) => !places.includes(at)));

const shapes = (text: string, options = TOLERANT) =>
  findGroups(readRuleset(text), options).products.map(({ sets, missing }) => ({
    sets: sets.map(({ members }) => members.length),
    missing: (missing?.cells ?? []).map((tokens) => tokens.map(({ key }) => key).join(" | ")),
  }));

describe("a line that was forgotten", () => {
  test("is missing in one product, and splits it where nothing is tolerated", () => {
    expect(shapes(without(31))).toEqual([
      { sets: [5, 4, 3], missing: ["10.0.0.3/32 | 10.1.0.3/32 | tcp dport 80"] },
    ]);
    expect(shapes(without(31), { ...NO_OPTIONS, tolerance: 0 }).length).toBeGreaterThan(1);
  });

  test("too many of them are no product", () => {
    const third = planted.flatMap((_, at) => (at % 3 === 0 ? [at] : []));
    expect(shapes(without(...third)).every(({ missing }) => missing.length === 0)).toBe(true);
  });

  test("is left out before the verdict, and nothing else changes", async () => {
    const old = readRuleset(without(31));
    const { text } = rewriteOf(old, planOf(old, TOLERANT));
    expect(text).toContain("-s 10.0.0.3/32 -d 10.1.0.3/32 -p tcp -m tcp --dport 80 -g M-CLEAR");
    expect((await verify(old, readRuleset(text), { packets: 0 })).result).toBe("equal");
  });

  test("is no product where another rule of it matches the packets", () => {
    const wide = planted.map((line) => line.replace("-s 10.0.0.5/32", "-s 10.0.0.0/24"));
    const rules = wide.filter((_, at) => at !== 31);
    expect(shapes(filterTable(rules)).every(({ missing }) => missing.length === 0)).toBe(true);
  });

  test("of which no rule reads the protocol is no product: short packets would be dropped", () => {
    // The only udp line of a pair of addresses.
    expect(shapes(without(32)).every(({ missing }) => missing.length === 0)).toBe(true);
  });

  test("stays in the plan file", () => {
    const clustering = findGroups(readRuleset(without(31)), TOLERANT);
    const { plan } = makePlan(
      [{ path: "old.rules", digest: `sha256:${"0".repeat(64)}`, clustering }],
      TOLERANT,
    );
    const parsed = parsePlan(makeSourceFile("plan.yaml", printPlan(plan)));
    expect(parsed.plan?.tolerance).toBe(0.2);
    expect(parsed.plan?.policyRules).toEqual(plan.policyRules);
  });
});

test.each<Family>(["v4", "v6"])(
  "%s: random rulesets with holes are proved equal",
  { timeout: 300_000 * EFFORT },
  async (family) => {
    let holes = 0;
    await fc.assert(
      fc.asyncProperty(holed(family), async (text) => {
        const old = readRuleset(text, family);
        const plan = planOf(old, { ...NO_OPTIONS, tolerance: 0.4 });
        holes += plan.policyRules.reduce((sum, { missing = [] }) => sum + missing.length, 0);
        const { text: now } = rewriteOf(old, plan);
        const { result, witness } = await verify(old, readRuleset(now, family), { packets: 0 });
        expect(result, `${text}\n---\n${now}\n${JSON.stringify(witness)}`).toBe("equal");
      }),
      { numRuns: 120 * EFFORT },
    );
    console.log(family, holes, "missing combinations");
    expect(holes).toBeGreaterThan(8);
  },
);
