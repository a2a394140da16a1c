/** The layout that asks a source group once for neighbours: its lines, that they mean the same, and that they are known again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findMarkRules } from "../../src/cluster/marks/find.ts";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import type { Family } from "../../src/model/types.ts";
import type { Plan, PlanOptions } from "../../src/plan/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import { verify } from "../../src/verify/verify.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { randomPolicies } from "../support/random-networks.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset } from "../support/small-tables.ts";

const hosts = (option: string, net: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${option} 10.${net}.${at + 1}/32`);

const SOURCES = hosts("-s", "1.0", 4);
const WEB = ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"];
const RULES = [
  ...product("-A FORWARD", SOURCES, hosts("-d", "2.0", 4), WEB, "-j ACCEPT"),
  ...product(
    "-A FORWARD",
    SOURCES,
    hosts("-d", "2.1", 4),
    "-p udp -m udp --dport 53 -m conntrack --ctstate NEW -j ACCEPT",
  ),
  ...product(
    "-A FORWARD -i eth0",
    SOURCES,
    hosts("-d", "2.2", 4),
    "-j REJECT --reject-with icmp-port-unreachable",
  ),
  ...product("-A FORWARD", hosts("-s", "1.9", 4), hosts("-d", "2.0", 4), "-j DROP"),
];
const FLAT = filterTable(RULES);

function write(
  text: string,
  change: (plan: Plan) => Plan = (plan) => ({ ...plan, layout: "shared" }),
  family: Family = "v4",
  options: PlanOptions = NO_OPTIONS,
) {
  const old = readRuleset(text, family);
  const plan = change(planOf(old, options));
  const { rewritten, diagnostics } = rewriteRuleset(old, plan, 0);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return { old, plan, rewritten: rewritten!, text: emitRestoreFile(rewritten!, []) };
}

async function expectEqual(old: string, now: string, family: Family = "v4", ownBits?: number): Promise<void> {
  const [one, other] = [readRuleset(old, family), readRuleset(now, family, "new.rules")];
  const result = await verify(one, other, {
    ...{ packets: 1000, seed: 1, demandAnyMark: true },
    ...(ownBits === undefined ? {} : { ownBits }),
  });
  expect(result.result, `${old}\n---\n${now}`).toBe("equal");
}

/** Nothing to do for what was written, in any order of asking. */
function expectKnown(text: string, layout: Plan["layout"], family: Family = "v4"): void {
  const again = write(text, (plan) => plan, family);
  expect(findMarkRules(again.old, NO_OPTIONS).odd).toEqual([]);
  expect(again.plan.layout).toBe(layout);
  expect(again.text).toBe(text);
}

const linesOf = (text: string, chain: string) =>
  text.split("\n").filter((line) => line.startsWith(`-A ${chain} `));

describe("lines", () => {
  const { text } = write(FLAT);

  test("the source is asked once, and its bit stays from rule to rule", () => {
    const [call, other] = linesOf(text, "FORWARD");
    expect([call, linesOf(text, "FORWARD").length]).toEqual(["-A FORWARD -j P-S-10-1-0", 2]);
    expect(other).toMatch(/-j R-10-1-9/);
    const owner = linesOf(text, "P-S-10-1-0");
    const names = owner.slice(3, 6).map((line) => line.split(" -j ")[1]!);
    expect(owner).toEqual([
      "-A P-S-10-1-0 -m mark ! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7",
      "-A P-S-10-1-0 -j S-10-1-0",
      "-A P-S-10-1-0 -m mark ! --mark 0x1/0x7 -j RETURN",
      `-A P-S-10-1-0 -j ${names[0]}`,
      `-A P-S-10-1-0 -j ${names[1]}`,
      `-A P-S-10-1-0 -i eth0 -j ${names[2]}`,
      "-A P-S-10-1-0 -j MARK --set-xmark 0x0/0x7",
    ]);
    const rest = (name: string) => linesOf(text, name).map((line) => line.slice(`-A ${name} `.length));
    expect(rest(names[0]!)).toEqual([
      expect.stringMatching(/^-j D-/),
      "-m mark ! --mark 0x3/0x7 -j RETURN",
      expect.stringMatching(/^-j SRV-/),
      "-m mark ! --mark 0x7/0x7 -g M-SOURCE",
      "-j MARK --set-xmark 0x0/0x7",
      "-j ACCEPT",
    ]);
    // Who was not in the state that is asked for goes on, with the source's bit.
    expect(rest(names[1]!).slice(-2)).toEqual([
      expect.stringContaining("--ctstate NEW -j ACCEPT"),
      "-j MARK --set-xmark 0x1/0x7",
    ]);
    expect(linesOf(text, "M-SOURCE")).toEqual(["-A M-SOURCE -j MARK --set-xmark 0x0/0x6"]);
  });

  test("proved equal, and known again", async () => {
    await expectEqual(FLAT, text);
    expectKnown(text, "shared");
  });

  test("a rule between, a single rule, RETURN, logPartial: each for itself", () => {
    const between = [...RULES.slice(0, 32), "-A FORWARD -s 10.1.0.1/32 -j LOG", ...RULES.slice(32, 48)];
    expect(write(filterTable(between)).text).not.toContain("P-S-");
    const logged = write(FLAT, (plan) => ({
      ...plan,
      layout: "shared",
      policyRules: plan.policyRules.map((rule) => ({ ...rule, logPartial: "6/min" })),
    }));
    expect(logged.text).not.toContain("P-S-");
    const returns = filterTable(RULES.map((line) => line.replace("-j ACCEPT", "-j RETURN")));
    expect(write(returns).text).not.toContain("P-S-");
  });
});

