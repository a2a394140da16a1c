/** Groups of policy rules that a person turns round in the plan: the change is exactly that, shown as rules without marks, and known again when the ruleset has it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AXES, type Axis, type Family, type Ruleset } from "../../src/model/types.ts";
import { carryEdits } from "../../src/plan/edits.ts";
import { parsePlan } from "../../src/plan/file-parse.ts";
import { printPlan } from "../../src/plan/file-print.ts";
import { makePlan } from "../../src/plan/make.ts";
import { findPolicyChanges } from "../../src/plan/policy-change.ts";
import type { Plan } from "../../src/plan/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { everyProduct } from "../support/every-product.ts";
import { randomExclusions } from "../support/random-exclusions.ts";
import { randomFilter } from "../support/random-rules.ts";
import { everyTree } from "../support/random-trees.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const RUNS = 60 * EFFORT;

/** A plan as a person edits it: the group of an axis of one policy rule is written the other way round, and the file is read again. */
function turn(plan: Plan, rule: number, axis: Axis): Plan {
  const { id, groups } = plan.policyRules[rule]!;
  const text = printPlan(plan).replace(/sha256:0$/m, `sha256:${"0".repeat(64)}`);
  const start = text.indexOf(`\n  ${id}:\n`, text.indexOf("\npolicyRules:"));
  const line = text.indexOf(`    ${axis}: `, start);
  const end = text.indexOf("\n", line);
  const before = text.slice(line, end);
  const now = before.includes(": not ") ? before.replace(": not ", ": ") : before.replace(": ", ": not ");
  expect(before).toContain(groups[axis]!);
  const { plan: read, diagnostics } = parsePlan(
    makeSourceFile("p.yaml", text.slice(0, line) + now + text.slice(end)),
  );
  expect(diagnostics).toEqual([]);
  return { ...read!, inputs: plan.inputs };
}

const planFrom = (clustering: ReturnType<typeof everyTree>): Plan =>
  makePlan([{ path: "old", digest: "sha256:0", clustering }], NO_OPTIONS).plan;

/** Whether the group was turned: else the rule can't be. Both proofs of `apply` have to succeed. */
async function expectExactly(old: Ruleset, plan: Plan, seed: number): Promise<boolean> {
  const { rewritten, diagnostics } = rewriteRuleset(old, plan, 0);
  const hint = `${old.file.text}\n${printPlan(plan)}`;
  if (rewritten === null) {
    expect(
      diagnostics.map(({ code }) => code),
      hint,
    ).toEqual(["POLICY_RULE_CANT_TURN"]);
    return false;
  }
  const { text } = rewriteOf(old, plan);
  const now = readRuleset(text, old.family, "new.rules");
  const change = rewritten.policyChange!;
  const before = await verify(old, change.before, { packets: 500, seed });
  expect(before.result, `${hint}\n${change.before.file.text}`).toBe("equal");
  const options = { packets: 1000, seed, ownBits: rewritten.ownBits, demandAnyMark: true };
  const after = await verify(change.after, now, options);
  expect(
    after.result,
    `${hint}\n${change.after.file.text}\n---\n${text}\n${JSON.stringify(after.witness)}`,
  ).toBe("equal");
  return true;
}

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test.each([
    ["flat rules", randomFilter(family), everyProduct],
    ["chains of exceptions", randomExclusions(family), (ruleset: Ruleset) => everyTree(ruleset, 0)],
  ] as const)(
    "any group of %s turned round: the new file is what the shown rules say",
    async (_, filters, find) => {
      let turned = 0;
      const property = fc.asyncProperty(filters, fc.nat(), fc.nat(), async (text, which, seed) => {
        const old = readRuleset(text, family);
        const plan = planFrom(find(old));
        const places = plan.policyRules.flatMap(({ groups }, rule) =>
          AXES.filter((axis) => groups[axis] !== undefined).map((axis) => ({ rule, axis })),
        );
        if (places.length === 0) return;
        const { rule, axis } = places[which % places.length]!;
        if (await expectExactly(old, turn(plan, rule, axis), seed)) turned++;
      });
      await fc.assert(property, { numRuns: RUNS });
      expect(turned).toBeGreaterThan(RUNS / 6);
    },
    600_000,
  );
});

const SOURCES = Array.from({ length: 12 }, (_, at) => `-s 10.0.0.${at + 1}/32`);
const FLAT = product(
  "-A FORWARD",
  SOURCES,
  ["-d 10.9.0.1/32", "-d 10.9.0.2/32"],
  "-p tcp -m tcp",
  ["--dport 22", "--dport 80"],
  "-j DROP",
);

