/** Groups that are put together from others: in the plan, in the chains, and back. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INCLUDE_COST } from "../../src/cluster/cost.ts";
import { parsePlan } from "../../src/plan/file-parse.ts";
import { printPlan } from "../../src/plan/file-print.ts";
import { settleIncludes } from "../../src/plan/includes.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Plan } from "../../src/plan/types.ts";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import type { Family } from "../../src/model/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { DIGEST } from "../plan/plans.ts";
import { everyProduct } from "../support/every-product.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const hosts = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => `-s 10.0.${first + at}.0/24`);
const PORTS = [80, 443, 8080].map((port) => `-p tcp -m tcp --dport ${port}`);
const TARGETS = [1, 2, 3].map((host) => `-d 10.9.0.${host}/32`);

/** Five sources may go one way, they and three more another way. */
const TEXT = filterTable(
  [
    ...product("-A FORWARD", hosts(1, 5), TARGETS, "-j ACCEPT"),
    ...product("-A INPUT", hosts(1, 8), PORTS, "-j ACCEPT"),
  ],
  { FORWARD: "DROP", INPUT: "DROP" },
);

const old = readRuleset(TEXT);
const made = planOf(old);
const plan: Plan = { ...made, inputs: [{ ...made.inputs[0]!, digest: DIGEST }] };
const sources = (of: Plan) => of.groups.filter(({ axis }) => axis === "source");
const [inner, outer] = [5, 8].map((size) => sources(plan).find(({ members }) => members.length === size)!);

const reread = (text: string) => parsePlan(makeSourceFile("p.yaml", text));

describe("a group that holds another one", () => {
  test("is that and its own members, in the plan file", () => {
    expect(outer!.includes).toEqual([inner!.id]);
    expect(printPlan(plan)).toContain(
      `includes: [${inner!.id}]\n    members:\n      - 10.0.6.0/24\n      - 10.0.7.0/24\n      - 10.0.8.0/24\n`,
    );
    expect(reread(printPlan(plan)).plan).toEqual(plan);
  });

  test("asks its chain, and is proved", async () => {
    const { text } = rewriteOf(old, plan);
    expect(text.match(new RegExp(`^-A ${outer!.name} .*$`, "gm"))).toEqual([
      `-A ${outer!.name} -j ${inner!.name}`,
      ...[6, 7, 8].map((net) => `-A ${outer!.name} -s 10.0.${net}.0/24 -j MARK --set-xmark 0x1/0x1`),
    ]);
    const { result } = await verify(old, readRuleset(text), { packets: 2000, demandAnyMark: true });
    expect(result).toBe("equal");
  });

  test("is recognised in what was written where another table has it without its part", () => {
    const other = filterTable(product("-A FORWARD", hosts(1, 8), PORTS, "-j DROP")).replace(
      "*filter",
      "*mangle",
    );
    const options = { ...NO_OPTIONS, rewriteTables: ["filter", "mangle"] };
    const both = readRuleset(TEXT + other);
    const { text } = rewriteOf(both, planOf(both, options));
    const [inFilter, inMangle] = text.split("*mangle");
    expect([inFilter, inMangle].map((part) => part!.includes(` -j ${inner!.name}\n`))).toEqual([true, false]);
    const now = readRuleset(text);
    expect(rewriteOf(now, planOf(now, options)).rewritten.changed).toBe(false);
  });

  test("is recognised in what was written, which stays as it is", () => {
    const now = readRuleset(rewriteOf(old, plan).text);
    const again = planOf(now);
    const shapes = (of: Plan) =>
      sources(of).map(({ name, members, includes }) => ({ name, members, includes }));
    expect(shapes(again)).toEqual(expect.arrayContaining([...shapes(plan)]));
    expect(rewriteOf(now, again).rewritten.changed).toBe(false);
  });

  test("has all its members where the other one's policy rules are refused", async () => {
    const policyRules = plan.policyRules.map((rule) => ({
      ...rule,
      accept: rule.groups.source !== inner!.id,
    }));
    const { text } = rewriteOf(old, { ...plan, policyRules });
    expect(text.match(new RegExp(`^-A ${outer!.name} -s `, "gm"))).toHaveLength(8);
    expect((await verify(old, readRuleset(text), { packets: 0 })).result).toBe("equal");
  });

  test("has a chain without jumps where nothing of its own would be left", async () => {
    const groups = plan.groups.map((group) =>
      group.id === outer!.id ? { ...group, members: inner!.members } : group,
    );
    const { text } = rewriteOf(old, { ...plan, groups });
    expect(text).not.toContain(`-A ${outer!.name} -j `);
    expect((await verify(old, readRuleset(text), { packets: 0 })).result).toBe("equal");
  });

  test("is written out where that reads as well", () => {
    const size = INCLUDE_COST;
    const small = filterTable(
      [
        ...product("-A FORWARD", hosts(1, size), TARGETS, PORTS, "-j ACCEPT"),
        ...product("-A INPUT", hosts(1, size + 3), PORTS, "-j ACCEPT"),
      ],
      { FORWARD: "DROP", INPUT: "DROP" },
    );
    const groups = sources(planOf(readRuleset(small)));
    expect(groups.map(({ members }) => members.length).sort()).toEqual([size, size + 3]);
    expect(groups.every(({ includes }) => includes === undefined)).toBe(true);
  });
});

