/** Products that lack some combinations: the policy that was planted comes back, and not one packet fares otherwise. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { chainDepths, DEEPEST_CHAIN, DEEPEST_OWNER } from "../../src/cluster/segments.ts";
import type { Family } from "../../src/model/types.ts";
import type { Plan } from "../../src/plan/types.ts";
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

  const wide = planted.map((line) => line.replace("-s 10.0.0.5/32", "-s 10.0.0.0/24"));
  const written = async (rules: readonly string[]): Promise<string> => {
    const old = readRuleset(filterTable(rules));
    const plan = planOf(old, TOLERANT);
    expect(plan.policyRules.map(({ missing }) => missing?.length)).toEqual([1]);
    const { text } = rewriteOf(old, plan);
    const options = { packets: 0, demandAnyMark: true };
    expect((await verify(old, readRuleset(text), options)).result).toBe("equal");
    return text;
  };

  test("that another rule of the product contains needs no line", async () => {
    const text = await written(wide.filter((_, at) => at !== 31));
    expect(text).not.toContain("-s 10.0.0.3/32 -d 10.1.0.3/32");
  });

  test("that a list of ports contains is no port of that list: later fragments have none on nft, and a payload", async () => {
    const services = [22, 80, 443].map((port) => `-p tcp -m tcp --dport ${port}`);
    const lists = [...services, "-p tcp -m multiport --dports 22,80,443"];
    const drops = product("-A FORWARD", SOURCES, DESTINATIONS, lists, "-j DROP");
    const old = readRuleset(filterTable(drops.filter((_, at) => at !== 33)));
    const { text } = rewriteOf(old, planOf(old, TOLERANT));
    const options = { packets: 1000, demandAnyMark: true };
    expect((await verify(old, readRuleset(text), options)).result).toBe("equal");
  });

  test("that contains others lets these stay", async () => {
    // Too many lines for the search, so the plan says it.
    const whole = filterTable(wide).split("\n");
    const isHole = (line: string | undefined) => /0\/24 -d 10\.1\.0\.3\/32 .*--dport 80 /.test(line ?? "");
    const old = readRuleset(whole.map((line) => (isHole(line) ? "# none" : line)).join("\n"));
    const full = planOf(readRuleset(whole.join("\n")));
    const policyRules = full.policyRules.map((rule) => ({
      ...rule,
      lines: rule.lines.filter((line) => !isHole(whole[line - 1])),
      missing: ["10.0.0.0/24 | 10.1.0.3/32 | tcp dport 80"],
    }));
    const { text } = rewriteOf(old, { ...full, policyRules });
    const options = { packets: 0, demandAnyMark: true };
    expect((await verify(old, readRuleset(text), options)).result).toBe("equal");
    const [name] = full.policyRules.map((rule) => rule.name);
    const chain = `${name!.slice(0, 24)}/not`;
    const service = "-d 10.1.0.3/32 -p tcp -m tcp --dport 80";
    for (const host of [1, 2, 3, 4])
      expect(text).toContain(`-A ${chain} -s 10.0.0.${host}/32 ${service} -j RETURN\n`);
    expect(text).toContain(`-A ${chain} -s 10.0.0.0/24 ${service} -j MARK --set-xmark 0x0/0x7\n`);
    expect(text).toContain(`-A ${name} -j ${chain}\n-A ${name} -m mark ! --mark 0x7/0x7 -j RETURN\n`);
  });

  test("does so as deep as chains may call groups", async () => {
    const chains = Array.from({ length: DEEPEST_OWNER }, (_, at) => `C${at}`);
    const calls = chains.map(
      (chain, at) => `-A ${at === 0 ? "FORWARD" : chains[at - 1]!} -i eth0 -j ${chain}`,
    );
    const sources = [
      "-s 10.0.0.0/24",
      "-s 10.0.0.1/32",
      ...[2, 3, 4, 5].map((host) => `-s 10.2.0.${host}/32`),
    ];
    const rules = product(`-A ${chains.at(-1)!}`, sources, DESTINATIONS, SERVICES, "-j ACCEPT");
    const old = readRuleset(filterTable([...calls, ...rules.filter((_, at) => at !== 7)]));
    const { text } = rewriteOf(old, planOf(old, TOLERANT));
    expect(text).toContain("/not ");
    const now = readRuleset(text);
    expect(Math.max(...chainDepths(now.tables[0]!).values())).toBeLessThanOrEqual(DEEPEST_CHAIN);
    expect((await verify(old, now, { packets: 0, demandAnyMark: true })).result).toBe("equal");
    expect(rewriteOf(now, planOf(now, TOLERANT)).rewritten.changed).toBe(false);
  });

  test("of which no rule reads the protocol leaves before the services: short packets are not dropped", async () => {
    // The only udp line of a pair of addresses.
    const text = await written(planted.filter((_, at) => at !== 32));
    expect(text).toMatch(/ -s 10\.0\.0\.3\/32 -d 10\.1\.0\.3\/32 -p udp -g M-CLEAR\n.* -j SRV-/);
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
    let [holes, same] = [0, 0];
    await fc.assert(
      fc.asyncProperty(holed(family), async (text) => {
        const old = readRuleset(text, family);
        const plan = planOf(old, { ...NO_OPTIONS, tolerance: 0.4 });
        holes += plan.policyRules.reduce((sum, { missing = [] }) => sum + missing.length, 0);
        const { text: now } = rewriteOf(old, plan);
        const fresh = readRuleset(now, family);
        const options = { packets: 0, demandAnyMark: true };
        const { result, witness } = await verify(old, fresh, options);
        expect(result, `${text}\n---\n${now}\n${JSON.stringify(witness)}`).toBe("equal");
        // Read again, they are the same policy rules, and are written anew where a name changes.
        const again = planOf(fresh, { ...NO_OPTIONS, tolerance: 0.4 });
        const names = ({ policyRules }: Plan) => policyRules.map(({ name }) => name).sort();
        expect(names(again)).toEqual(expect.arrayContaining(names(plan)));
        // With holes, what was left may make one more, now that its groups are there.
        const isSame = again.policyRules.length === plan.policyRules.length;
        same += isSame ? 1 : 0;
        if (isSame) expect(rewriteOf(fresh, again).rewritten.changed, now).toBe(false);
        if (again.groups.length === 0) return;
        const groups = again.groups.map((group, at) => ({ ...group, name: `G-${at}` }));
        const renamed = rewriteOf(fresh, { ...again, groups }).text;
        expect(renamed).toContain("G-0");
        const titles = renamed.split("\n").filter((line) => line.startsWith("# "));
        expect(new Set(titles).size).toBe(titles.length);
        const last = await verify(fresh, readRuleset(renamed, family), { packets: 0, ownBits: 0x7 });
        expect(last.result, `${now}\n---\n${renamed}\n${JSON.stringify(last.witness)}`).toBe("equal");
      }),
      { numRuns: 120 * EFFORT },
    );
    console.log(family, holes, "missing combinations");
    expect(holes).toBeGreaterThan(8);
    expect(same).toBeGreaterThan(100);
  },
);
