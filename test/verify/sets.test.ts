/** Set matches whose members are known: the judges agree about them, and a set is proved equal to rules with its members. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { checkAssertions } from "../../src/verify/assert/check.ts";
import { CrossChecker } from "../../src/verify/cross-check.ts";
import { explain } from "../../src/verify/explain/explain.ts";
import { nameOccurrences } from "../../src/verify/occurrences.ts";
import { compileTable } from "../../src/verify/sample/compile.ts";
import { Sampler } from "../../src/verify/sample/draw.ts";
import { FIELD, MODE } from "../../src/verify/sample/packet.ts";
import { TableProof } from "../../src/verify/symbolic/table-proof.ts";
import { verify } from "../../src/verify/verify.ts";
import { EFFORT } from "../support/seed.ts";
import { addSetMatches, randomSets, seen } from "../support/sets.ts";
import { interpret } from "./naive.ts";
import { randomTable } from "./random-rules.ts";
import { filterOf, naivePacket, rulesetOf } from "./samples.ts";
import { NO_BUDGET, SETTINGS } from "./symbolic/proofs.ts";

const PACKETS = 60;

function compareJudges(family: Family, seed: number): void {
  const texts = [seed, seed + 1].map((each) => addSetMatches(randomTable(each, family), each));
  const sets = randomSets(seed, family);
  const { rulesets } = seen(
    texts.map((text) => rulesetOf(text, family)),
    ...sets,
  );
  const [old, now] = rulesets.map(({ tables }) => tables[0]!);
  const pair = { name: "filter", family, old: old!, new: now! };
  const compiled = compileTable(pair, 0);
  const names = nameOccurrences(pair.old, pair.new);
  const checker = new CrossChecker(new TableProof(pair, SETTINGS, NO_BUDGET), compiled);
  for (const hook of compiled.hooks) {
    const sampler = new Sampler(compiled, hook, seed, "some");
    for (let number = 0; number < PACKETS; number++) {
      sampler.draw(number);
      const { packet } = sampler;
      if (packet[FIELD.MODE] === MODE.RANDOM) packet[FIELD.MODE] = MODE.TRUE;
      for (const side of [0, 1] as const) {
        const shown = `${sets.join("\n")}\n${texts[side]}\n${hook.name} ${packet}`;
        const { evaluated, proved } = checker.check(hook, packet, side);
        expect(proved, shown).toEqual(evaluated);
        const table = side === 0 ? pair.old : pair.new;
        const { verdict } = interpret(table, hook.name, naivePacket(compiled, packet), names);
        expect(JSON.stringify(evaluated), shown).toContain(JSON.stringify(verdict).slice(1, -1));
      }
    }
  }
}

test.each<Family>(["v4", "v6"])("%s: proof, evaluator and naive interpreter agree about sets", (family) => {
  fc.assert(
    fc.property(fc.integer(), (seed) => compareJudges(family, seed)),
    { numRuns: 40 * EFFORT },
  );
});

const BAD = [
  "create bad hash:net",
  "add bad 203.0.113.0/24",
  "add bad 203.0.113.7 nomatch",
  "add bad 198.51.100.1",
];
const BY_SET = ["-A FORWARD -m set --match-set bad src -j DROP"];
const BY_ADDRESS = [
  "-A FORWARD -s 203.0.113.7 -j RETURN",
  "-A FORWARD -s 203.0.113.0/24 -j DROP",
  "-A FORWARD -s 198.51.100.1 -j DROP",
];

function through(lines: readonly string[], ...sides: readonly (readonly string[])[]): readonly Ruleset[] {
  return seen(
    sides.map((rules) => rulesetOf(filterOf(rules))),
    ...lines,
  ).rulesets;
}

async function compare(lines: readonly string[], old: readonly string[], now: readonly string[]) {
  const [first, second] = through(lines, old, now);
  return verify(first!, second!, { packets: 2000, crossCheck: true });
}

describe("a set against plain rules", () => {
  test("is proved equal, and says what that rests on", async () => {
    const result = await compare(BAD, BY_SET, BY_ADDRESS);
    expect(result).toMatchObject({ result: "equal", basis: "proved" });
    expect(result.assumptions).toEqual(["The set bad holds what t.ipset says, and nothing changes that."]);
  });

  test("differs by the address of a member that is missing", async () => {
    const result = await compare(BAD, BY_SET, BY_ADDRESS.slice(0, 2));
    expect(result).toMatchObject({
      result: "different",
      basis: "proved",
      witness: { packet: { fields: { source: "198.51.100.1" } }, differs: ["verdict"] },
      differences: [{ fields: { source: ["198.51.100.1/32"] } }],
    });
  });

  test("differs by the address that nomatch takes out", async () => {
    const result = await compare(BAD, BY_SET, BY_ADDRESS.slice(1));
    expect(result).toMatchObject({
      result: "different",
      witness: { packet: { fields: { source: "203.0.113.7" } } },
    });
  });

  test("negated, and of a list in which no IPv4 address is", async () => {
    const six = [
      "create six hash:net family inet6",
      "add six 2001:db8::/32",
      "create list list:set",
      "add list six",
    ];
    const never = await compare(six, ["-A FORWARD -m set --match-set list src -j DROP"], []);
    expect(never.result).toBe("equal");
    const always = await compare(
      six,
      ["-A FORWARD -m set ! --match-set list src -j DROP"],
      ["-A FORWARD -j DROP"],
    );
    expect(always.result).toBe("equal");
  });

  test("nothing is assumed where no set is compared, or its members do not matter", async () => {
    expect((await compare(BAD, ["-A FORWARD -s 10.0.0.1 -j DROP"], [])).assumptions).toEqual([]);
    expect(await compare(BAD, BY_SET, BY_SET)).toMatchObject({ result: "equal", assumptions: [] });
  });
});

test("explain asks for the address alone, and says where members are from", () => {
  const [ruleset] = through(BAD, BY_SET);
  const walk = (source: string) => explain(ruleset!, { in: "eth0", out: "eth1", source });
  expect(walk("203.0.113.8")).toMatchObject({
    explanation: { verdict: "DROP", notes: ["sets hold what t.ipset says"] },
  });
  expect(walk("203.0.113.7")).toMatchObject({ explanation: { verdict: "ACCEPT" } });
  expect(explain(ruleset!, { in: "eth0", out: "eth1" })).toMatchObject({
    explanation: { result: "unknown" },
  });
});

test("assertions are proved with the members", () => {
  const [ruleset] = through(BAD, BY_SET);
  expect(checkAssertions(ruleset!, []).assumptions).toContain(
    "For the assertions, the set bad holds what t.ipset says, and nothing changes that.",
  );
});
