/** Groups whose members are in ipsets: the lines, the file of sets, the proof with that very file, and what a second import makes of both. */
import { describe, expect, test } from "vitest";
import { printSetFile } from "../../src/emit/ipset-file.ts";
import { findSetChange } from "../../src/emit/set-change.ts";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { parsePlan, printPlan } from "../../src/plan/file.ts";
import type { Plan } from "../../src/plan/types.ts";
import { knowGroupSets } from "../../src/sets/know.ts";
import { parseSets } from "../../src/sets/parse.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { importOrThrow } from "../support/pipeline.ts";
import { filterTable, NO_OPTIONS, planOf, readRuleset, rewriteOf } from "../support/small-tables.ts";

const product = (sources: readonly string[], destinations: readonly string[]): readonly string[] =>
  sources.flatMap((source) =>
    destinations.map((destination) => `-A FORWARD ${source} ${destination} -j ACCEPT`),
  );

const V4 = filterTable(
  [
    ...product(
      [
        "-s 10.0.0.0/8",
        "-s 10.1.2.0/24",
        "-s 192.0.2.7/32",
        "-m iprange --src-range 172.16.0.3-172.16.0.9",
      ].concat("-s 10.0.0.5/255.0.0.255"),
      Array.from({ length: 9 }, (_, at) => `-d 198.51.100.${at + 1}/32`),
    ),
    "-A FORWARD -s 10.0.0.0/8 -j DROP",
  ],
  { FORWARD: "DROP" },
);

const V6 = filterTable(
  product(
    ["-s 2001:db8::/32", "-s 2001:db8:1::/48", "-s 2001:db8:2::7/128", "-s fd00::/8"],
    Array.from({ length: 9 }, (_, at) => `-d 2001:db8:9::${at + 1}/128`),
  ),
  { FORWARD: "DROP" },
);

/** A ruleset seen through the sets of a text. */
function seen(ruleset: Ruleset, sets: string): Ruleset {
  const { sets: read, diagnostics } = parseSets(makeSourceFile("new.ipset", sets));
  if (read === null) throw new Error(JSON.stringify(diagnostics));
  return knowGroupSets([ruleset], read)[0]!;
}

function store(old: Ruleset, change: Partial<Plan> = { storage: "ipset" }) {
  const plan = { ...planOf(old), ...change };
  const { rewritten, text } = rewriteOf(old, plan);
  const sets = printSetFile(rewritten.sets, ["members"]);
  return { plan, rewritten, text, sets, now: seen(readRuleset(text, old.family, "new.rules"), sets) };
}

describe.each<readonly [Family, string]>([
  ["v4", V4],
  ["v6", V6],
])("%s", (family, text) => {
  test("one line asks the set; what was written is proved equal, and is known again", async () => {
    const old = readRuleset(text, family);
    const made = store(old);
    expect(made.text.match(/--match-set S-\S+ src -j MARK/g)).toHaveLength(1);
    expect(made.text.match(/--match-set D-\S+ dst -j MARK/g)).toHaveLength(1);
    expect(made.sets).toContain(family === "v4" ? "family inet " : "family inet6 ");
    const result = await verify(old, made.now, { packets: 20_000, demandAnyMark: true });
    expect([result.result, result.basis], JSON.stringify(result.witness)).toEqual(["equal", "proved"]);
    expect(result.assumptions.join()).toContain("new.ipset");
    const again = store(made.now, {});
    expect(again.rewritten.changed).toBe(false);
    expect(again.sets).toBe(made.sets);
    expect(
      again.plan.groups.map(({ axis, storage, members }) => ({
        axis,
        storage,
        members: [...members].sort(),
      })),
    ).toEqual(
      made.plan.groups.map(({ axis, members }) => ({ axis, storage: "ipset", members: [...members].sort() })),
    );
  });

  test("a set with a member less is not equal, and neither is one with a member more", async () => {
    const old = readRuleset(text, family);
    const { text: written, sets } = store(old);
    const read = () => readRuleset(written, family, "new.rules");
    const lines = sets.split("\n").filter((line) => line.startsWith("add "));
    const more = family === "v4" ? "203.0.113.9/32" : "2001:db9::/32";
    const wrong = [
      sets.replace(/^add D-.*\n/m, ""),
      sets.replace(lines[0]!, `${lines[0]}\n${lines[0]!.replace(/ \S+ -exist$/, ` ${more} -exist`)}`),
      sets.replace(/^swap S-.*\n/m, ""),
    ];
    for (const each of wrong) {
      const { result } = await verify(old, seen(read(), each), { packets: 0 });
      expect(result).toBe("different");
    }
  });

  test("back to lines", async () => {
    const old = readRuleset(text, family);
    const { now } = store(old);
    const { text: lines, sets } = store(now, {
      ...planOf(now),
      storage: "lines",
      groups: planOf(now).groups.map(({ storage: _, ...group }) => group),
    });
    expect([lines.includes("--match-set"), sets]).toEqual([false, ""]);
    const result = await verify(old, readRuleset(lines, family), { packets: 0 });
    expect(result.result).toBe("equal");
  });
});

