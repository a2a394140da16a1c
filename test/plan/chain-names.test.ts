/** Groups and policy rules that are chains already keep the names of these chains, whatever else could name them. */
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import type { Family } from "../../src/model/types.ts";
import { carryEdits } from "../../src/plan/edits.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { NameBase } from "../../src/plan/naming/sources.ts";
import { describeLostNames } from "../../src/plan/plan-names.ts";
import type { Plan } from "../../src/plan/types.ts";
import { filterTable, NO_OPTIONS, product, readRuleset } from "../support/small-tables.ts";

/** A group's chain. */
function group(name: string, bit: string, tests: readonly string[]): readonly string[] {
  return tests.map((each) => `-A ${name} ${each} -j MARK --set-xmark ${bit}/${bit}`);
}

/** A rule chain that asks a group of sources and one of destinations. */
function ruleChain(name: string, source: string, destination: string, call: string): readonly string[] {
  return [
    `-A ${name} -j MARK --set-xmark 0x0/0x30`,
    `-A ${name} -j ${source}`,
    `-A ${name} -j ${destination}`,
    `-A ${name} -m mark ! --mark 0x30/0x30 -g CLR`,
    `-A ${name} -j MARK --set-xmark 0x0/0x30`,
    `-A ${name} -m comment --comment "nightly backup" -j ACCEPT`,
    call,
  ];
}

const PC = [1, 2, 3, 4].map((host) => `-s 10.0.0.${host}/32`);
const WEB = [1, 2, 3, 4].map((host) => `-d 192.0.2.${host}/32`);
const CLEAR = "-A CLR -j MARK --set-xmark 0x0/0x30";
const MARKED = [
  ...group("people", "0x10", PC),
  ...group("boxes", "0x20", WEB),
  ...ruleChain("let_in", "people", "boxes", "-A FORWARD -j let_in"),
  CLEAR,
];

function planOf(texts: readonly (readonly [string, Family])[], base: NameBase = {}): Plan {
  const sources = texts.map(([text, family]) => ({
    path: family,
    digest: "sha256:0",
    clustering: findGroups(readRuleset(text, family), NO_OPTIONS),
  }));
  return makePlan(sources, NO_OPTIONS, base).plan;
}

function namesOf({ groups, policyRules }: Plan): readonly string[] {
  return [...groups, ...policyRules].map(({ id, name, nameFrom = "groups" }) => `${id} ${name} ${nameFrom}`);
}

const KEPT = ["people people chain", "boxes boxes chain", "let_in let_in chain"];

describe("names of chains", () => {
  test("stay, before comments and before the names of files", () => {
    const known = { find: () => ({ name: "Staff", isExact: true }), has: () => true };
    for (const base of [{}, { known }])
      expect(namesOf(planOf([[filterTable(MARKED), "v4"]], base))).toEqual(KEPT);
  });

  test("stay, also where a person has called the groups so in the earlier plan", () => {
    const plan = planOf([[filterTable(MARKED), "v4"]]);
    const previous: Plan = {
      ...plan,
      groups: plan.groups.map((each) => ({ ...each, id: `old-${each.id}`, nameFrom: "network" })),
      policyRules: plan.policyRules.map((each) => ({
        ...each,
        id: "R-OLD",
        groups: { source: "old-people", destination: "old-boxes" },
      })),
    };
    const fresh = planOf([[filterTable(MARKED), "v4"]], { previous });
    expect(namesOf(fresh)).toEqual(KEPT);
    const carried = carryEdits(previous, fresh);
    expect(namesOf(carried.plan)).toEqual(KEPT);
    expect(carried.lost).toEqual([]);
  });

  test("that Firewall Builder gave are not lost when they have become names of chains", () => {
    const plan = planOf([[filterTable(MARKED), "v4"]]);
    const named = plan.groups.map((each) => ({ ...each, nameFrom: "fwbuilder" }));
    expect(describeLostNames({ ...plan, groups: named }, plan)).toEqual([]);
  });

  test("of one set are one name; nobody else gets the other one", () => {
    const more = [
      ...group("S-10-1", "0x10", PC),
      ...ruleChain("let_udp", "S-10-1", "boxes", "-A FORWARD -p udp -j let_udp"),
      ...product("-A INPUT", ["-s 10.1.0.1/32", "-s 10.1.7.2/32", "-s 10.1.8.3/32"], WEB, "-j ACCEPT"),
    ];
    const { groups, policyRules } = planOf([[filterTable([...MARKED, ...more]), "v4"]]);
    expect(groups.map(({ axis, name }) => `${axis} ${name.replace(/\d{3}$/, "NNN")}`).sort()).toEqual([
      "destination boxes",
      "source S-10-1-NNN",
      "source people",
    ]);
    expect(policyRules.map(({ name }) => name)).toContain("let_udp");
  });

  test("that a chain of another input has have a number", () => {
    const other = filterTable(["-A people -s 2001:db8::1/128 -j DROP", "-A INPUT -j people"]);
    const plan = planOf([
      [filterTable(MARKED), "v4"],
      [other, "v6"],
    ]);
    expect(namesOf(plan)[0]).toMatch(/^people-\d{3} people-\d{3} chain$/);
    expect(namesOf(plan).slice(1)).toEqual(KEPT.slice(1));
  });

  test("in the titles that markify writes above them name nothing else that follows", () => {
    const sources = [1, 2, 3, 4].map((host) => `-s 10.1.0.${host}/32`);
    const below = product("-A INPUT", sources, WEB, "-j ACCEPT");
    for (const title of [
      "# CLR: clears the mark bits of the groups and leaves",
      "# let_in: people + boxes -> ACCEPT",
      "# people: source group, sets mark bit 0x10",
    ]) {
      const text = filterTable([...MARKED, ...below]).replace(below[0]!, `${title}\n${below[0]}`);
      const { groups, policyRules } = planOf([[text, "v4"]]);
      expect(groups.map(({ nameFrom }) => nameFrom).sort()).toEqual(["chain", "chain", "network"]);
      expect(policyRules.find(({ chain }) => chain === "INPUT")).not.toHaveProperty("nameFrom");
    }
  });
});
