/** `review --why`: what stands behind a group or a policy rule. */
import { describe, expect, test } from "vitest";
import { findCase } from "../../src/report/why/case.ts";
import { makeWhyView } from "../../src/report/why/make-why.ts";
import { filterTable, planOf, readRuleset } from "../support/small-tables.ts";
import { runIn } from "./fake-io.ts";
import { FLAT } from "./rulesets.ts";

const PLAN = "old.rules.markify.yaml";

/** FLAT, a source that lacks one combination, and rules of two of the sources to elsewhere. */
const RULES = FLAT.replace(
  "-A INPUT",
  [
    ...[1, 2, 3, 4].flatMap((host) =>
      [80, 443]
        .filter((port) => host < 4 || port === 80)
        .map(
          (port) => `-A FORWARD -s 10.0.1.9/32 -d 10.9.0.${host}/32 -p tcp -m tcp --dport ${port} -j ACCEPT`,
        ),
    ),
    ...[1, 2, 3].flatMap((source) =>
      [1, 2, 3, 4, 5, 6].map(
        (host) =>
          `-A FORWARD -s 10.0.1.${source}/32 -d 10.8.0.${host}/32 -p udp -m udp --dport 123 -m comment --comment "time for desks" -j ACCEPT`,
      ),
    ),
    "-A INPUT",
  ].join("\n"),
);

async function planned(rules = RULES, edit: (text: string) => string = (text) => text) {
  const { files } = await runIn({ "old.rules": rules }, ["import", "old.rules"]);
  return { ...files, [PLAN]: edit(files[PLAN]!) };
}

