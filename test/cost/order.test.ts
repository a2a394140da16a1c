/** The order by use in rulesets: what moves, that it costs less, that it is proved equal, and that it stays. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rewriteChosen } from "../../src/cost/choose-order.ts";
import { LEAST_SAVING } from "../../src/cost/pick-orders.ts";
import { summariseClasses } from "../../src/cost/estimate.ts";
import { backendsOf } from "../../src/cluster/kernel-costs.ts";
import { measureRewrite } from "../../src/cost/measure-rewrite.ts";
import { readTraffic } from "../../src/cost/traffic/read-traffic.ts";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import type { Family } from "../../src/model/types.ts";
import type { Layout, Plan } from "../../src/plan/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { counted } from "../support/counted.ts";
import { randomPolicies } from "../support/random-networks.ts";
import { EFFORT } from "../support/seed.ts";
import {
  type CorpusFile,
  listOwnCorpus,
  listSharedCorpus,
  readCorpusFile,
  SHARED_CORPUS,
} from "../support/corpus.ts";
import { importOrThrow } from "../support/pipeline.ts";
import { filterTable, planOf, product, readRuleset } from "../support/small-tables.ts";

const hosts = (option: string, net: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${option} 10.${net}.${at + 1}/32`);

/** Products of 6 sources, 6 destinations and 2 services in a row. */
const policy = (number: number): string[] =>
  product(
    "-A FORWARD",
    hosts("-s", `1.${number}`, 6),
    hosts("-d", `2.${number}`, 6),
    ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"],
    "-j ACCEPT",
  );

function choose(text: string, change: Partial<Plan> = {}, traffic?: string, family: Family = "v4") {
  const old = readRuleset(text, family);
  const plan = { ...planOf(old), ...change };
  const read = traffic === undefined ? null : readTraffic(makeSourceFile("traffic.txt", traffic), family);
  expect(read?.diagnostics ?? []).toEqual([]);
  const result = rewriteChosen(old, plan, 0, read?.traffic ?? null);
  return { ...result, old, rewritten: result.rewritten!, text: emitRestoreFile(result.rewritten!, []) };
}

const callsOf = (text: string) =>
  text.split("\n").filter((line) => /^(?:\[\d+:\d+\] )?-A FORWARD /.test(line));

async function expectEqual(old: string, now: string, family: Family = "v4"): Promise<void> {
  const [one, other] = [readRuleset(old, family), readRuleset(now, family, "new.rules")];
  const result = await verify(one, other, { packets: 1000, seed: 1, demandAnyMark: true });
  expect(result.result, `${old}\n---\n${now}`).toBe("equal");
}

const POLICIES = [0, 1, 2, 3, 4, 5].flatMap(policy);
const EACH = POLICIES.length / 6;
/** The fifth policy rule decides nearly everything. */
const BUSY = counted(filterTable(POLICIES), (at) => (Math.floor(at / EACH) === 4 ? 1000 : 1));

