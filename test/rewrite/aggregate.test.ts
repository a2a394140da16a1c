/** Addresses that are joined in the chains: fewer lines, the same packets, and the plan as it was. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { parsePlan } from "../../src/plan/file-parse.ts";
import { printPlan } from "../../src/plan/file-print.ts";
import type { Plan } from "../../src/plan/types.ts";
import { aggregateLines } from "../../src/rewrite/aggregate.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { runIn } from "../cli/fake-io.ts";
import { DIGEST } from "../plan/plans.ts";
import { EFFORT } from "../support/seed.ts";
import { holed } from "../support/holed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const NONE: ReadonlySet<string> = new Set();

const join = (...addresses: readonly string[]) =>
  aggregateLines(
    "source",
    addresses.map((address, at) => ({ text: `-s ${address}`, origins: [at + 1] })),
    NONE,
  ).map(({ text, origins }) => `${text.slice(3)} ${origins.join(",")}`);

describe("addresses", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["two halves", ["10.0.0.0/24", "10.0.1.0/24"], ["10.0.0.0/23 1,2"]],
    [
      "neighbours that are no halves stay",
      ["10.0.1.0/24", "10.0.2.0/24"],
      ["10.0.1.0/24 1", "10.0.2.0/24 2"],
    ],
    ["a part", ["10.1.2.3/32", "192.0.2.0/24", "10.0.0.0/8"], ["10.0.0.0/8 1,3", "192.0.2.0/24 2"]],
    ["three of four", ["10.0.0.0/24", "10.0.2.0/24", "10.0.1.0/24"], ["10.0.0.0/23 1,3", "10.0.2.0/24 2"]],
    ["all there are, as two halves", ["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/1 1", "128.0.0.0/1 2"]],
    [
      "all, in four",
      ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
      ["0.0.0.0/1 1,2", "128.0.0.0/1 3,4"],
    ],
    ["IPv6", ["2001:db8::/33", "2001:db8:8000::/33"], ["2001:db8::/32 1,2"]],
    ["ranges stay", ["10.0.0.0-10.0.0.255", "10.0.1.0/24"], ["10.0.0.0-10.0.0.255 1", "10.0.1.0/24 2"]],
  ])("%s", (_, addresses, expected) => {
    expect(join(...addresses)).toEqual(expected);
  });

  test("with a comment, members that a rule chain names, and members of other kinds, stay", () => {
    const lines = ["-s 10.0.0.0/24 -m comment --comment Eva", "-s 10.0.1.0/24"].map((text) => ({
      text,
      origins: [],
    }));
    expect(aggregateLines("source", lines, NONE)).toEqual(lines);
    const named = new Set(["-s 10.0.2.0/24"]);
    const nets = ["0", "1", "2", "3"].map((net) => ({ text: `-s 10.0.${net}.0/24`, origins: [] }));
    expect(aggregateLines("source", nets, named).map(({ text }) => text)).toEqual([
      "-s 10.0.0.0/23",
      "-s 10.0.2.0/24",
      "-s 10.0.3.0/24",
    ]);
    const services = [{ text: "-p tcp -m tcp --dport 80", origins: [] }];
    expect(aggregateLines("service", services, NONE)).toBe(services);
  });
});

const address = fc
  .tuple(fc.constantFrom(24, 25, 26, 30, 31, 32), fc.nat({ max: 1023 }))
  .map(([prefix, host]) => {
    const value = (0x0a000000 + host) & (-1 << (32 - prefix));
    return `${[24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".")}/${prefix}`;
  });

test("random groups are proved equal, have no more lines, and there is nothing more to join", async () => {
  let fewer = 0;
  const property = fc.asyncProperty(
    fc.uniqueArray(address, { minLength: 4, maxLength: 16 }),
    async (addresses) => {
      const sources = addresses.map((each) => `-s ${each}`);
      const text = filterTable(
        product(
          "-A FORWARD",
          sources,
          ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"],
          "-j ACCEPT",
        ),
        { FORWARD: "DROP" },
      );
      const old = readRuleset(text);
      const plan = planOf(old, { ...NO_OPTIONS, aggregate: true });
      const { text: now, rewritten } = rewriteOf(old, plan);
      const { aggregate: _, ...plain } = plan;
      const before = rewriteOf(old, plain).rewritten.rulesAfter;
      expect(rewritten.rulesAfter).toBeLessThanOrEqual(before);
      fewer += before - rewritten.rulesAfter;
      expect((await verify(old, readRuleset(now), { packets: 0 })).result, now).toBe("equal");
      const again = planOf(readRuleset(now), { ...NO_OPTIONS, aggregate: true });
      expect(rewriteOf(readRuleset(now), again).rewritten.changed, now).toBe(false);
    },
  );
  await fc.assert(property, { numRuns: 60 * EFFORT });
  expect(fewer).toBeGreaterThan(20);
}, 300_000);

describe("the choice", () => {
  const nets = Array.from({ length: 8 }, (_, at) => `-s 10.0.${at}.0/24`);
  const rules = filterTable(
    product(
      "-A FORWARD",
      nets,
      ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"],
      "-j ACCEPT",
    ),
    { FORWARD: "DROP" },
  );
  const PLAN = "old.rules.markify.yaml";

  test("is in the plan, which is read as it was written", () => {
    const made = planOf(readRuleset(rules), { ...NO_OPTIONS, aggregate: true });
    const plan = { ...made, inputs: [{ ...made.inputs[0]!, digest: DIGEST }] };
    expect(printPlan(plan)).toContain("\naggregate: true\n");
    expect(parsePlan(makeSourceFile("p.yaml", printPlan(plan))).plan).toEqual(plan);
  });

  test("stays when the plan is made again, until it is taken back", async () => {
    const first = await runIn({ "old.rules": rules }, ["import", "old.rules", "--aggregate"]);
    expect(first.files[PLAN]).toContain("\naggregate: true\n");
    expect(first.files[PLAN]).toContain("      - 10.0.3.0/24\n");
    const more = { ...first.files, "old.rules": rules.replace("COMMIT", "-A INPUT -j LOG\nCOMMIT") };
    const second = await runIn(more, ["import", "old.rules", "--overwrite"]);
    expect(second.files[PLAN]).toContain("\naggregate: true\n");
    const third = await runIn(second.files, ["import", "old.rules", "--no-aggregate"]);
    expect(third.stderr).toContain("aggregate: true -> false");
    expect(third.files[PLAN]).not.toContain("aggregate");
  });

  test("lets a member go: the network that it was joined to is split", async () => {
    const { files } = await runIn({ "old.rules": rules }, ["import", "old.rules", "--aggregate"]);
    const group = /^ {2}(S-\S+):$/m.exec(files[PLAN]!)![1]!;
    const done = await runIn(files, ["group", "remove", PLAN, group, "10.0.4.0/24"]);
    expect(done.code, done.stderr).toBe(0);
    const mark = "-j MARK --set-xmark 0x1/0x1";
    expect(done.stdout.split("\n").sort()).toEqual(
      [
        "",
        `iptables -D ${group} -s 10.0.0.0/21 ${mark}`,
        `iptables -A ${group} -s 10.0.0.0/22 ${mark}`,
        `iptables -A ${group} -s 10.0.5.0/24 ${mark}`,
        `iptables -A ${group} -s 10.0.6.0/23 ${mark}`,
      ].sort(),
    );
  });

  test("is written, proved, and has nothing left to do", async () => {
    const { files } = await runIn({ "old.rules": rules }, ["import", "old.rules", "--aggregate"]);
    const { code, files: after } = await runIn(files, [
      "apply",
      PLAN,
      "-o",
      "new.rules",
      "--packets",
      "1000",
    ]);
    expect(code).toBe(0);
    expect(after["new.rules"]).toContain("-s 10.0.0.0/21 -j MARK");
    const again = await runIn(after, ["import", "new.rules"]);
    expect(again.stdout).toContain("nothing to do");
    const group = /^ {2}(S-\S+):$/m.exec(again.files["new.rules.markify.yaml"]!)![1]!;
    const part = await runIn(again.files, [
      "group",
      "remove",
      "new.rules.markify.yaml",
      group,
      "10.0.4.0/24",
    ]);
    expect(part.code).toBe(2);
    expect(part.stderr.replace(/\s+/g, " ")).toContain(
      "it is a part of 10.0.0.0/21: remove that, and add what is to stay",
    );
  });
});

describe("groups that would be the same once they are joined", () => {
  const ports = ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"];
  const nets = (...own: readonly string[]) => [...own, "10.3.0.0/24", "10.5.0.0/24", "10.7.0.0/24"];
  const [halves, whole, parts] = [
    nets("10.0.0.0/25", "10.0.0.128/25"),
    nets("10.0.0.0/24"),
    nets("10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/25"),
  ];

  test.each([
    ["one is joined already", [halves, whole], [halves, whole]],
    ["none is", [halves, parts], [whole, parts]],
  ])("%s: both keep their names, and the next import has them", (_, sources, expected) => {
    const options = { ...NO_OPTIONS, aggregate: true };
    const rules = sources.flatMap((own, at) =>
      product(
        "-A FORWARD",
        own.map((net) => `-s ${net}`),
        [`-d 10.9.${at}.1/32`, `-d 10.9.${at}.2/32`],
        ports,
        "-j ACCEPT",
      ),
    );
    const old = readRuleset(filterTable(rules, { FORWARD: "DROP" }));
    const plan = planOf(old, options);
    const { text } = rewriteOf(old, plan);
    const named = plan.groups.filter(({ axis }) => axis === "source");
    expect(named).toHaveLength(2);
    const linesOf = (name: string) =>
      [...text.matchAll(/^-A (\S+) -s (\S+) -j MARK/gm)].flatMap(([, chain, net]) =>
        chain === name ? [net] : [],
      );
    expect(named.map(({ name }) => linesOf(name).sort())).toEqual(expected.map((own) => [...own].sort()));
    const again = planOf(readRuleset(text), options);
    expect(again.groups.filter(({ axis }) => axis === "source").map(({ name }) => name)).toEqual(
      named.map(({ name }) => name),
    );
    expect(rewriteOf(readRuleset(text), again).rewritten.changed).toBe(false);
  });
});

test("members that combinations name are not joined: what was written is read again", async () => {
  let joined = 0;
  const options = { ...NO_OPTIONS, aggregate: true, tolerance: 0.3 };
  const property = fc.asyncProperty(fc.constantFrom<Family>("v4", "v6").chain(holed), async (text) => {
    const old = readRuleset(text);
    const plan = planOf(old, options);
    const { text: now } = rewriteOf(old, plan);
    const { aggregate: _, ...plain } = plan;
    const whole = rewriteOf(old, plain);
    if (plan.policyRules.some(({ missing }) => missing !== undefined) && whole.text !== now) joined++;
    expect((await verify(old, readRuleset(now), { packets: 0 })).result, now).toBe("equal");
    const again = planOf(readRuleset(now), options);
    const names = ({ policyRules }: Plan) => policyRules.map(({ name }) => name);
    expect(names(again)).toEqual(expect.arrayContaining(names(plan)));
  });
  await fc.assert(property, { numRuns: 40 * EFFORT });
  expect(joined).toBeGreaterThan(0);
});
