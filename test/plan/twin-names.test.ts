/** The same members as sources and as destinations: one stem. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { parseHosts } from "../../src/import/hosts-file.ts";
import { makePlan } from "../../src/plan/make.ts";
import { HostNames } from "../../src/plan/naming/host-names.ts";
import { NameBook, type NameWish } from "../../src/plan/naming/name-book.ts";
import type { NameBase } from "../../src/plan/naming/sources.ts";
import type { Plan, PlanGroup } from "../../src/plan/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const hosts = (option: string, first: number) =>
  [0, 1, 2, 3].map((more) => `${option} 172.16.5.${first + more}/32`);
const clients = (option: string) => [1, 2, 3].map((host) => `${option} 10.9.0.${host}/32`);
const ports = (...all: readonly number[]) => all.map((port) => `-p tcp -m tcp --dport ${port}`);
const says = (comment: string) => `-m comment --comment "${comment}"`;

const out = (comment = "") =>
  product("-A FORWARD", hosts("-s", 1), clients("-d"), ports(22, 80), comment, "-j ACCEPT");
const back = (comment = "") =>
  product("-A FORWARD", clients("-s"), hosts("-d", 1), ports(443, 8443), comment, "-j ACCEPT");
const other = product("-A FORWARD", clients("-s"), hosts("-d", 10), ports(25, 26), "-j ACCEPT");

function planOf(rules: readonly string[], base: NameBase = {}): Plan {
  const clustering = findGroups(readRuleset(filterTable(rules, { FORWARD: "DROP" })), NO_OPTIONS);
  return makePlan([{ path: "t.rules", digest: "sha256:0", clustering }], NO_OPTIONS, base).plan;
}

const find = ({ groups }: Plan, axis: string): PlanGroup =>
  groups.find((group) => group.axis === axis && group.members.includes("172.16.5.1/32"))!;
const names = (plan: Plan) => [find(plan, "source").name, find(plan, "destination").name];

describe("the stem", () => {
  test("is the network, with a number for both where one of them needs it", () => {
    expect(names(planOf([...out(), ...back()]))).toEqual(["S-172-16-5", "D-172-16-5"]);
    const [first, second] = names(planOf([...out(), ...back(), ...other]));
    expect(first).toMatch(/^S-172-16-5-[3-9]\d\d$/);
    expect(second).toBe(first!.replace("S-", "D-"));
  });

  test("is a comment only where both have it: it says something of rules", () => {
    expect(names(planOf([...out(says("to the clients")), ...back()]))).toEqual(["S-172-16-5", "D-172-16-5"]);
    const [first, second] = names(planOf([...out(says("DMZ")), ...back(says("DMZ"))]));
    // All four groups would be called that.
    expect(first).toMatch(/^S-DMZ-\d{3}$/);
    expect(second).toBe(first!.replace("S-", "D-"));
    // Without the other group it names this one.
    expect(find(planOf(out(says("to the clients"))), "source").name).toBe("S-TO-THE-CLIENTS");
  });

  test("is that of the hosts", () => {
    const lines = [1, 2, 3, 4].map((host) => `172.16.5.${host} web${host}\n`).join("");
    const { entries } = parseHosts(makeSourceFile("hosts", lines));
    const base: NameBase = { hosts: new HostNames(entries!) };
    expect(names(planOf([...out(), ...back()], base))).toEqual(["S-WEB", "D-WEB"]);
  });

  test("of one that has its name already is the other one's, too", () => {
    const before = planOf([...out(), ...other]);
    expect(find(before, "source").name).toBe("S-172-16-5");
    const both = planOf([...out(), ...back(), ...other], { previous: before });
    // The name is taken: then it has one of its own.
    const taken = before.groups.some(({ name }) => name === "D-172-16-5");
    expect([taken, names(both)[0]]).toEqual([true, "S-172-16-5"]);
    expect(names(both)[1]).toMatch(/^D-172-16-5-\d{3}$/);
    const rival = product("-A FORWARD", hosts("-s", 20), clients("-d"), ports(110, 143), "-j ACCEPT");
    const alone = planOf([...out(), ...rival]);
    const { name } = find(alone, "source");
    expect(name).toMatch(/^S-172-16-5-\d{3}$/);
    const now = planOf([...out(), ...rival, ...back()], { previous: alone });
    expect(names(now)).toEqual([name, name.replace("S-", "D-")]);
    expect(find(now, "destination")).toMatchObject({
      nameFrom: "twin",
      nameNote: `has the members of ${name}`,
    });
    expect(names(planOf([...out(), ...back()], { previous: now }))).toEqual(names(now));
  });

  test("of a chain that is a group is that of the new group", () => {
    const plan = planOf(out());
    const named: Plan = {
      ...plan,
      groups: plan.groups.map((group) => (group.axis === "source" ? { ...group, name: "S-DMZ" } : group)),
    };
    const { text } = rewriteOf(readRuleset(filterTable(out(), { FORWARD: "DROP" })), named);
    const now = readRuleset(text.replace("COMMIT", `${back().join("\n")}\nCOMMIT`));
    const clustering = findGroups(now, NO_OPTIONS);
    const again = makePlan([{ path: "t", digest: "sha256:0", clustering }], NO_OPTIONS).plan;
    expect(names(again)).toEqual(["S-DMZ", "D-DMZ"]);
    expect(find(again, "destination").sameAs).toBe("S-DMZ");
  });

  test("does not change for a name that a person gave one of the two", () => {
    const before = planOf([...out(), ...back()]);
    const previous: Plan = {
      ...before,
      groups: before.groups.map((group) => (group.axis === "source" ? { ...group, name: "S-DMZ" } : group)),
    };
    expect(names(planOf([...out(), ...back()], { previous }))).toEqual(["S-172-16-5", "D-172-16-5"]);
  });
});

test("a book of names gives twins a number, and the same one, or none", () => {
  const anyWishes = fc.record({
    stems: fc.array(fc.constantFrom("A", "B", "C", ""), { minLength: 1, maxLength: 8 }),
    taken: fc.subarray(["S-A", "D-A", "S-B", "D-C", "S-C"]),
    others: fc.subarray(["D-A", "S-B"]),
  });
  const property = fc.property(anyWishes, fc.boolean(), ({ stems, taken, others }, turn) => {
    const wishes = stems.flatMap((stem, at): NameWish[] => {
      const wish = (prefix: string, twin: string): NameWish => ({
        key: `${prefix}${at}`,
        content: String(at),
        names: [stem === "" ? prefix : `${prefix}-${stem}`],
        twin: `${twin}${at}`,
      });
      // Every third one stands alone.
      return at % 3 === 2 ? [wish("S", "D")] : [wish("S", "D"), wish("D", "S")];
    });
    const given = new NameBook(taken).takeAll(turn ? wishes.toReversed() : wishes, others);
    expect(given.size).toBe(wishes.length);
    const all = [...given.values()];
    expect(new Set([...all, ...taken]).size).toBe(all.length + taken.length);
    for (const [at] of stems.entries())
      if (at % 3 !== 2) expect(given.get(`D${at}`)).toBe(given.get(`S${at}`)!.replace(/^S/, "D"));
    const again = new NameBook(taken).takeAll(turn ? wishes : wishes.toReversed(), others);
    expect([...again].sort()).toEqual([...given].sort());
  });
  fc.assert(property, { numRuns: 500 * EFFORT });
});