test("ranges and masks keep lines of their own", () => {
  const { text, sets } = store(readRuleset(V4));
  expect(text).toMatch(/^-A S-\S+ -m iprange --src-range 172.16.0.3-172.16.0.9 -j MARK/m);
  expect(text).toMatch(/^-A S-\S+ -s 10.0.0.5\/255.0.0.255 -j MARK/m);
  expect(sets).toMatch(/^add \S+~ 10.1.2.0\/24 -exist$/m);
  expect(sets).not.toContain("172.16");
});

test("by size, and by group", () => {
  const old = readRuleset(V4);
  expect(store(old, { storage: "ipset:10" }).text).not.toContain("--match-set");
  expect(store(old, { storage: "ipset:3" }).rewritten.sets).toHaveLength(2);
  const groups = planOf(old).groups.map((group) =>
    group.axis === "source" ? { ...group, storage: "ipset" as const } : group,
  );
  expect(store(old, { groups }).rewritten.sets.map(({ name }) => name[0])).toEqual(["S"]);
});

test("many members need no tree, and runs have no such group", async () => {
  const rules = (second: number, target: string) =>
    product(
      Array.from({ length: 40 }, (_, at) => `-s 10.${second + (at % 5)}.${at}.7/32`),
      ["-d 198.51.100.1/32", "-d 198.51.100.2/32", "-d 198.51.100.3/32"],
    ).map((rule) => rule.replace("-j ACCEPT", target));
  const old = readRuleset(filterTable([...rules(0, "-j ACCEPT"), ...rules(100, "-j REJECT")]));
  const lines = store(old, { layout: "hoisted" });
  expect([lines.rewritten.runs, lines.rewritten.unhoisted]).toEqual([1, []]);
  expect(store(old, {}).rewritten.treeGroups).toHaveLength(2);
  const made = store(old, { layout: "hoisted", storage: "ipset:4" });
  expect(made.rewritten.unhoisted).toEqual(
    made.plan.policyRules.map(({ name }) => ({ name, why: "stored" })),
  );
  expect([made.rewritten.runs, made.rewritten.treeGroups]).toEqual([0, []]);
  expect(made.text.match(/--match-set S-/g)).toHaveLength(2);
  expect((await verify(old, made.now, { packets: 0, demandAnyMark: true })).result).toBe("equal");
});

test("groups of one definition have a set each, and come back as such", async () => {
  const hosts = [1, 2, 3, 4, 5, 6].map((host) => `10.0.1.${host}/32`);
  const [own, other] = ["-s", "-d"].map((option) => hosts.map((host) => `${option} ${host}`));
  const far = (option: string) => [1, 2, 3, 4, 5, 6].map((host) => `${option} 198.51.100.${host}/32`);
  const old = readRuleset(filterTable([...product(own!, far("-d")), ...product(far("-s"), other!)]));
  const made = store(old);
  const twin = made.plan.groups.find(({ sameAs }) => sameAs !== undefined)!;
  expect(made.rewritten.sets).toHaveLength(4);
  expect((await verify(old, made.now, { packets: 0, demandAnyMark: true })).result).toBe("equal");
  const again = store(made.now, {});
  expect(again.rewritten.changed).toBe(false);
  expect([again.text, again.sets]).toEqual([made.text, made.sets]);
  expect(again.plan.groups.find(({ name }) => name === twin.name)).toMatchObject({
    sameAs: expect.any(String),
    storage: "ipset",
  });
  const file = printPlan(again.plan).replaceAll(/digest: sha256:.*/g, `digest: sha256:${"0".repeat(64)}`);
  expect(parsePlan(makeSourceFile("p.yaml", file)).plan?.groups).toEqual(again.plan.groups);
});

