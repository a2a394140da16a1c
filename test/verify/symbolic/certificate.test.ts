/**
 * The certificate never says "equal" of what diagrams tell apart, and says it of what markify's own rewriting does.
 *
 * Diagrams are judged by brute force elsewhere (test/verify/enumerate.test.ts); here they judge.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family, Ruleset } from "../../../src/model/types.ts";
import { pairTables } from "../../../src/verify/pairs.ts";
import { Random } from "../../../src/verify/sample/random.ts";
import { proveTable } from "../../../src/verify/symbolic/prove.ts";
import { certify } from "../../../src/verify/symbolic/certificate/certify.ts";
import { verify } from "../../../src/verify/verify.ts";
import { makeMutator } from "../../support/mutate.ts";
import { randomFilter } from "../../support/random-rules.ts";
import { randomTrees } from "../../support/random-trees.ts";
import { EFFORT, SEED } from "../../support/seed.ts";
import { readRuleset, rewriteText } from "../../support/small-tables.ts";
import { randomTable } from "../random-rules.ts";
import { filterOf, rulesetOf } from "../samples.ts";
import { MUTATIONS } from "../small/mutations.ts";
import { REWRITES } from "../small/rewrites.ts";
import { judgeCertificate, noCounts } from "./judge-certificate.ts";
import { SETTINGS } from "./proofs.ts";
import { choose, printTable, randomSmallTable } from "../small/tables.ts";

describe("where diagrams are too large", () => {
  const random = new Random(SEED);
  const dotted = (word: number): string => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join(".");
  const masked = (): string => {
    const mask = ((1 << random.below(32)) | (1 << random.below(32))) >>> 0;
    return `${dotted((mask & random.bits()) >>> 0)}/${dotted(mask)}`;
  };
  const rules = Array.from(
    { length: 300 },
    (_, at) => `-s ${masked()} -d ${masked()} -j ${at % 2 === 0 ? "ACCEPT" : "DROP"}`,
  );
  const other = (list: readonly string[]): string =>
    filterOf(["-A FORWARD -j moved", ...list.map((rule) => `-A moved ${rule}`), "-A OUTPUT -j moved"]);
  const old = filterOf([
    ...rules.map((rule) => `-A FORWARD ${rule}`),
    ...rules.map((rule) => `-A OUTPUT ${rule}`),
  ]);
  const prove = (now: string) => {
    const [one, two] = [old, now].map((text) => rulesetOf(text).tables[0]!);
    const pair = { name: "filter", family: "v4" as const, old: one!, new: two! };
    const limits = { nodes: 1 << 16, deadline: 1, clock: () => 0 };
    const failing = () => {
      throw new Error("slices are asked");
    };
    return proveTable(pair, SETTINGS, false, limits, failing);
  };

  test("it proves what is the same rule by rule, and every hook has an answer of its own", async () => {
    const findings = await prove(other(rules));
    expect(findings.map(({ hook, main }) => `${hook} ${main.answer}`)).toEqual([
      "INPUT equal",
      "FORWARD equal",
      "OUTPUT equal",
    ]);
  });

  test("it leaves everything else to slices", async () => {
    await expect(prove(other(rules.with(150, rules[151]!)))).rejects.toThrow("slices are asked");
  });
});

/** Pairs that differ, and whose lists would be the same if the walk read them carelessly. */
describe("it does not certify", () => {
  const [one, two] = ["-s 10.0.0.1/32", "-s 10.0.0.2/32"];
  const set = (bit: string): string => `-j MARK --set-xmark ${bit}/${bit}`;
  const reset = (bit: string): string => `-m mark ! --mark 0x0/${bit} -j MARK --set-xmark 0x0/${bit}`;
  const cases: Readonly<
    Record<string, readonly [old: readonly string[], now: readonly string[], ownBits?: number]>
  > = {
    "an unknown match that sees a set bit, even where the packet is dropped": [
      ["-A FORWARD -m strange --thing 1 -j DROP"],
      [`-A FORWARD ${set("0x1")}`, "-A FORWARD -m strange --thing 1 -j DROP", `-A FORWARD ${reset("0x1")}`],
    ],
    "a counting match in front of a group, asked once and not for each member": [
      [
        ...[one, two].flatMap((member) => [
          `-A FORWARD ${member} ${set("0x1")}`,
          "-A FORWARD -j twice",
          `-A FORWARD ${reset("0x1")}`,
        ]),
        "-A twice -m limit --limit 5/min -m mark --mark 0x1/0x1 -j DROP",
      ],
      [
        ...[one, two].map((member) => `-A FORWARD ${member} ${set("0x1")}`),
        "-A FORWARD -j twice",
        `-A FORWARD ${reset("0x1")}`,
        "-A twice -m limit --limit 5/min -m mark --mark 0x1/0x1 -j DROP",
      ],
      1,
    ],
    "a way out for packets that lack both of two bits": [
      [`-A FORWARD ${two} -j DROP`],
      [
        "-A FORWARD -j sub",
        `-A FORWARD ${reset("0x3")}`,
        `-A sub ${one} ${set("0x1")}`,
        `-A sub ${two} ${set("0x2")}`,
        "-A sub -m mark ! --mark 0x1/0x1 -m mark ! --mark 0x2/0x2 -j RETURN",
        "-A sub -j DROP",
      ],
    ],
    "one of two bits, where two groups' members meet and each counts": [
      ["-A FORWARD -s 10.0.0.0/31", "-A FORWARD -s 10.0.0.1/32"],
      [
        `-A FORWARD ${reset("0x3")}`,
        `-A FORWARD -s 10.0.0.0/31 ${set("0x1")}`,
        `-A FORWARD ${one} ${set("0x2")}`,
        "-A FORWARD -m mark ! --mark 0x0/0x3 -m length --length 1",
        `-A FORWARD ${reset("0x3")}`,
      ],
    ],
    "one of two bits, of which one asks for a header": [
      [`-A FORWARD ${one} -j ACCEPT`, "-A FORWARD -p tcp -m tcp --dport 22 -j ACCEPT"],
      [
        `-A FORWARD ${one} ${set("0x1")}`,
        `-A FORWARD -p tcp -m tcp --dport 22 ${set("0x2")}`,
        "-A FORWARD -m mark ! --mark 0x0/0x3 -j sub",
        `-A FORWARD ${reset("0x3")}`,
        `-A sub ${reset("0x3")}`,
        "-A sub -j ACCEPT",
      ],
    ],
    "counters of rules that read otherwise": [
      [`-A FORWARD ${one} -i eth0`],
      ["-A FORWARD -i eth0 -j sub", `-A sub ${one}`],
    ],
  };

  test.each(Object.entries(cases))("%s", async (_, [before, after, ownBits = null]) => {
    const [old, now] = [before, after].map((rules) => rulesetOf(filterOf(rules))) as [Ruleset, Ruleset];
    const result = await verify(old, now, { packets: 0, counters: true, ownBits });
    expect(result.result).toBe("different");
    const { pair } = pairTables(old, now)[0]!;
    const settings = { ownBits: result.ownBits, anyMark: false, counters: true };
    expect(certify(pair, "FORWARD", settings, () => {})).toBe(false);
  });

  test("what may write own bits unseen", () => {
    const hash = "-A FORWARD -j HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 1";
    const asks = "-A FORWARD -m mark --mark 0x1/0x1 -j DROP";
    const [old, now] = [[hash], [hash, asks]].map(
      (rules) => rulesetOf(filterOf(rules).replace("*filter", "*mangle")).tables[0]!,
    );
    const pair = { name: "mangle", family: "v4" as const, old: old!, new: now! };
    expect(certify(pair, "FORWARD", { ownBits: 1, anyMark: false, counters: false }, () => {})).toBe(false);
  });
});

