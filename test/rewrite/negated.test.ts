/** Policy rules with negated groups: chains of exceptions become them, say the same to every packet, and are known again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupRules, ruleChainRules, setKey, TABLE_RULES } from "../../src/cluster/cost.ts";
import { findGroups } from "../../src/cluster/find.ts";
import type { Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import { addLogging } from "../../src/plan/log-partial.ts";
import type { Plan } from "../../src/plan/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { randomExclusions } from "../support/random-exclusions.ts";
import { everyTree } from "../support/random-trees.ts";
import { EFFORT } from "../support/seed.ts";
import { expectSameFates } from "../support/small-world.ts";
import { filterTable, NO_OPTIONS, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const RUNS = 120 * EFFORT;

function planFrom(clustering: ReturnType<typeof everyTree>): Plan {
  return makePlan([{ path: "old", digest: "sha256:0", clustering }], NO_OPTIONS).plan;
}

const countNegated = ({ policyRules }: Plan) =>
  policyRules.filter(({ negated }) => negated !== undefined).length;

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test("chains of exceptions: equal, with stale own bits too", async () => {
    let negated = 0;
    const property = fc.asyncProperty(randomExclusions(family), fc.nat(), async (text, seed) => {
      const old = readRuleset(text, family);
      const plan = planFrom(everyTree(old, 0));
      const { text: rewritten } = rewriteOf(old, plan);
      negated += countNegated(plan);
      const now = readRuleset(rewritten, family, "new.rules");
      const result = await verify(old, now, { packets: 2000, seed, demandAnyMark: true });
      const witness = JSON.stringify(result.witness, null, 1);
      expect(result.result, `${text}\n---\n${rewritten}\n${witness}`).toBe("equal");
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(negated).toBeGreaterThan(RUNS / 4);
  }, 600_000);

  test("the same by the second interpreter, for all packets of a small world", () => {
    let negated = 0;
    const property = fc.property(randomExclusions(family), (text) => {
      const old = readRuleset(text, family);
      const plan = planFrom(everyTree(old, 0));
      const { text: rewritten } = rewriteOf(old, plan);
      negated += countNegated(plan);
      expectSameFates(old, readRuleset(rewritten, family, "new.rules"), `${text}\n---\n${rewritten}`);
    });
    fc.assert(property, { numRuns: RUNS / 4 });
    expect(negated).toBeGreaterThan(RUNS / 16);
  }, 600_000);

  test("they come back, nothing is left to do, and they cost what the search thinks", () => {
    let negated = 0;
    const property = fc.property(randomExclusions(family), (text) => {
      const old = readRuleset(text, family);
      const clustering = everyTree(old, 0);
      const first = planFrom(clustering);
      const one = rewriteOf(old, first);
      expect(one.rewritten.rulesAfter, one.text).toBe(
        one.rewritten.rulesBefore + estimate(clustering.products),
      );
      const again = readRuleset(one.text, family, "new.rules");
      const found = findGroups(again, NO_OPTIONS);
      const second = planFrom(found);
      const two = rewriteOf(again, second);
      const essence = ({ policyRules }: Plan) =>
        policyRules.map((rule) => [rule.name, rule.groups, rule.negated]).sort();
      const hint = `${text}\n---\n${one.text}\n${JSON.stringify(found.marks!.odd)}`;
      negated += countNegated(first);
      expect(essence(second), hint).toEqual(essence(first));
      expect(two.text, hint).toBe(one.text);
    });
    fc.assert(property, { numRuns: RUNS });
    expect(negated).toBeGreaterThan(RUNS / 4);
  }, 600_000);
});

test("what is logged of partial matches: who has the bits before, and is in the negated group", () => {
  const hosts = [1, 2, 3].map((host) => `-A NOT -s 10.0.0.${host}/32 -j RETURN`);
  const rest = product(
    "-A NOT",
    ["-d 192.0.2.1/32", "-d 192.0.2.2/32"],
    "-p tcp -m tcp",
    ["--dport 22", "--dport 80"],
    "-j ACCEPT",
  );
  const old = readRuleset(filterTable(["-A FORWARD -j NOT", ...hosts, ...rest]), "v4");
  const plan = addLogging(planFrom(everyTree(old, 0)), [{ rule: "NOT", rate: "6/min" }]) as Plan;
  const { text } = rewriteOf(old, plan);
  expect(text.split("\n").filter((line) => line.startsWith("-A NOT "))).toMatchInlineSnapshot(`
    [
      "-A NOT -m mark ! --mark 0x0/0x7 -j MARK --set-xmark 0x0/0x7",
      "-A NOT -j D-192-0-2",
      "-A NOT -m mark ! --mark 0x2/0x7 -j RETURN",
      "-A NOT -j S-10-0-0",
      "-A NOT -m mark ! --mark 0x2/0x7 -m limit --limit 6/min -j LOG --log-prefix "NOT: "",
      "-A NOT -m mark ! --mark 0x2/0x7 -g M-CLEAR",
      "-A NOT -j SRV-SSH-HTTP",
      "-A NOT -m mark ! --mark 0x6/0x7 -m limit --limit 6/min -j LOG --log-prefix "NOT: "",
      "-A NOT -m mark ! --mark 0x6/0x7 -g M-CLEAR",
      "-A NOT -j MARK --set-xmark 0x0/0x7",
      "-A NOT -j ACCEPT",
    ]
  `);
  expect(
    addLogging(
      planFrom(
        everyTree(readRuleset(filterTable(["-A FORWARD -j NOT", ...hosts, "-A NOT -j DROP"]), "v4"), 0),
      ),
      [{ rule: "NOT", rate: "6/min" }],
    ),
  ).toBe("NOT has no group to be in, services and negated ones aside: no packet can match it in part");
});

describe("wrong rewrites are rejected", () => {
  const rules = [
    "-A INPUT -j NOT",
    ...[1, 2].map((host) => `-A NOT -s 10.0.0.${host}/32 -j RETURN`),
    ...["-A NOT -p tcp -m tcp --dport 22 -j RETURN", "-A NOT -p tcp -m tcp --dport 80 -j RETURN"],
    "-A NOT -j REJECT",
    "-A INPUT -m mark --mark 0x0/0x100 -j LOG --log-prefix rest",
  ];
  const old = readRuleset(filterTable(rules), "v4");
  const { text, rewritten } = rewriteOf(old, planFrom(everyTree(old, 0)));
  const check = async (twin: string) => {
    const options = { packets: 2000, ownBits: rewritten.ownBits, demandAnyMark: true };
    return (await verify(old, readRuleset(twin, "v4", "twin.rules"), options)).result;
  };

  test("the right one is equal", async () => expect(await check(text)).toBe("equal"));

  test.each([
    ["the bit has to be 1", "! --mark 0x0/0x3 -g", "! --mark 0x1/0x3 -g"],
    [
      "nothing clears the bit of those who leave",
      "! --mark 0x0/0x3 -g M-CLEAR",
      "! --mark 0x0/0x3 -j RETURN",
    ],
    ["nobody leaves for the sources", /-A NOT -j S-\S+\n.*-g M-CLEAR\n/, ""],
    ["services are asked first", /(-A NOT -j S-\S+\n.*\n)(-A NOT -j SRV-\S+\n.*\n)/, "$2$1"],
    ["a flip more", /(-A NOT -j S-\S+\n)/, "$1-A NOT -j MARK --set-xmark 0x1/0x0\n"],
    ["stale bits", /-A NOT -m mark ! --mark 0x0\/0x3 -j MARK.*\n/, ""],
  ] as const)("%s", async (_, from, to) => {
    const twin = text.replace(from, to);
    expect(twin).not.toBe(text);
    expect(await check(twin)).toBe("different");
  });
});

test("between policy rules of a hoisted run it stands alone, with a group that the run has, too", async () => {
  const hosts = Array.from({ length: 12 }, (_, at) => `-s 10.0.0.${at + 1}/32`);
  const servers = ["-d 192.0.2.1/32", "-d 192.0.2.2/32", "-d 192.0.2.3/32"];
  const others = hosts.map((host) => host.replace("10.0.0", "10.7.0"));
  const flat = (port: number, sources: readonly string[]) =>
    product(
      "-A FORWARD",
      sources,
      servers,
      "-p tcp -m tcp",
      [`--dport ${port}`, `--dport ${port + 1}`],
      "-j ACCEPT",
    );
  const rules = [
    ...[...flat(22, hosts), ...flat(80, others)],
    ...[
      "-A FORWARD -p tcp -m tcp --dport 3306 -j NOT",
      ...hosts.map((host) => `-A NOT ${host} -j RETURN`),
      "-A NOT -j DROP",
    ],
    ...[...flat(443, hosts), ...flat(8080, others)],
  ];
  const old = readRuleset(filterTable(rules, { FORWARD: "DROP" }), "v4");
  const plan = { ...planFrom(findGroups(old, NO_OPTIONS)), layout: "hoisted" } as const;
  expect(countNegated(plan)).toBe(1);
  const { text, rewritten } = rewriteOf(old, plan);
  expect(text).toContain("-A FORWARD -p tcp -m tcp --dport 3306 -j NOT");
  expect(text.match(/^-A FORWARD -j P-FORWARD\S*$/gm)).toHaveLength(2);
  const now = readRuleset(text, "v4", "new.rules");
  const { result, witness } = await verify(old, now, {
    packets: 2000,
    ownBits: rewritten.ownBits,
    demandAnyMark: true,
  });
  expect(result, `${text}\n${JSON.stringify(witness)}`).toBe("equal");
  const second = planFrom(findGroups(now, NO_OPTIONS));
  expect(countNegated(second)).toBe(1);
  expect(rewriteOf(now, second).text).toBe(text);
});

/** Rules that the file has more, by the costs of the search. */
function estimate(products: ReturnType<typeof everyTree>["products"]): number {
  const sets = new Map(products.flatMap(({ sets: own }) => own.map((set) => [setKey(set), groupRules(set)])));
  const rules = products.reduce((sum, product) => sum + ruleChainRules(product) - product.rules.length, 0);
  return (
    rules +
    [...sets.values()].reduce((sum, count) => sum + count, 0) +
    (products.length > 0 ? TABLE_RULES : 0)
  );
}