async function why(files: Readonly<Record<string, string>>, name: string) {
  const { code, stdout } = await runIn(files, ["review", PLAN, "--why", name, "--json"]);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

/** Names of groups by their axis and size, of policy rules by their number of lines. */
async function namesIn(files: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const { groups, products } = JSON.parse((await runIn(files, ["review", PLAN, "--json"])).stdout);
  return Object.fromEntries([
    ...groups.map(({ axis, members, name }: Record<string, string>) => [`${axis} ${members!.length}`, name]),
    ...products.map(({ lines, name }: Record<string, string>) => [`rule ${lines!.length}`, name]),
  ]);
}

describe("a group", () => {
  test("is its rules, its policy rules and its name", async () => {
    const files = await planned();
    const names = await namesIn(files);
    const view = await why(files, names["source 3"]!);
    expect(view).toMatchObject({
      version: 1,
      kind: "group",
      name: "S-TIME-FOR-DESKS",
      nameFrom: "comment",
      nameNote: "comment of all its rules: time for desks",
      axis: "source",
      members: ["10.0.1.1/32", "10.0.1.2/32", "10.0.1.3/32"],
    });
    expect(view.otherNames.map(({ name, from }: Record<string, string>) => `${name} ${from}`)).toEqual([
      "S-10-0-1 network",
      expect.stringMatching(/^S-\d{3} number$/),
    ]);
    expect(view.usedBy).toHaveLength(1);
    const said = view.lines.map(({ line }: { line: number }) => RULES.split("\n")[line - 1]);
    expect(said).toEqual(RULES.split("\n").filter((line) => line.includes("time for desks")));
  });

  test("is compared with others, and with what is nearly in it", async () => {
    const files = await planned();
    const names = await namesIn(files);
    const view = await why(files, names["source 4"]!);
    expect(view.near).toEqual([
      { name: names["source 3"], shared: 3, likeness: 0.75, only: ["10.0.1.4/32"], others: [] },
    ]);
    expect(view.almost).toEqual([
      { member: "10.0.1.9/32", found: 7, needed: 8, missing: ["-d 10.9.0.4/32 tcp dport 443"] },
    ]);
    expect(view.lostInAll).toBe(view.lost.length);
    expect(view.lost[0]).toMatchObject({
      sizes: { source: 5, destination: 3, service: 2 },
      reason: "costs-more",
    });
    expect(view.lost[0].gain).toBeLessThanOrEqual(view.lost[0].cost);
  });

  test("saves what the file lacks without it", async () => {
    for (const [name, view] of await Promise.all(
      Object.values(await namesIn(await planned())).map(async (name) => [
        name,
        await why(await planned(), name),
      ]),
    )) {
      const refused = await planned(RULES, (text) =>
        text.replace(new RegExp(`(\n  ${name}:\n(?:    .*\n)*?    accept: )true`), "$1false"),
      );
      const { stdout } = await runIn(refused, ["review", PLAN, "--json"]);
      expect(view.saves.rulesWithout, name).toBe(JSON.parse(stdout).rulesAfter);
      // Refused, it says what it would save: the same.
      expect(await why(refused, name)).toMatchObject({ accept: false, saves: view.saves });
    }
  });

  test("costs reading: 32 rules, or two lines for the policy rule and each group with its members", async () => {
    const files = await planned(FLAT);
    const names = await namesIn(files);
    const view = await why(files, names["service 2"]!);
    expect(view.saves).toMatchObject({ readingWithout: 33, readingWith: 1 + 2 + 5 + 5 + 3 });
  });

  test("goes by the name that a person gave it, and by the one that it was found under", async () => {
    const files = await planned(RULES, (text) => text.replace("name: S-TIME-FOR-DESKS\n", "name: S-Desks\n"));
    const view = await why(files, "S-Desks");
    expect(view).toMatchObject({ id: "S-TIME-FOR-DESKS", name: "S-Desks", nameFrom: "person" });
    expect(view.otherNames[0]).toEqual({ name: "S-TIME-FOR-DESKS", from: "comment" });
    expect(view.usedBy[0].summary).toContain("-s S-Desks ");
    expect(await why(files, "S-TIME-FOR-DESKS")).toEqual(view);
  });

  test("reads well on a terminal", async () => {
    const files = await planned();
    const names = await namesIn(files);
    const { stdout, stderr } = await runIn(files, ["review", PLAN, "--why", names["source 4"]!]);
    expect(stdout).toMatchSnapshot();
    expect(stderr).toMatch(/: 12 rules fewer and 17 lines fewer to read/);
  });

  test("with a member taken out: all of its combinations are there", async () => {
    const files = await planned(FLAT, (text) => text.replace("      - 10.0.1.4/32\n", ""));
    const names = await namesIn(files);
    const { almost } = await why(files, names["source 3"]!);
    expect(almost).toEqual([{ member: "10.0.1.4/32", found: 8, needed: 8, missing: [] }]);
  });
});

describe("a policy rule", () => {
  test("is its groups and its rules", async () => {
    const files = await planned();
    const names = await namesIn(files);
    const view = await why(files, names["rule 18"]!);
    expect(view).toMatchObject({
      kind: "policy-rule",
      name: "R-TIME-FOR-DESKS",
      nameFrom: "comment",
      groups: { source: "S-TIME-FOR-DESKS", destination: "D-TIME-FOR-DESKS" },
    });
    expect(view.lines).toHaveLength(18);
    expect(view.otherNames).toEqual([]);
  });
});

test("one that makes the file longer says so", async () => {
  const files = await planned(FLAT, (text) => text.replace(/ {6}- 10\.(?:0\.1|9\.0)\.[34]\/32\n/g, ""));
  const names = await namesIn(files);
  const { stderr } = await runIn(files, ["review", PLAN, "--why", names["destination 2"]!]);
  expect(stderr).toMatch(/: \d+ rules? more and \d+ lines? (?:fewer|more) to read/);
});

test("a name that the plan does not have is told, with the nearest", async () => {
  const { code, stderr, stdout } = await runIn(await planned(), ["review", PLAN, "--why", "S-TIME-FOR-DESK"]);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("did you mean S-TIME-FOR-DESKS?");
});

test("with a report in another form it is wrong usage", async () => {
  const { code } = await runIn(await planned(), ["review", PLAN, "--why", "x", "--markdown"]);
  expect(code).toBe(2);
});

describe("a product that the plan lacks, though it would save reading,", () => {
  /** Sources × destinations, by their last numbers. */
  const cells = (sources: string, destinations: string): readonly string[] =>
    [...sources].flatMap((source) =>
      [...destinations].map((to) => `-A FORWARD -s 10.0.0.${source}/32 -d 10.1.0.${to}/32 -j ACCEPT`),
    );
  /** 4 × 5 are taken, with one DROP that keeps the last from its place; 5 × 3 overlap them, and would save 13 lines for 12. */
  const ORDERED = [
    ...new Set([...cells("01236", "567"), ...cells("0567", "0123"), ...cells("5", "7")]),
    "-A FORWARD -s 10.0.0.0/32 -d 10.1.0.0/32 -j DROP",
    ...cells("7", "7"),
  ];
  const TEXT = filterTable(ORDERED, { FORWARD: "DROP" });

  test("is one that would make the file longer than it was, with the numbers", async () => {
    const files = await planned(TEXT);
    const names = await namesIn(files);
    const view = await why(files, names["rule 20"]!);
    expect(view.saves).toMatchObject({ rulesWith: 32, readingWith: 27 });
    // Read: one flat rule, two policy rules, groups of 4, 5, 5 and 3.
    expect(view.lost).toMatchObject([
      {
        ...{ sizes: { source: 5, destination: 3 }, gain: 13, cost: 12, reason: "longer-file" },
        instead: { rules: 35, reading: 1 + 2 * 2 + 5 + 6 + 6 + 4, without: [] },
      },
    ]);
    const { stdout } = await runIn(files, ["review", PLAN, "--why", names["rule 20"]!]);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "with it there would be 26 lines to read, and 35 rules in the file, more than there were at first",
    );
  });

  test("is one that the search did not come by, where the plan lacks it for no other reason", async () => {
    const ruleset = readRuleset(FLAT);
    const plan = planOf(ruleset);
    // A plan with half of the only policy rule: as if the search had stopped there.
    const [rule] = plan.policyRules;
    const halves = plan.groups.map((group) =>
      group.axis === "source" ? { ...group, members: group.members.slice(0, 2) } : group,
    );
    const half = { ...plan, groups: halves, policyRules: [{ ...rule!, lines: rule!.lines.slice(0, 16) }] };
    const view = makeWhyView(findCase(half, [ruleset], rule!.name)!);
    expect(view.lost).toMatchObject([
      {
        sizes: { source: 4 },
        reason: "not-tried",
        instead: { without: [rule!.name], reading: 1 + 2 + 5 + 5 + 3 },
      },
    ]);
  });
});