test("a chain below a group's is no place for a set", () => {
  const { text, sets } = store(readRuleset(V4));
  const [, line, name] = /^(-A (S-\S+) -m set .*)$/m.exec(text)!;
  const moved = text
    .replace(line!, `-A ${name} -s 10.0.0.0/8 -j BELOW\n${line!.replaceAll(name!, "BELOW")}`)
    .replace(/^:S-/m, ":BELOW - [0:0]\n:S-");
  expect(planOf(seen(readRuleset(text), sets)).policyRules).toHaveLength(1);
  expect(planOf(seen(readRuleset(moved), sets.replaceAll(name!, "BELOW"))).policyRules).toEqual([]);
});

test("without the file of sets nothing is recognised, all is said, and no line is lost", () => {
  const { text } = store(readRuleset(V4));
  const blind = readRuleset(text);
  const { rewritten } = rewriteOf(blind, planOf(blind));
  expect(rewritten.changed).toBe(false);
  expect(rewriteOf(blind, planOf(blind)).text).toBe(text);
});

test("all addresses are two halves; duplicates do no harm", () => {
  const sets = [{ name: "S-ALL", family: "v4" as const, members: ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/8"] }];
  const text = printSetFile(sets, []);
  expect(text).toContain("add S-ALL~ 0.0.0.0/1 -exist\nadd S-ALL~ 128.0.0.0/1 -exist\n");
  expect(printSetFile([{ name: "S-ALL", family: "v6", members: ["::/0"] }], [])).toContain("8000::/1");
  const read = parseSets(makeSourceFile("sets", text)).sets!.sets.get("S-ALL");
  expect(read).toMatchObject({ ranges: [{ first: [0], last: [0xffffffff] }] });
});

test("a change of members is commands; a set that comes or goes is more than that", () => {
  const set = { name: "S-A", family: "v4" as const, members: ["10.0.0.1/32", "10.0.0.2/32"] };
  const other = { ...set, members: ["10.0.0.2/32", "0.0.0.0/0"] };
  expect(findSetChange([set], [other])).toEqual([
    "add S-A 0.0.0.0/1 -exist",
    "add S-A 128.0.0.0/1 -exist",
    "del S-A 10.0.0.1/32 -exist",
  ]);
  expect(findSetChange([set], [])).toBeNull();
});

test("the same name with other members is another condition", async () => {
  const text = filterTable(["-A FORWARD -m set --match-set FORWARD src -j ACCEPT"], { FORWARD: "DROP" });
  const [one, other] = ["10.0.0.1", "10.0.0.2"].map((address) =>
    seen(readRuleset(text), `create FORWARD hash:net\nadd FORWARD ${address}\n`),
  );
  expect((await verify(one!, one!, { packets: 0 })).result).toBe("equal");
  const result = await verify(one!, other!, { packets: 1000 });
  expect(result.result).toBe("different");
});

const corpus = listOwnCorpus().filter((file) => readCorpusFile(file).text.length < 300_000);

test.each([false, true])(
  "the corpus with every group in a set: equal, and nothing a second time (aggregate: %s)",
  async (aggregate) => {
    let stored = 0;
    for (const entry of corpus) {
      const file = readCorpusFile(entry);
      const old = importOrThrow(file, entry.family);
      const options = { ...NO_OPTIONS, aggregate };
      const { rewritten, text } = rewriteOf(old, planOf(old, { ...options, storage: "ipset" }));
      if (rewritten.sets.length === 0) continue;
      stored++;
      const sets = printSetFile(rewritten.sets, []);
      const now = seen(importOrThrow(makeSourceFile("new.rules", text, file.encoding), entry.family), sets);
      const { result, basis } = await verify(old, now, { packets: 2000 });
      expect([entry.name, result, basis]).toEqual([entry.name, "equal", "proved"]);
      const again = rewriteOf(now, planOf(now, options)).rewritten;
      expect([entry.name, again.changed]).toEqual([entry.name, false]);
      expect(printSetFile(again.sets, [])).toBe(sets);
    }
    expect(stored).toBeGreaterThan(5);
  },
  120_000,
);