test("three groups, each in the next, nest as deep as nft allows", async () => {
  for (const [depth, jumps] of [
    [0, 2],
    [11, 2],
    [12, 1],
    [13, 1],
  ] as const) {
    const calls = Array.from({ length: depth }, (_, at) =>
      at === 0 ? "-A INPUT -j C1" : `-A C${at} -j C${at + 1}`,
    );
    const owner = depth === 0 ? "INPUT" : `C${depth}`;
    const text = filterTable(
      [
        ...calls,
        ...product("-A FORWARD", hosts(1, 5), TARGETS, "-j ACCEPT"),
        ...product("-A OUTPUT", hosts(1, 9), PORTS, "-j ACCEPT"),
        ...product(`-A ${owner}`, hosts(1, 13), PORTS, "-j ACCEPT"),
      ],
      { FORWARD: "DROP", INPUT: "DROP", OUTPUT: "DROP" },
    );
    const ruleset = readRuleset(text);
    const nested = planOf(ruleset);
    expect(sources(nested).filter(({ includes }) => includes !== undefined)).toHaveLength(2);
    const { text: now } = rewriteOf(ruleset, nested);
    expect(now.match(/^-A S-\S+ -j S-/gm), String(depth)).toHaveLength(jumps);
    expect((await verify(ruleset, readRuleset(now), { packets: 0 })).result).toBe("equal");
  }
});

/** Each group includes all that are parts of it. */
function nestAll(whole: Plan): Plan {
  const groups = whole.groups.map((group) => ({
    ...group,
    includes: whole.groups.filter((other) => other !== group).map(({ id }) => id),
  }));
  return { ...whole, groups: settleIncludes(groups) };
}

test.each<Family>(["v4", "v6"])(
  "%s: random plans in which every group includes its parts are proved, and come back",
  async (family) => {
    let [nested, found] = [0, 0];
    const property = fc.asyncProperty(randomFilter(family), async (text) => {
      const ruleset = readRuleset(text, family);
      const source = { path: "old", digest: DIGEST, clustering: everyProduct(ruleset) };
      const all = nestAll(makePlan([source], NO_OPTIONS).plan);
      expect(reread(printPlan(all)).plan).toEqual(all);
      const { rewritten } = rewriteRuleset(ruleset, all, 0);
      if (rewritten === null) return;
      const emitted = emitRestoreFile(rewritten, []);
      const now = readRuleset(emitted, family);
      nested += emitted.match(/^-A [SDIO]\S*-\S+ -j [SDIO]\S*-/gm)?.length ?? 0;
      const { result, witness } = await verify(ruleset, now, { packets: 0, demandAnyMark: true });
      expect(result, `${text}\n---\n${emitted}\n${JSON.stringify(witness)}`).toBe("equal");
      // Flat rules may join the groups by then.
      const again = planOf(now);
      found += again.groups.filter(({ includes }) => includes !== undefined).length;
      const third = readRuleset(rewriteOf(now, again).text, family);
      expect((await verify(now, third, { packets: 0 })).result, emitted).toBe("equal");
    });
    await fc.assert(property, { numRuns: 150 * EFFORT });
    console.log(family, nested, "jumps from a group to another");
    expect(nested).toBeGreaterThan(5);
    expect(found).toBeGreaterThan(5);
  },
  600_000,
);

describe("in a plan file", () => {
  const text = printPlan(plan);
  const problems = (edited: string) =>
    reread(edited).diagnostics.map(({ code, span }) => [
      code,
      span === null ? "-" : span.file.text.slice(span.start, span.end),
    ]);
  const withInner = (list: string) =>
    text.replace(`  ${inner!.id}:\n`, `  ${inner!.id}:\n    includes: ${list}\n`);

  test.each([
    ["a ring", () => withInner(`[${outer!.id}]`), "PLAN_INCLUDE_RING"],
    ["itself", () => withInner(`[${inner!.id}]`), "PLAN_INCLUDE_RING"],
    ["no such group", () => withInner("[S-NONE]"), "PLAN_UNKNOWN_GROUP"],
    [
      "another axis",
      () => withInner(`[${plan.groups.find(({ axis }) => axis === "service")!.id}]`),
      "PLAN_WRONG_AXIS",
    ],
    [
      "twice",
      () => text.replace(`includes: [${inner!.id}]`, `includes: [${inner!.id}, ${inner!.id}]`),
      "PLAN_MEMBER_TWICE",
    ],
    [
      "a part's member that is removed",
      () => text.replace("- 10.0.8.0/24\n", "- 10.0.8.0/24\n    removed:\n      - 10.0.1.0/24\n"),
      "PLAN_PART_HAS_MEMBER",
    ],
  ])("%s is refused at its place", (_, edit, code) => {
    const found = problems(edit());
    expect(found.map(([each]) => each)).toEqual([code]);
    expect(found[0]![1]).not.toBe("-");
  });

  test("a part may be called by the name that a person gave it", () => {
    const renamed = text
      .replace(`name: ${inner!.id}\n`, "name: S-Inner\n")
      .replace(`includes: [${inner!.id}]`, "includes: [S-Inner]");
    const { plan: read } = reread(renamed);
    expect(sources(read!).find(({ includes }) => includes !== undefined)).toMatchObject({
      includes: [inner!.id],
      members: outer!.members,
    });
    expect(rewriteOf(old, read!).text).toContain(`-A ${outer!.name} -j S-Inner\n`);
  });
});
