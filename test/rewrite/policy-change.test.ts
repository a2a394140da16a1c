/**
 * Plans that add members to groups and remove some: the new ruleset is the old one with a copy of a member's rules for each added one, and without those of removed ones;
 * by the checker, over random rulesets and trees.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Axis, Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { readMemberOf } from "../../src/plan/member-spelling.ts";
import type { Plan, PlanGroup } from "../../src/plan/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import { verify } from "../../src/verify/verify.ts";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import { everyProduct } from "../support/every-product.ts";
import { randomFilter } from "../support/random-rules.ts";
import { everyTree, randomTrees } from "../support/random-trees.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const RUNS = 60 * EFFORT;

/** Members that may be added: near those of random rules, and far from them. */
const POOL: Readonly<Record<Family, Readonly<Record<Axis, readonly string[]>>>> = {
  v4: {
    source: ["10.0.0.9", "10.0.0.0/30", "192.0.2.0/24", "10.0.0.1-10.0.0.3"],
    destination: ["10.9.0.9", "10.9.0.0/30", "192.0.2.0/24"],
    service: [
      "tcp/443",
      "udp/53",
      "tcp dports 25,587",
      "udp sport 53 dport 1024:65535",
      "icmp type 3",
      "gre",
    ],
    in: ["eth7", "ppp+"],
    out: ["eth8", "ppp+"],
  },
  v6: {
    source: ["2001:db8::9", "2001:db8::/32", "::1"],
    destination: ["2001:db8:9::9", "fe80::/10"],
    service: ["tcp/443", "udp/53", "tcp dports 25,587", "ipv6-icmp type 128", "gre"],
    in: ["eth7", "ppp+"],
    out: ["eth8", "ppp+"],
  },
};

/** The plan with changes that the numbers choose: each group gets up to two members, and loses one where it keeps another. */
function change(plan: Plan, family: Family, choices: readonly number[]): Plan {
  const groups = plan.groups.map((group, at): PlanGroup => {
    const choice = choices[at % choices.length]!;
    const pool = POOL[family][group.axis];
    const wanted = [
      pool[choice % pool.length]!,
      ...(choice % 3 === 0 ? [pool[(choice >> 3) % pool.length]!] : []),
    ];
    const keys = wanted.flatMap((text) => readMemberOf(plan, group, text).token?.key ?? []);
    const added = [...new Set(keys)].filter((key) => !group.members.includes(key));
    const removed =
      choice % 2 === 0 && group.members.length > 1 ? [group.members[choice % group.members.length]!] : [];
    return { ...group, members: group.members.filter((member) => !removed.includes(member)), added, removed };
  });
  return { ...plan, groups };
}

