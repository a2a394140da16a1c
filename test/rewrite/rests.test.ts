/** Policy rules that are the rest of another one: one rule chain says the same to every packet as the flat rules, and is read again as the same policy rules. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import type { Family } from "../../src/model/types.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Plan } from "../../src/plan/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { randomRests } from "../support/random-rests.ts";
import { EFFORT } from "../support/seed.ts";
import { expectSameFates } from "../support/small-world.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const RUNS = 120 * EFFORT;

const countRests = ({ policyRules }: Plan) => policyRules.filter(({ restOf }) => restOf !== undefined).length;

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test("equal, with stale own bits too", async () => {
    let rests = 0;
    const property = fc.asyncProperty(randomRests(family), fc.nat(), async (text, seed) => {
      const old = readRuleset(text, family);
      const plan = planOf(old);
      rests += countRests(plan);
      const { text: rewritten } = rewriteOf(old, plan);
      const now = readRuleset(rewritten, family, "new.rules");
      const result = await verify(old, now, { packets: 2000, seed, demandAnyMark: true });
      const witness = JSON.stringify(result.witness, null, 1);
      expect(result.result, `${text}\n---\n${rewritten}\n${witness}`).toBe("equal");
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(rests).toBeGreaterThan(RUNS / 2);
  }, 600_000);

  test.each(["shared", "hoisted"] as const)(
    "layout %s: each rest for itself, equal, and nothing is left to do",
    async (layout) => {
      let rests = 0;
      const property = fc.asyncProperty(randomRests(family), fc.nat(), async (text, seed) => {
        const old = readRuleset(text, family);
        const plan = { ...planOf(old), layout };
        rests += countRests(plan);
        const one = rewriteOf(old, plan);
        const now = readRuleset(one.text, family, "new.rules");
        const result = await verify(old, now, { packets: 1000, seed, demandAnyMark: true });
        expect(result.result, `${text}\n---\n${one.text}`).toBe("equal");
        expect(one.text).not.toContain("/rest ");
        const again = { ...planOf(now), layout };
        expect(rewriteOf(now, again).text, `${text}\n---\n${one.text}`).toBe(one.text);
      });
      await fc.assert(property, { numRuns: RUNS / 2 });
      expect(rests).toBeGreaterThan(RUNS / 8);
    },
    600_000,
  );

  test("the same by the second interpreter, for all packets of a small world", () => {
    let rests = 0;
    const property = fc.property(randomRests(family), (text) => {
      const old = readRuleset(text, family);
      const plan = planOf(old);
      rests += countRests(plan);
      const { text: rewritten } = rewriteOf(old, plan);
      expectSameFates(old, readRuleset(rewritten, family, "new.rules"), `${text}\n---\n${rewritten}`);
    });
    fc.assert(property, { numRuns: RUNS / 4 });
    expect(rests).toBeGreaterThan(RUNS / 16);
  }, 600_000);

  test("they come back, and nothing is left to do", () => {
    let rests = 0;
    const property = fc.property(randomRests(family), (text) => {
      const old = readRuleset(text, family);
      const first = planOf(old);
      const one = rewriteOf(old, first);
      const again = readRuleset(one.text, family, "new.rules");
      const found = findGroups(again, NO_OPTIONS);
      const { plan: second } = makePlan([{ path: "new", digest: "sha256:0", clustering: found }], NO_OPTIONS);
      const hint = `${text}\n---\n${one.text}\n${JSON.stringify(found.marks!.odd)}`;
      rests += countRests(first);
      expect(found.marks!.odd, hint).toEqual([]);
      expect(essenceOf(second), hint).toEqual(essenceOf(first));
      expect(rewriteOf(again, second).text, hint).toBe(one.text);
    });
    fc.assert(property, { numRuns: RUNS });
    expect(rests).toBeGreaterThan(RUNS / 2);
  }, 600_000);
});

/** What its policy rules say, whatever they are called. */
function essenceOf({ policyRules, groups }: Plan): readonly string[] {
  const members = new Map(groups.map(({ id, members: own }) => [id, own.join()]));
  const say = ({ groups: used, summary }: Plan["policyRules"][number]) => {
    const words = summary.split(" ").map((word) => members.get(word) ?? word);
    return [...Object.entries(used).map(([axis, id]) => `${axis} ${members.get(id)}`), ...words].join(" ");
  };
  return policyRules
    .map((rule) => {
      const head = policyRules.find(({ id }) => id === rule.restOf);
      return `${say(rule)}${head === undefined ? "" : ` behind ${say(head)}`}`;
    })
    .sort();
}

const HOSTS = [1, 2, 3, 4, 5, 6, 7, 8];

/** A rule chain with rests, a mistake in it, and what has to be said of that. */
const FLAT = filterTable([
  ...product(
    "-A FORWARD",
    HOSTS.map((host) => `-s 10.0.1.${host}/32`),
    [1, 2, 3, 4].map((host) => `-d 10.9.0.${host}/32`),
    ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80", "-p udp -m udp --dport 53"],
    "-m conntrack --ctstate NEW -j ACCEPT",
  ),
  ...product(
    "-A FORWARD",
    HOSTS.map((host) => `-s 10.0.1.${host}/32`),
    [1, 2, 3, 4].map((host) => `-d 10.9.0.${host}/32`),
    "-j LOG",
  ),
  ...product(
    "-A FORWARD",
    HOSTS.map((host) => `-s 10.0.1.${host}/32`),
    "-j REJECT",
  ),
]);

describe("mistakes that the proof finds", () => {
  test.each([
    ["a log with own bits", /^-A (\S+\/rest) -j MARK .*$/m, "-A $1 -j MARK --set-xmark 0x0/0x4"],
    ["a rest for those who lack the destination", /(0x3\/0x7) -g \S+\/rest-2$/m, "$1 -g M-CLEAR"],
    ["the same for those who lack the service", /(0x7\/0x7) -g (\S+)\/rest$/m, "$1 -g M-CLEAR"],
    [
      "a log for those who lack the destination",
      /(0x3\/0x7) -g \S+\/rest-2$([\s\S]*?-g )(\S+\/rest)$/m,
      "$1 -g $3$2$3",
    ],
    ["a log that ends it", /^-A (\S+)\/rest -g \S+\n/m, ""],
    ["nothing behind the verdict's own test", /^-A \S+ -g \S+\/rest\n/m, ""],
  ])("%s", async (_, from, to) => {
    const old = readRuleset(FLAT, "v4");
    const { text } = rewriteOf(old, planOf(old));
    const wrong = text.replace(from, to);
    expect(wrong, text).not.toBe(text);
    const asked = { packets: 2000, seed: 1, demandAnyMark: true };
    expect((await verify(old, readRuleset(text, "v4", "new.rules"), asked)).result).toBe("equal");
    expect((await verify(old, readRuleset(wrong, "v4", "wrong.rules"), asked)).result).toBe("different");
  });
});
