/** Combinations that were forgotten, and that a plan adds to the policy: exactly they change, and what can't be said so is refused with its reason. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import type { Family } from "../../src/model/types.ts";
import type { Plan, PlanGroup } from "../../src/plan/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import { verify } from "../../src/verify/verify.ts";
import { HOLED_DESTINATIONS, HOLED_SERVICES, HOLED_SOURCES, holed } from "../support/holed.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const GRID = product("-A FORWARD", HOLED_SOURCES, HOLED_DESTINATIONS, HOLED_SERVICES, "-j ACCEPT");
const HOLE = "10.0.0.3/32 | 10.1.0.3/32 | tcp dport 80";
const RULE = "-A FORWARD -s 10.0.0.3/32 -d 10.1.0.3/32 -p tcp -m tcp --dport 80 -j ACCEPT";
const old = readRuleset(
  filterTable(
    GRID.filter((line) => line !== RULE),
    { FORWARD: "DROP" },
  ),
);
const plan = planOf(old, { ...NO_OPTIONS, tolerance: 0.2 });

/** Moves combinations from `missing` to `added`. */
function accept(whole: Plan, wanted: (text: string, at: number) => boolean): Plan {
  const policyRules = whole.policyRules.map((rule) => {
    const missing = rule.missing ?? [];
    return {
      ...rule,
      missing: missing.filter((text, at) => !wanted(text, at)),
      added: missing.filter(wanted),
    };
  });
  return { ...whole, policyRules };
}

const withGroup = (whole: Plan, axis: string, change: Partial<PlanGroup>): Plan => ({
  ...whole,
  groups: whole.groups.map((group) => (group.axis === axis ? { ...group, ...change } : group)),
});

describe("a combination that is added", () => {
  const accepted = accept(plan, () => true);
  const { rewritten, text } = rewriteOf(old, accepted);

  test("is one rule more, and needs no line of its own", () => {
    expect(plan.policyRules.map(({ missing }) => missing)).toEqual([[HOLE]]);
    expect(rewritten.policyChange?.added).toEqual([RULE]);
    expect(rewritten.policyChange?.removed).toEqual([]);
    expect(text).not.toContain("-s 10.0.0.3/32 -d 10.1.0.3/32");
  });

  test("makes the new file what the whole grid is", async () => {
    const whole = readRuleset(filterTable(GRID, { FORWARD: "DROP" }));
    expect((await verify(whole, readRuleset(text), { packets: 0 })).result).toBe("equal");
    expect((await verify(old, readRuleset(text), { packets: 0 })).result).toBe("different");
  });

  test("comes back from the new file as a policy rule without holes", () => {
    const again = planOf(readRuleset(text));
    expect(again.policyRules.map(({ missing, added }) => [missing, added])).toEqual([[undefined, undefined]]);
    expect(rewriteOf(readRuleset(text), again).rewritten.changed).toBe(false);
  });

  test("goes with a member that is removed", () => {
    const [source] = accepted.groups.filter(({ axis }) => axis === "source");
    const members = source!.members.filter((member) => member !== "10.0.0.3/32");
    const { policyChange } = rewriteOf(
      old,
      withGroup(accepted, "source", { members, removed: ["10.0.0.3/32"] }),
    ).rewritten;
    expect(policyChange?.added).toEqual([]);
    expect(policyChange?.removed).toHaveLength(11);
  });
});

describe("a member that is added beside a combination that stays missing", () => {
  test.each([
    ["source", "10.0.9.0/24", "has nothing in common with it"],
    ["source", "10.0.0.0/24", "lets its packets in where it contains it"],
    ["service", "tcp dport 1:1024", "lets its packets in where it contains it"],
    ["service", "tcp sport 1:1024 dport 80", "lets some of its packets in"],
  ])("%s %s %s", async (axis, member) => {
    const { rewritten, text } = rewriteOf(old, withGroup(plan, axis, { added: [member] }));
    const options = { packets: 0, demandAnyMark: true };
    expect((await verify(rewritten.policyChange!.after, readRuleset(text), options)).result).toBe("equal");
  });

  test("lacks what all others lack", async () => {
    // No source has 10.1.0.3 with port 80: the new one must not have it either.
    const whole = filterTable(GRID, { FORWARD: "DROP" }).split("\n");
    const isHole = (line: string | undefined) => /-d 10\.1\.0\.3\/32 .*--dport 80 /.test(line ?? "");
    const holes = readRuleset(whole.map((line) => (isHole(line) ? "# none" : line)).join("\n"));
    const full = planOf(readRuleset(whole.join("\n")));
    const policyRules = full.policyRules.map((rule) => ({
      ...rule,
      lines: rule.lines.filter((line) => !isHole(whole[line - 1])),
      missing: [1, 2, 3, 4, 5].map((host) => `10.0.0.${host}/32 | 10.1.0.3/32 | tcp dport 80`),
    }));
    const tolerant = { ...full, policyRules };
    const { rewritten, text } = rewriteOf(holes, withGroup(tolerant, "source", { added: ["10.0.9.0/24"] }));
    expect(rewritten.policyChange?.added).toHaveLength(11);
    const after = rewritten.policyChange!.after;
    expect((await verify(after, readRuleset(text), { packets: 0 })).result).toBe("equal");
  });
});

test.each<Family>(["v4", "v6"])(
  "%s: random rulesets with some of their holes added",
  { timeout: 300_000 * EFFORT },
  async (family) => {
    let added = 0;
    await fc.assert(
      fc.asyncProperty(holed(family), fc.nat({ max: 3 }), async (text, which) => {
        const before = readRuleset(text, family);
        const tolerant = planOf(before, { ...NO_OPTIONS, tolerance: 0.4 });
        const edited = accept(tolerant, (_, at) => at % 4 <= which);
        const { rewritten } = rewriteRuleset(before, edited, 0);
        const change = rewritten?.policyChange;
        if (rewritten === null || change === null || change === undefined) return;
        added += change.added.length;
        const now = readRuleset(emitRestoreFile(rewritten, []), family);
        expect((await verify(before, change.before, { packets: 0 })).result, text).toBe("equal");
        const { result, witness } = await verify(change.after, now, { packets: 0, demandAnyMark: true });
        expect(result, `${text}\n---\n${now.file.text}\n${JSON.stringify(witness)}`).toBe("equal");
      }),
      { numRuns: 80 * EFFORT },
    );
    expect(added).toBeGreaterThan(8);
  },
);
