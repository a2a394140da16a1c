/** Sets are a part of what a plan was made from, although no line of a ruleset shows their members. */
import { describe, expect, test } from "vitest";
import { compareLive } from "../../src/apply/compare-live.ts";
import { findSetChanges, knowAs, refuseSetChanges } from "../../src/apply/same-sets.ts";
import type { Ruleset } from "../../src/model/types.ts";
import { knowSets } from "../../src/sets/know.ts";
import { parseSets } from "../../src/sets/parse.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { filterRules, prove, proveNothing, rulesOfTables } from "./texts.ts";

const CREATE = "create S-LAN hash:net family inet hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x1";
const RULES = [
  ":INPUT DROP",
  "-A INPUT -m set --match-set S-LAN src -p tcp -m tcp --dport 22 -j ACCEPT",
  "-A INPUT -m set --match-set other dst -j ACCEPT",
  "-A INPUT -s 192.0.2.1/32 -j ACCEPT",
];

function save(...entries: readonly string[]): string {
  return `${[CREATE, ...entries.map((entry) => `add S-LAN ${entry}`)].join("\n")}\n`;
}

function seen(ruleset: Ruleset, text: string): Ruleset {
  const { sets } = parseSets(makeSourceFile("sets", text));
  return knowSets([ruleset], sets!).rulesets[0]!;
}

const INPUT = seen(filterRules(...RULES), save("10.0.0.0/24", "10.0.1.0/24", "10.9.0.1"));

describe("sets that the plan knows", () => {
  test.each<[string, string]>([
    ["in another order", save("10.9.0.1", "10.0.1.0/24", "10.0.0.0/24")],
    ["with the same addresses in other entries", save("10.0.0.0/23", "10.9.0.1")],
    [
      "of another size, among others",
      `create x hash:ip\n${save("10.0.0.0/23", "10.9.0.1").replace("maxelem 1048576", "maxelem 65536")}`,
    ],
  ])("are the same %s", (_what, live) => {
    expect(findSetChanges(INPUT, live)).toEqual([]);
  });

  test("have other members live", () => {
    const changes = findSetChanges(INPUT, save("10.0.0.0/23", "10.9.0.2"));
    expect(changes).toEqual([{ set: "S-LAN", members: { added: ["10.9.0.2"], removed: ["10.9.0.1"] } }]);
    expect(refuseSetChanges(changes)).toMatchObject({ details: ["set S-LAN: -10.9.0.1 +10.9.0.2"] });
  });

  test.each<[string, string | null]>([
    ["is gone", "create x hash:ip\n"],
    ["can't be asked without ipset", null],
    [
      "has members that time out",
      save("10.0.0.0/23", "10.9.0.1").replace(" hashsize", " timeout 60 hashsize"),
    ],
    ["is of another kind", "create S-LAN hash:ip,port\n"],
    ["stands in a text that can't be read", `${save("10.0.0.0/23", "10.9.0.1")}garbage\n`],
  ])("one %s: unknown is a change", (_what, live) => {
    expect(findSetChanges(INPUT, live)).toEqual([{ set: "S-LAN", members: null }]);
  });

  test("those that it doesn't know are no matter: what was proved holds for any members", () => {
    expect(findSetChanges(filterRules(...RULES), null)).toEqual([]);
    expect(refuseSetChanges([])).toBeNull();
  });

  test("one that a live rule changes", () => {
    const input = seen(rulesOfTables({ filter: RULES }), save("10.0.0.0/23"));
    const live = {
      ...input,
      tables: [
        ...input.tables,
        ...rulesOfTables({ raw: ["-A PREROUTING -j SET --add-set S-LAN src"] }).tables,
      ],
    };
    expect(findSetChanges(live, save("10.0.0.0/23"))).toEqual([{ set: "S-LAN", members: null }]);
  });

  test("many members are counted", () => {
    const members = Array.from({ length: 20 }, (_, at) => `10.20.${at}.1`);
    const [detail] = refuseSetChanges(
      findSetChanges(INPUT, save("10.0.0.0/23", "10.9.0.1", ...members)),
    )!.details;
    expect(detail).toMatch(/ and 10 more$/);
  });
});

describe("knowing the same sets", () => {
  test("what is read from the kernel can be held against a plan that knows its sets", async () => {
    const [policy, ssh, , host] = RULES;
    const input = seen(filterRules(policy!, ssh!, host!), save("10.0.0.0/23"));
    const swapped = filterRules(policy!, host!, ssh!);
    expect((await compareLive(input, swapped, prove)).answer).not.toBe("equal");
    expect((await compareLive(input, knowAs(swapped, input), prove)).answer).toBe("equal");
  });

  test("lists are the same either way", async () => {
    expect((await compareLive(INPUT, filterRules(...RULES), proveNothing)).answer).toBe("same");
    expect((await compareLive(INPUT, knowAs(filterRules(...RULES), INPUT), proveNothing)).answer).toBe(
      "same",
    );
  });

  test("a ruleset that knows none teaches none", () => {
    const ruleset = filterRules(...RULES);
    expect(knowAs(ruleset, ruleset)).toBe(ruleset);
  });
});
