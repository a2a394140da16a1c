/**
 * Names stay when the ruleset changes a little: one rule goes, comes, or moves. Without the old plan nearly all groups that are found with the same members keep theirs, with
 * it all of them do.
 */
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { setKey } from "../../src/cluster/cost.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { NameBase } from "../../src/plan/naming/sources.ts";
import type { Plan } from "../../src/plan/types.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT } from "../support/seed.ts";
import { NO_OPTIONS, readRuleset } from "../support/small-tables.ts";

function planOf(lines: readonly string[], base: NameBase = {}): Plan {
  const clustering = findGroups(readRuleset(lines.join("\n"), "v4", "t.rules"), NO_OPTIONS);
  return makePlan([{ path: "t.rules", digest: "sha256:0", clustering }], NO_OPTIONS, base).plan;
}

/** How many groups of both plans have the same members, and which of these have other names. */
function compareNames(
  before: Plan,
  after: Plan,
): { readonly same: number; readonly renamed: readonly string[] } {
  const names = new Map(before.groups.map((group) => [setKey(group), group.name]));
  const found = after.groups.filter((group) => names.has(setKey(group)));
  const renamed = found.filter((group) => names.get(setKey(group)) !== group.name);
  return {
    same: found.length,
    renamed: renamed.map((group) => `${names.get(setKey(group))} -> ${group.name}`),
  };
}

interface Change {
  readonly kind: "remove" | "add" | "move";
  readonly from: number;
  readonly to: number;
}

const anyChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("remove", "add", "move"),
  from: fc.nat({ max: 1_000_000 }),
  to: fc.nat({ max: 1_000_000 }),
});

function chainOf(line: string): string | undefined {
  return /^(?:\[\d+:\d+\] )?-A (\S+) /.exec(line)?.[1];
}

/** The file with one rule of it removed, said again for another host, or moved to another place of its chain. */
function change(lines: readonly string[], { kind, from, to }: Change): readonly string[] {
  const rules = lines.flatMap((line, at) =>
    chainOf(line) !== undefined && line.includes("-j ACCEPT") ? [at] : [],
  );
  const at = rules[from % rules.length]!;
  const line = lines[at]!;
  const others = rules.filter((each) => chainOf(lines[each]!) === chainOf(line));
  const target = others[to % others.length]!;
  const rest = lines.filter((_, each) => kind === "add" || each !== at);
  const added = line.replace(/(-[sd] \d+\.\d+\.\d+\.)\d+/, `$1${1 + (to % 250)}`);
  return kind === "remove"
    ? rest
    : [...rest.slice(0, target), kind === "add" ? added : line, ...rest.slice(target)];
}

const FILES = ["corpus/example.rules", "corpus/generated/dmz-1k.rules", "corpus/generated/campus-3k.rules"];

describe.each(FILES)("%s", (path) => {
  const lines = readFileSync(path, "utf8").split("\n");
  const before = planOf(lines);
  const runs = { numRuns: Math.ceil((path.includes("3k") ? 6 : 20) * EFFORT) };

  test("without the old plan", () => {
    let same = 0;
    const renamed: string[] = [];
    fc.assert(
      fc.property(anyChange, (step) => {
        const found = compareNames(before, planOf(change(lines, step)));
        same += found.same;
        renamed.push(...found.renamed);
      }),
      runs,
    );
    expect(same).toBeGreaterThan(0);
    expect(renamed.length, renamed.join("\n")).toBeLessThanOrEqual(0.05 * same);
  });

  test("with the old plan", () => {
    fc.assert(
      fc.property(anyChange, (step) => {
        const after = planOf(change(lines, step), { previous: before });
        expect(compareNames(before, after).renamed).toEqual([]);
        const names = [...after.groups, ...after.policyRules].map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
      }),
      runs,
    );
  });
});

describe("random tables", () => {
  const runs = { numRuns: Math.ceil(150 * EFFORT) };

  test("whose rules overlap everywhere keep names, too", () => {
    let same = 0;
    const renamed: string[] = [];
    const property = fc.property(randomFilter("v4"), anyChange, (text, step) => {
      const lines = text.split("\n");
      fc.pre(lines.some((line) => chainOf(line) !== undefined && line.includes("-j ACCEPT")));
      const [before, now] = [planOf(lines), change(lines, step)];
      const found = compareNames(before, planOf(now));
      same += found.same;
      renamed.push(...found.renamed);
      expect(compareNames(before, planOf(now, { previous: before })).renamed).toEqual([]);
    });
    fc.assert(property, runs);
    expect(same).toBeGreaterThan(0);
    expect(renamed.length, renamed.join("\n")).toBeLessThanOrEqual(0.05 * same);
  });
});