test.each(["shared", "hoisted"] as const)(
  "%s: a combination that another one contains is missing without a line that says so",
  async (layout) => {
    const wide = ["-s 10.1.0.0/24", ...SOURCES.slice(0, 3)];
    const text = filterTable([
      ...product("-A FORWARD", wide, hosts("-d", "2.0", 4), WEB, "-j ACCEPT").filter((_, at) => at !== 12),
      ...product("-A FORWARD", wide, hosts("-d", "2.1", 4), "-p udp -m udp --dport 53 -j ACCEPT"),
    ]);
    const options = { ...NO_OPTIONS, tolerance: 0.2 };
    const choose = (plan: Plan): Plan => ({ ...plan, layout });
    const { plan, text: now } = write(text, choose, "v4", options);
    expect(plan.policyRules.map(({ missing = [] }) => missing.length)).toEqual([1, 0]);
    expect(now).toContain(layout === "shared" ? "-A P-S-10-1-0 -j R-" : "-A FORWARD -j P-FORWARD\n");
    await expectEqual(text, now);
    expect(write(now, (again) => again, "v4", options).text).toBe(now);
  },
);

describe("rules of one source that stand apart", () => {
  const apart = (between: string) => [
    ...product("-A FORWARD", SOURCES, hosts("-d", "2.0", 4), WEB, "-j ACCEPT"),
    ...product("-A FORWARD", hosts("-s", between, 4), hosts("-d", "2.5", 4), "-j DROP"),
    "-A FORWARD -s 192.0.2.1/32 -j DROP",
    ...product("-A FORWARD", SOURCES, hosts("-d", "2.1", 4), "-p udp -m udp --dport 53 -j ACCEPT"),
  ];

  test("come together, where they may", async () => {
    const text = filterTable(apart("1.9"));
    const { text: now } = write(text);
    expect(linesOf(now, "P-S-10-1-0").filter((line) => line.includes("-j R-"))).toHaveLength(2);
    expect(linesOf(now, "FORWARD").map((line) => line.split(" ").at(-1))).toEqual([
      "P-S-10-1-0",
      expect.stringMatching(/^R-10-1-9/),
      "DROP",
    ]);
    await expectEqual(text, now);
    expectKnown(now, "shared");
  });

  test("and stay where something between drops their packets", async () => {
    const rules = apart("1.9").map((line) => line.replace("192.0.2.1/32", "10.1.0.0/24"));
    const text = filterTable(rules);
    const { text: now } = write(text);
    expect(now).not.toContain("P-S-");
    await expectEqual(text, now);
  });
});