describe("by counters", () => {
  test("the policy rule that is used most is asked first, and the report can say what that saves", async () => {
    const { text, orders, rewritten } = choose(BUSY);
    expect(callsOf(text)[0]).toMatch(/R-.*10-1-4/);
    expect(callsOf(text).slice(1)).toEqual(callsOf(choose(BUSY, { order: "written" }).text).toSpliced(4, 1));
    expect(orders).toEqual([expect.objectContaining({ table: "filter", chain: "FORWARD", order: "used" })]);
    expect(orders[0]!.used.legacy).toBeLessThan(orders[0]!.written.legacy / 2);
    expect(rewritten.moved.map(({ chain }) => chain)).toEqual(["FORWARD"]);
    await expectEqual(BUSY, text);
  });

  test("order: written, no counters, equal counters: as it was", () => {
    const plain = choose(filterTable(POLICIES));
    expect(plain.orders).toEqual([]);
    const written = choose(BUSY, { order: "written" });
    expect([written.orders, written.text]).toEqual([[], plain.text]);
    const equal = choose(counted(filterTable(POLICIES), () => 1000));
    expect([equal.orders, equal.text]).toEqual([[], plain.text]);
  });

  test("few packets say nothing", () => {
    const few = counted(filterTable(POLICIES), (at) => (Math.floor(at / EACH) === 4 ? 10 : 0));
    expect(choose(few).text).toBe(choose(filterTable(POLICIES)).text);
  });

  test("flat rules move as well, but none past one that it conflicts with", async () => {
    const rules = [
      ...policy(0),
      "-A FORWARD -s 10.7.0.0/24 -j DROP",
      "-A FORWARD -s 10.8.0.1/32 -j ACCEPT",
      "-A FORWARD -s 10.7.0.0/16 -j ACCEPT",
    ];
    const text = counted(filterTable(rules), (_, rule) => (rule.includes("10.7.0.0/16") ? 100_000 : 1));
    const { text: now } = choose(text);
    expect(callsOf(now).map((line) => line.replace(/^\[\d+:\d+\] -A FORWARD /, ""))).toEqual([
      "-s 10.7.0.0/24 -j DROP",
      "-s 10.7.0.0/16 -j ACCEPT",
      "-s 10.8.0.1/32 -j ACCEPT",
      expect.stringMatching(/-j R-/),
    ]);
    await expectEqual(text, now);
  });

  test("a chain is judged without those that it calls: they may have another form in either order", () => {
    const called = policy(7).map((line) => line.replace("FORWARD", "lan"));
    const rules = [...POLICIES, "-A FORWARD -s 10.1.0.0/16 -j lan", ...called];
    const text = counted(filterTable(rules), (at) => (Math.floor(at / EACH) === 4 ? 1000 : 100));
    const { orders, choices } = choose(text, { layout: "auto" });
    expect(choices.map(({ chain }) => chain).sort()).toEqual(["FORWARD", "lan"]);
    expect(orders).toEqual([expect.objectContaining({ chain: "FORWARD" })]);
    const { form, forms } = choices.find(({ chain }) => chain === "FORWARD")!;
    const { expected } = forms.find((each) => each.form === form)!;
    const { [orders[0]!.order]: said } = orders[0]!;
    expect([said.legacy, said.nft]).toEqual([expected.legacy, expected.nft].map((ns) => expect.closeTo(ns)));
  });

  test("a chain in which nothing is merged stays line by line", () => {
    const rules = [...policy(0), "-A INPUT -s 10.8.0.1/32 -j ACCEPT", "-A INPUT -s 10.8.0.2/32 -j ACCEPT"];
    const text = counted(filterTable(rules), (_, rule) => (rule.includes("10.8.0.2") ? 100_000 : 1));
    const inputs = (all: string) => all.split("\n").filter((line) => line.includes("-A INPUT"));
    expect(inputs(choose(text).text)).toEqual(inputs(text));
  });

  test("in the hoisted layout, and where the cheapest is chosen", async () => {
    for (const layout of ["hoisted", "auto"] as const) {
      const { text, orders } = choose(BUSY, { layout });
      expect(orders.length, layout).toBeLessThanOrEqual(1);
      await expectEqual(BUSY, text);
    }
  });
});

test("by a file of traffic, whatever the counters say", async () => {
  const traffic = [
    "90 in=eth0 out=eth1 src=10.1.3.1 dst=10.2.3.2 proto=tcp dport=443",
    "10 in=eth0 out=eth1 src=10.1.0.1 dst=10.2.0.2 proto=tcp dport=80",
  ].join("\n");
  const { text, orders } = choose(BUSY, {}, traffic);
  expect(callsOf(text)[0]).toMatch(/R-.*10-1-3/);
  expect(orders).toEqual([expect.objectContaining({ order: "used" })]);
  await expectEqual(BUSY, text);
  // What no packet meets is nothing that anybody knows of.
  const elsewhere = choose(BUSY, {}, "1 in=eth0 src=10.1.3.1 dst=10.2.3.2 proto=tcp dport=443");
  expect(elsewhere.orders).toEqual([]);
});

describe("what was put in order stays so", () => {
  const now = choose(BUSY).text;

  test("the file that was written: its new lines have no counters", () => {
    const again = choose(now);
    expect(again.rewritten.changed).toBe(false);
    expect(again.text).toBe(now);
  });

  test.each([
    ["the same", (at: number) => (at < 5 ? 1000 : 1)],
    ["others", (at: number) => 10 ** (at % 7)],
  ])("loaded and saved again, with %s counters", (_, countOf) => {
    const text = counted(now, countOf);
    expect(choose(text).rewritten.changed).toBe(false);
  });
});