/** Whether both promises hold; null where iptables would refuse a rule of an added member. */
async function expectExact(text: string, family: Family, plan: Plan, seed: number): Promise<boolean | null> {
  const old = readRuleset(text, family);
  const { rewritten, diagnostics } = rewriteRuleset(old, plan, 0);
  if (rewritten === null) {
    expect(diagnostics.map(({ code }) => code)).toContain("POLICY_CHANGE_CANT_BE");
    return null;
  }
  const { policyChange } = rewritten;
  if (policyChange === null) return null;
  // One form is the other one with these rules and without those, word for word.
  const linesOf = ({ file }: typeof old) => file.text.split("\n");
  const stated = [...linesOf(policyChange.before), ...policyChange.added].sort();
  expect([...linesOf(policyChange.after), ...policyChange.removed].sort()).toEqual(stated);
  const emitted = emitRestoreFile(rewritten, []);
  const options = { packets: 1000, seed };
  const same = await verify(old, policyChange.before, options);
  expect(same.result, text).toBe("equal");
  const exact = await verify(policyChange.after, readRuleset(emitted, family, "new.rules"), {
    ...options,
    demandAnyMark: true,
  });
  const witness = JSON.stringify(exact.witness, null, 1);
  expect(exact.result, `${text}\n---\n${policyChange.after.file.text}\n---\n${emitted}\n${witness}`).toBe(
    "equal",
  );
  return policyChange.added.length + policyChange.removed.length > 0;
}

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  const inputs = [fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), fc.nat()] as const;

  test("products with members added and removed", async () => {
    let changed = 0;
    const property = fc.asyncProperty(randomFilter(family), ...inputs, async (text, choices, seed) => {
      const source = { path: "old", digest: "sha256:0", clustering: everyProduct(readRuleset(text, family)) };
      const { plan } = makePlan([source], NO_OPTIONS);
      if (await expectExact(text, family, change(plan, family, choices), seed)) changed++;
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(changed).toBeGreaterThan(RUNS / 4);
  }, 600_000);

  test("trees with members added and removed", async () => {
    let changed = 0;
    const property = fc.asyncProperty(randomTrees(family), ...inputs, async (text, choices, seed) => {
      const source = {
        path: "old",
        digest: "sha256:0",
        clustering: everyTree(readRuleset(text, family), seed),
      };
      const { plan } = makePlan([source], NO_OPTIONS);
      if (await expectExact(text, family, change(plan, family, choices), seed)) changed++;
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(changed).toBeGreaterThan(RUNS / 4);
  }, 600_000);
});

describe("a product of sources and services", () => {
  const sources = [1, 2, 3, 4, 5, 6].map((host) => `-s 10.0.1.${host}/32`);
  const ports = [22, 80, 443, 8080].map((port) => `-p tcp -m tcp --dport ${port}`);
  const text = filterTable([...product("-A INPUT", sources, ports, "-j ACCEPT")], { INPUT: "DROP" });
  const old = readRuleset(text, "v4");
  const plan = planOf(old);
  const withAdded = (axis: Axis, added: readonly string[]): Plan => ({
    ...plan,
    groups: plan.groups.map((group) => (group.axis === axis ? { ...group, added } : group)),
  });

  test("the added rules are the cells of the added member, in the words of a save", () => {
    const { rewritten } = rewriteOf(old, withAdded("source", ["10.0.9.0/24"]));
    expect(rewritten.policyChange?.added).toEqual(
      [22, 80, 443, 8080].map((port) => `-A INPUT -s 10.0.9.0/24 -p tcp -m tcp --dport ${port} -j ACCEPT`),
    );
    expect(rewritten.policyChange?.removed).toEqual([]);
  });

  test("a member that got into another group is found", async () => {
    const { rewritten } = rewriteOf(old, withAdded("source", ["10.0.9.1/32"]));
    const wrong = rewriteOf(old, withAdded("service", ["tcp dport 25"]));
    const now = readRuleset(wrong.text, "v4", "new.rules");
    expect((await verify(rewritten.policyChange!.after, now, { packets: 0 })).result).toBe("different");
  });

  test("combinations that are missing stay missing, and an added member has all of them", async () => {
    const lines = text.split("\n");
    const at = lines.findIndex(
      (line) => line.startsWith("-A INPUT -s 10.0.1.1/32 ") && line.includes("--dport 22 "),
    );
    const lacking = lines.map((line, index) => (index === at ? "# forgotten" : line)).join("\n");
    const policyRules = plan.policyRules.map((rule) => ({
      ...rule,
      lines: rule.lines.filter((line) => line !== at + 1),
      missing: ["10.0.1.1/32 | tcp dport 22"],
    }));
    expect(policyRules.map((rule) => rule.lines.length)).toEqual([23]);
    const groups = plan.groups.map((group) =>
      group.axis === "source" ? { ...group, added: ["10.0.9.0/24"] } : { ...group, added: ["tcp dport 25"] },
    );
    const tolerant = { ...plan, policyRules, groups };
    expect(await expectExact(lacking, "v4", tolerant, 1)).toBe(true);
  });
});