describe("what is said of it", () => {
  const old = readRuleset(filterTable(FLAT), "v4");
  const plan = planOf(old);
  const turned = turn(plan, 0, "source");
  const { rewritten, text } = rewriteOf(old, turned);

  test("the plan knows what the rules say, and what is wanted", () => {
    const [rule] = turned.policyRules;
    expect(rule).toMatchObject({
      negated: ["source"],
      turned: ["source"],
      summary: plan.policyRules[0]!.summary,
    });
    expect(findPolicyChanges(turned).rules.map((each) => each.turned)).toEqual([
      [`not ${rule!.groups.source}`],
    ]);
    expect(findPolicyChanges(plan).rules).toEqual([]);
    expect(turn(turned, 0, "source")).toEqual(plan);
  });

  test("the change as rules: a chain of exceptions, and what is behind them", () => {
    const { added, removed } = rewritten.policyChange!;
    const { name } = turned.policyRules[0]!;
    expect(removed).toEqual(FLAT);
    expect(added[0]).toBe(`-A FORWARD -j ${name}`);
    expect(added.slice(1, 13)).toEqual(SOURCES.map((source) => `-A ${name} ${source} -j RETURN`));
    expect(added.slice(13)).toEqual(
      product(
        `-A ${name}`,
        ["-d 10.9.0.1/32", "-d 10.9.0.2/32"],
        "-p tcp -m tcp",
        ["--dport 22", "--dport 80"],
        "-j DROP",
      ),
    );
  });

  test("the new ruleset says it by itself, and a plan made for it keeps nothing to turn", () => {
    const fresh = planOf(readRuleset(text, "v4"));
    expect(fresh.policyRules[0]).toMatchObject({
      negated: ["source"],
      groups: turned.policyRules[0]!.groups,
    });
    const inputs = fresh.inputs.map((input) => ({ ...input, digest: "sha256:1" }));
    const { plan: carried, lost, kept } = carryEdits(turned, { ...fresh, inputs });
    expect({ policyRules: carried.policyRules, lost }).toEqual({ policyRules: fresh.policyRules, lost: [] });
    expect(kept).toEqual([
      `${fresh.policyRules[0]!.id} has rules for not ${fresh.policyRules[0]!.groups.source} now, which was turned round`,
    ]);
  });

  test("a plan made again for the old ruleset keeps it", () => {
    expect(carryEdits(turned, plan)).toMatchObject({
      plan: { policyRules: turned.policyRules },
      lost: [],
      kept: [],
    });
  });

  test("turned back where the ruleset has it: members alone", async () => {
    const now = readRuleset(text, "v4");
    const back = turn(planOf(now), 0, "source");
    expect(back.policyRules[0]).toMatchObject({ turned: ["source"] });
    expect(await expectExactly(now, back, 1)).toBe(true);
    const again = readRuleset(rewriteOf(now, back).text, "v4", "back.rules");
    expect(
      (await verify(old, again, { packets: 1000, ownBits: rewritten.ownBits, demandAnyMark: true })).result,
    ).toBe("equal");
  });

  test.each<[string, string[], Axis, RegExp]>([
    ["services", FLAT, "service", /ports can't be read/],
    ["RETURN", FLAT.map((rule) => rule.replace("DROP", "RETURN")), "source", /RETURN/],
  ])("not turned: %s", (_, rules, axis, why) => {
    const ruleset = readRuleset(filterTable(rules), "v4");
    const { rewritten: none, diagnostics } = rewriteRuleset(ruleset, turn(planOf(ruleset), 0, axis), 0);
    expect(none).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(["POLICY_RULE_CANT_TURN"]);
    expect(diagnostics[0]!.args.why).toMatch(why);
  });

  test("a member more in a negated group: one packet more comes back", () => {
    const now = readRuleset(text, "v4");
    const fresh = planOf(now);
    const groups = fresh.groups.map((group) =>
      group.axis === "source" ? { ...group, added: ["10.0.0.99/32"] } : group,
    );
    const { added } = rewriteOf(now, { ...fresh, groups }).rewritten.policyChange!;
    expect(added).toEqual([`-A ${fresh.groups[0]!.name} -s 10.0.0.99/32 -j MARK --set-xmark 0x1/0x1`]);
    expect(findPolicyChanges({ ...fresh, groups }).groups[0]!.negatedBy).toEqual([
      fresh.policyRules[0]!.name,
    ]);
  });
});