test("small tables, changed", { timeout: 600_000 * EFFORT }, async () => {
  const counts = noCounts();
  for (let number = 0; number < 600 * EFFORT; number++) {
    const random = new Random(SEED * 1_000_003 + number);
    let now = randomSmallTable(random);
    const old = printTable(now);
    const lists = [
      ...Array(random.between(0, 2)).fill(REWRITES),
      ...Array(random.below(3) >> 1).fill(MUTATIONS),
    ];
    for (const list of lists) now = list[choose(random, Object.keys(list))]!(now, random) ?? now;
    const text = printTable(now);
    let pair: readonly [Ruleset, Ruleset];
    try {
      pair = [rulesetOf(old), rulesetOf(text)];
    } catch {
      continue;
    }
    await judgeCertificate(...pair, `${old}---\n${text}`, counts);
  }
  console.log("small", JSON.stringify(counts));
  expect(counts.certified).toBeGreaterThan(150);
  expect(counts.different).toBeGreaterThan(50);
});

test.each<Family>(["v4", "v6"])(
  "%s: random tables, one rule moved or gone",
  { timeout: 600_000 * EFFORT },
  async (family) => {
    const counts = noCounts();
    for (let number = 0; number < 150 * EFFORT; number++) {
      const text = randomTable(SEED * 1_000_003 + number, family);
      const { text: other } = makeMutator(text)(new Random(number));
      let pair: readonly [Ruleset, Ruleset];
      try {
        pair = [rulesetOf(text, family), rulesetOf(other, family)];
      } catch {
        continue;
      }
      await judgeCertificate(...pair, `${text}---\n${other}`, counts);
    }
    console.log(family, JSON.stringify(counts));
    expect(counts.different).toBeGreaterThan(20);
  },
);

test.each<Family>(["v4", "v6"])(
  "%s: rewritten tables, and mutants of them",
  { timeout: 600_000 * EFFORT },
  async (family) => {
    const counts = noCounts();
    const mutants = noCounts();
    const tables = fc.oneof(randomFilter(family), randomTrees(family));
    await fc.assert(
      fc.asyncProperty(tables, fc.integer(), async (text, seed) => {
        const old = readRuleset(text, family);
        const { text: rewritten } = rewriteText(text, family);
        await judgeCertificate(old, readRuleset(rewritten, family), `${text}---\n${rewritten}`, counts);
        const mutate = makeMutator(rewritten);
        for (let number = 0; number < 5; number++) {
          const { text: mutant } = mutate(new Random(seed + number));
          let now: Ruleset;
          try {
            now = readRuleset(mutant, family);
          } catch {
            continue;
          }
          await judgeCertificate(old, now, `${text}---\n${mutant}`, mutants);
        }
      }),
      { numRuns: 25 * EFFORT },
    );
    console.log(family, "rewritten", JSON.stringify(counts), "mutants", JSON.stringify(mutants));
    expect(counts.different).toBe(0);
    expect(counts.certified).toBeGreaterThan(counts.missed);
    expect(mutants.different).toBeGreaterThan(20);
  },
);