describe.each<Family>(["v4", "v6"])("random policies with random counters (%s)", (family) => {
  test("proved equal, no more expected cost, and nothing to do again", async () => {
    let moved = 0;
    const layouts = fc.constantFrom<Layout>("article", "hoisted", "auto");
    const counts = fc.array(fc.constantFrom(0, 1, 100, 5000, 100_000), { minLength: 1, maxLength: 9 });
    const property = fc.asyncProperty(
      randomPolicies(family),
      counts,
      layouts,
      async (rules, uses, layout) => {
        const text = counted(rules, (at) => uses[(at >> 4) % uses.length]!);
        const used = choose(text, { layout }, undefined, family);
        const written = choose(text, { layout, order: "written" }, undefined, family);
        await expectEqual(text, used.text, family);
        const again = choose(
          used.text,
          { layout: layout === "auto" ? "article" : layout },
          undefined,
          family,
        );
        if (layout !== "auto") expect(again.text).toBe(used.text);
        if (used.orders.every(({ order }) => order === "written")) {
          expect(used.text).toBe(written.text);
          return;
        }
        moved++;
        const backends = backendsOf(used.old);
        const costsOf = ({ rewritten }: typeof used) =>
          summariseClasses(measureRewrite(rewritten)).map(({ chain, ...sides }) => {
            const costOf = (side: "old" | "new") =>
              backends.reduce((sum, backend) => sum + sides[side].expected[backend], 0);
            return { chain, old: costOf("old"), now: costOf("new") };
          });
        const before = new Map(costsOf(written).map(({ chain, now }) => [chain, now]));
        // Where the written order would leave some packet behind the article's layout, another one may cost more.
        if (used.orders.some(({ because }) => because !== undefined)) return;
        // A chain that auto leaves flat in the written order costs what it did.
        for (const { chain, old, now } of costsOf(used))
          expect(now).toBeLessThanOrEqual((before.get(chain) ?? old) + 0.001);
      },
    );
    await fc.assert(property, { numRuns: 25 * EFFORT });
    expect(moved).toBeGreaterThan(0);
  }, 600_000);
});

test("what saves less than that is not moved", () => {
  // Two policy rules alike in all but a little use, behind much that comes before.
  const text = counted(filterTable(POLICIES), (at) =>
    at < EACH ? 100_000 : Math.floor(at / EACH) === 4 ? 400 : 100,
  );
  const { orders, text: now } = choose(text);
  expect(orders).toEqual([expect.objectContaining({ order: "written" })]);
  expect(now).toBe(choose(text, { order: "written" }).text);
  const { written, used } = orders[0]!;
  expect(used.legacy + used.nft).toBeGreaterThan((1 - LEAST_SAVING) * (written.legacy + written.nft));
});

describe("with auto, no chain costs more by use than as it is written", () => {
  const hold = (file: CorpusFile): void => {
    const ruleset = importOrThrow(readCorpusFile(file), file.family);
    const plan = { ...planOf(ruleset), layout: "auto" as const };
    const backends = backendsOf(ruleset);
    const [used, written] = [plan, { ...plan, order: "written" as const }].map((each) => {
      const { orders, rewritten } = rewriteChosen(ruleset, each, 0, null);
      const chains = summariseClasses(measureRewrite(rewritten!));
      const costOf = (side: "old" | "new") =>
        chains.map((one) => backends.reduce((sum, backend) => sum + one[side].expected[backend], 0));
      return { orders, chains: chains.map(({ chain }) => chain), old: costOf("old"), now: costOf("new") };
    });
    // Where the written order would leave some packet behind the article's layout, another one may cost more.
    if (used!.orders.some(({ because, order }) => because === "behind" && order === "used")) return;
    for (const [at, chain] of used!.chains.entries()) {
      const before = written!.now[written!.chains.indexOf(chain)] ?? used!.old[at]!;
      expect(used!.now[at], chain).toBeLessThanOrEqual(before + 0.001);
    }
  };
  const own = listOwnCorpus().filter(({ name }) => /-1k|-3k/.test(name));
  test.each(own.map((file) => [file.name, file] as const))("%s", (_, file) => hold(file), 120_000);

  // In one of these a chain comes out flat by use, since packets would lose too much, and does not as it is written.
  const shared = listSharedCorpus().filter(({ name }) => /generated\/flat-1k/.test(name));
  test.skipIf(SHARED_CORPUS === null)(
    "the smaller files of the shared corpus",
    () => shared.forEach(hold),
    120_000,
  );
});