describe("known again only where it is exactly that", () => {
  const { text } = write(FLAT);
  const names = linesOf(text, "P-S-10-1-0")
    .slice(3, 6)
    .map((line) => line.split(" -j ")[1]!);

  test.each([
    ["the source's bit is lost on a way out", (all: string) => all.replace("-g M-SOURCE", "-g M-CLEAR")],
    [
      "the bit is not given back",
      (all: string) => all.replace(`-A ${names[1]} -j MARK --set-xmark 0x1/0x7\n`, ""),
    ],
    ["another bit is given back", (all: string) => all.replace("--set-xmark 0x1/0x7", "--set-xmark 0x2/0x7")],
    [
      "who is in no group goes on",
      (all: string) => all.replace("-A P-S-10-1-0 -m mark ! --mark 0x1/0x7 -j RETURN\n", ""),
    ],
    [
      "own bits are left behind",
      (all: string) => all.replace("-A P-S-10-1-0 -j MARK --set-xmark 0x0/0x7\n", ""),
    ],
    [
      "the chain that keeps the source clears too little",
      (all: string) => all.replace("--set-xmark 0x0/0x6", "--set-xmark 0x0/0x4"),
    ],
  ])("%s", (_, change) => {
    const broken = change(text);
    expect(broken).not.toBe(text);
    const marks = findMarkRules(readRuleset(broken), NO_OPTIONS);
    expect(marks.layouts.some(({ layout }) => layout === "shared")).toBe(false);
    expect(marks.trees.every(({ place }) => place === undefined)).toBe(true);
  });

  test("one rule of a run can't be refused alone", () => {
    const old = readRuleset(text);
    const plan = planOf(old);
    const policyRules = plan.policyRules.map((rule) => ({ ...rule, accept: rule.name !== names[1] }));
    const { rewritten, diagnostics } = rewriteRuleset(old, { ...plan, policyRules }, 0);
    expect(rewritten).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toContain("POLICY_RULE_OF_RUN");
  });

  test("a flat rule that was added joins a destination group, if it may move there", async () => {
    const service = "-p udp -m udp --dport 53 -m conntrack --ctstate NEW";
    const added = (verdict: string) =>
      `${product("-A FORWARD", SOURCES, `-d 10.2.1.99/32 ${service} -j ${verdict}`).join("\n")}\n`;
    const membersIn = (all: string) =>
      write(all, (plan) => plan).plan.groups.find(({ members }) => members.includes("10.2.1.1/32"))!.members;
    const after = text.replace("COMMIT", `${added("ACCEPT")}COMMIT`);
    expect(membersIn(after)).toContain("10.2.1.99/32");
    const again = write(after, (plan) => plan);
    // Dropped before it comes to its new place, or rejected by its neighbour there: it stays.
    const drop = "-A FORWARD -d 10.2.1.0/24 -p udp -j DROP\n";
    expect(membersIn(text.replace("COMMIT", `${drop}${added("ACCEPT")}COMMIT`))).not.toContain(
      "10.2.1.99/32",
    );
    expect(membersIn(text.replace("COMMIT", `${added("DROP")}COMMIT`))).not.toContain("10.2.1.99/32");
    await expectEqual(after, again.text);
  });
});

test("other layouts from it, and it from other layouts", async () => {
  const { text } = write(FLAT);
  const article = write(FLAT, (plan) => ({ ...plan, layout: "article" })).text;
  expect(write(text, (plan) => ({ ...plan, layout: "article" })).text).toBe(article);
  expect(write(article, (plan) => ({ ...plan, layout: "shared" })).text).toBe(text);
  const hoisted = write(text, (plan) => ({ ...plan, layout: "hoisted" }));
  await expectEqual(text, hoisted.text, "v4", hoisted.rewritten.ownBits);
});

describe.each<Family>(["v4", "v6"])("random policies (%s)", (family) => {
  test("proved equal, known again", async () => {
    let shared = 0;
    const property = fc.asyncProperty(randomPolicies(family), async (text) => {
      const { text: now, rewritten } = write(text, (plan) => ({ ...plan, layout: "shared" }), family);
      if (rewritten.sharedOwners.length === 0) return;
      shared++;
      await expectEqual(text, now, family);
      expectKnown(now, "shared", family);
    });
    await fc.assert(property, { numRuns: 40 * EFFORT });
    expect(shared).toBeGreaterThan(0);
  }, 600_000);
});

describe("corpus files", () => {
  const files = listOwnCorpus().filter(({ name }) => /example|office|branch|dmz-1k|mixed|article/.test(name));

  test.each(files.map((file) => [file.name, file] as const))(
    "%s",
    async (_, file) => {
      const { text } = readCorpusFile(file);
      const { text: now, old } = write(text, (plan) => ({ ...plan, layout: "shared" }), file.family);
      // One that is in mark groups already has bits of its own.
      if (findMarkRules(old, NO_OPTIONS).trees.length > 0) return;
      await expectEqual(text, now, file.family);
      const again = write(now, (plan) => ({ ...plan, layout: "shared" }), file.family);
      expect(again.text).toBe(now);
    },
    120_000,
  );
});

test("a member may be taken away from what was written: its rules are those of the chains, each once and in its order", async () => {
  const { text } = write(FLAT);
  const old = readRuleset(text);
  const plan = planOf(old);
  const group = plan.groups.find(({ axis, name }) => axis === "destination" && name.includes("10-2-1"))!;
  const [first, ...members] = group.members;
  const groups = plan.groups.map((each) => (each === group ? { ...each, members, removed: [first!] } : each));
  const { rewritten, diagnostics } = rewriteRuleset(old, { ...plan, groups }, 0);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const change = rewritten!.policyChange!;
  const options = { packets: 0, demandAnyMark: true };
  expect((await verify(old, change.before, options)).result).toBe("equal");
  const now = readRuleset(emitRestoreFile(rewritten!, []), "v4", "new.rules");
  expect((await verify(change.after, now, options)).result).toBe("equal");
});
