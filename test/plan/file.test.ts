import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlan, printPlan } from "../../src/plan/file.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "../../src/plan/types.ts";
import { PLAN_CODES } from "../../src/text/codes-plan.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { anyPlan, SMALL_PLAN } from "./plans.ts";

const SMALL_TEXT = printPlan(SMALL_PLAN);

function parse(text: string) {
  return parsePlan(makeSourceFile("p.yaml", text));
}

/** Code and the text it points at, and the help where there is one. */
function problemsOf(text: string): readonly string[] {
  return parse(text).diagnostics.map(({ code, span, help }) => {
    const piece = span === null ? "-" : span.file.text.slice(span.start, span.end);
    return `${code} ${piece}${help === undefined ? "" : ` (${help})`}`;
  });
}

const LAN_MEMBERS = "    members:\n      - 10.0.0.0/8\n      - 192.168.0.0/16\n";

/** The entry of a group that is the same as another one. */
function twin(id: string, axis: string, sameAs: string): string {
  return `  ${id}:\n    name: ${id}\n    nameFrom: person\n    axis: ${axis}\n    accept: true\n    sameAs: ${sameAs}\n`;
}

/** The small plan's text with one piece replaced; fails where the piece isn't there. */
function edited(from: string, to: string): string {
  expect(SMALL_TEXT).toContain(from);
  return SMALL_TEXT.replace(from, to);
}

it("never points behind the end of the file", () => {
  for (const text of ["{", "[", '"', "a: {b"]) {
    const { plan, diagnostics } = parse(text);
    expect(plan).toBeNull();
    for (const { span } of diagnostics) expect(span?.end ?? 0).toBeLessThanOrEqual(text.length);
  }
});

describe("printPlan", () => {
  it("prints a plan that reads well in a review", () => {
    const body = SMALL_TEXT.split("\n").filter((line) => !line.startsWith("#"));
    expect(body.join("\n")).toMatchSnapshot();
  });

  it("explains above what can be edited", () => {
    expect(SMALL_TEXT).toMatch(/^# A plan of markify/);
    for (const word of ["name", "accept", "members"])
      expect(SMALL_TEXT).toMatch(new RegExp(`^#   ${word} `, "m"));
  });

  it("names the family of a place when there are two inputs", () => {
    const [first] = SMALL_PLAN.inputs;
    const both: Plan = {
      ...SMALL_PLAN,
      inputs: [first!, { ...first!, family: "v6" }],
      flat: [{ ...SMALL_PLAN.flat[0]!, input: 1 }],
    };
    expect(printPlan(both)).toContain("where: v6 filter FORWARD");
    expect(parse(printPlan(both)).plan).toEqual(both);
  });
});

describe("parsePlan", () => {
  it("reads back what printPlan printed", () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const parsed = parse(printPlan(plan));
        expect(parsed.diagnostics).toEqual([]);
        expect(parsed.plan).toEqual(plan);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it("takes a group's new name as a reference, and what people write for false", () => {
    const text = edited("name: S-LAN", "name: S-Office").replace("source: S-LAN", "source: S-Office");
    const plan = parse(text.replace("accept: true", "accept: no # not yet")).plan;
    expect(plan?.groups[0]).toMatchObject({ id: "S-LAN", name: "S-Office", accept: false });
    expect(plan?.policyRules[0]?.groups.source).toBe("S-LAN");
  });

  const long = "S-this-name-is-far-too-long-for-it";
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ["no YAML", "keepChains: [DOCKER*]", "keepChains: [DOCKER*", ["PLAN_YAML r"]],
    ["a second document", "ownMarkBits:", "---\nownMarkBits:", ["PLAN_YAML ---"]],
    ["a newer version", "version: 1", "version: 2", ["PLAN_VERSION 2"]],
    [
      "an unknown key",
      "accept: true",
      "acept: true",
      ["PLAN_UNKNOWN_KEY acept (did you mean accept?)", "PLAN_MISSING_KEY name: S-LAN"],
    ],
    ["a key twice", "    axis: source", "    axis: source\n    axis: in", ["PLAN_DUPLICATE_KEY axis"]],
    ["a list for a text", "name: S-LAN", "name: [S-LAN]", ["PLAN_WRONG_TYPE [S-LAN]"]],
    ["an empty name", "name: S-LAN", "name:", ["PLAN_WRONG_TYPE name"]],
    ["a bad value", "accept: true", "accept: perhaps", ["PLAN_BAD_VALUE perhaps"]],
    [
      "a reference to nothing",
      "source: S-LAN",
      "source: S-LNA",
      ["PLAN_UNKNOWN_GROUP S-LNA (did you mean S-LAN?)"],
    ],
    ["a reference across axes", "source: S-LAN", "source: P-WEB", ["PLAN_WRONG_AXIS P-WEB"]],
    ["no reference at all", "    source: S-LAN\n    service: P-WEB\n", "", ["PLAN_NO_GROUP R-1"]],
    ["no members", "      - 10.0.0.0/8\n      - 192.168.0.0/16\n", "", ["PLAN_EMPTY_GROUP members"]],
    ["a member twice", "192.168.0.0/16", "10.0.0.0/8", ["PLAN_MEMBER_TWICE 10.0.0.0/8"]],
    [
      "a group that includes itself",
      "    members:\n      - 10.0.0.0/8\n",
      "    includes: [S-LAN]\n    members:\n      - 10.0.0.0/8\n",
      ["PLAN_INCLUDE_RING S-LAN"],
    ],
    [
      "a group that removes what its part has",
      "  P-WEB:\n",
      "  S-ALL:\n    name: S-ALL\n    nameFrom: person\n    axis: source\n    accept: true\n    includes: [S-LAN]\n    members: [172.16.0.0/12]\n    removed: [10.0.0.0/8]\n  P-WEB:\n",
      ["PLAN_PART_HAS_MEMBER [S-LAN]"],
    ],
    [
      "a group that is the same as another, and has members, too",
      "    axis: source\n",
      "    axis: source\n    sameAs: P-WEB\n",
      ["PLAN_SAME_AS_AND_MORE members", "PLAN_SAME_AS_AXIS P-WEB"],
    ],
    [
      "groups that are the same as each other",
      `${LAN_MEMBERS}  P-WEB:\n`,
      `    sameAs: D-LAN\n${twin("D-LAN", "destination", "S-LAN")}  P-WEB:\n`,
      ["PLAN_SAME_AS_TWIN D-LAN", "PLAN_SAME_AS_TWIN S-LAN", "PLAN_MISSING_KEY markBits"],
    ],
    [
      "a group that is the same as one of its own axis",
      "  P-WEB:\n",
      `${twin("S-2", "source", "S-LAN")}  P-WEB:\n`,
      ["PLAN_SAME_AS_AXIS S-LAN"],
    ],
    [
      "a group that is the same as one that is not there",
      "  P-WEB:\n",
      `${twin("D-LAN", "destination", "S-LNA")}  P-WEB:\n`,
      ["PLAN_UNKNOWN_GROUP S-LNA (did you mean S-LAN?)", "PLAN_MISSING_KEY markBits"],
    ],
    [
      "a service group that is the same as another group",
      "  P-WEB:\n",
      `${twin("P-2", "service", "P-WEB")}  P-WEB:\n`,
      ["PLAN_SAME_AS_AXIS P-WEB"],
    ],
    [
      "a ring of groups that include and are the same",
      `${LAN_MEMBERS}  P-WEB:\n`,
      `    includes: [S-2]\n${twin("S-2", "source", "D-2")}${twin("D-2", "destination", "S-LAN").replace("sameAs: S-LAN", "includes: [D-3]")}${twin("D-3", "destination", "S-LAN")}  P-WEB:\n`,
      ["PLAN_INCLUDE_RING S-LAN", "PLAN_MISSING_KEY markBits"],
    ],
    ["a name twice", "name: P-WEB", "name: S-LAN", ["PLAN_DUPLICATE_NAME S-LAN"]],
    ["a name too long", "name: S-LAN", `name: ${long}`, [`PLAN_NAME_TOO_LONG ${long}`]],
    ["a name with a blank", "name: S-LAN", "name: S LAN", ["PLAN_NAME_CHARACTERS S LAN"]],
    ["a target's name", "name: S-LAN", "name: reject", ["PLAN_NAME_RESERVED reject"]],
    ["descending lines", "lines: 4-7", "lines: 7-4", ["PLAN_BAD_VALUE 7-4"]],
    ["a place without a chain", "where: filter FORWARD", "where: filter", ["PLAN_BAD_VALUE filter"]],
    [
      "a bit of two axes",
      'service: "0x4"',
      'service: "0x1"',
      ['PLAN_BAD_VALUE "0x1"', 'PLAN_BAD_VALUE "0x5"', "PLAN_MISSING_KEY markBits"],
    ],
    ["a missing bit", ', service: "0x4"', "", ['PLAN_BAD_VALUE "0x5"', "PLAN_MISSING_KEY markBits"]],
  ];
  for (const [what, from, to, expected] of cases) {
    it(`notes ${what}`, () => {
      const text = edited(from, to);
      expect(problemsOf(text)).toEqual(expected);
      expect(parse(text).plan).toBeNull();
    });
  }

  it("notes every mistake in one run", () => {
    const text = edited("name: S-LAN", "name: -x")
      .replace("axis: service", "axis: port")
      .replace("R-1:", "R-1:\n    wher: x");
    expect(parse(text).diagnostics.map(({ code }) => code)).toEqual([
      "PLAN_BAD_VALUE",
      "PLAN_UNKNOWN_KEY",
      "PLAN_NAME_CHARACTERS",
    ]);
  });

  it("words each code for people", () => {
    const excerpts = cases.flatMap(([what, from, to]) => {
      const [first] = parse(SMALL_TEXT.replace(from, to)).diagnostics;
      // Without the line's number: the header above the plan may grow.
      return [
        `${what}:`,
        formatDiagnostic(first!, { maxWidth: 110 }).replace(/^p\.yaml:\d+:\d+: |^ *\d+(?= \|)/gm, (number) =>
          number.startsWith("p") ? "" : number.replace(/\d/g, "#"),
        ),
        "",
      ];
    });
    expect(excerpts.join("\n")).toMatchSnapshot();
  });

  it("has a case above for each of its codes", () => {
    const shown = new Set(cases.flatMap(([, , , codes]) => codes.map((code) => code.split(" ")[0])));
    expect(Object.keys(PLAN_CODES).filter((code) => !shown.has(code))).toEqual([
      // These need the rulesets: audit.test.ts, test/cli/plans.test.ts.
      "PATTERN_WITHOUT_CHAIN",
      "COMPILED_CHAINS_STAY",
      "PLAN_UNKNOWN_MEMBER",
      "PLAN_BAD_MEMBER",
      "PLAN_BAD_COMBINATION",
      "PLAN_NOT_EDITABLE",
    ]);
  });

  it("reads an empty file and other YAML as no plan", () => {
    expect(problemsOf("")).toEqual(["PLAN_WRONG_TYPE -"]);
    expect(problemsOf("- a\n")).toEqual(["PLAN_WRONG_TYPE - a"]);
  });
});

describe("a plan of 10,000 rules", () => {
  const groups = Array.from({ length: 300 }, (_, at): PlanGroup => {
    const members = Array.from({ length: 8 }, (_, part) => `10.${at % 256}.${part}.0/24`);
    return { id: `S-${at}`, name: `S-${at}`, axis: "source", accept: true, nameFrom: "number", members };
  });
  const policyRules = Array.from({ length: 100 }, (_, at): PlanPolicyRule => {
    const lines = Array.from({ length: 90 }, (_, part) => at * 100 + part + 1);
    const place = { input: 0, table: "filter", chain: "FORWARD" };
    return {
      id: `R-${at}`,
      name: `R-${at}`,
      accept: true,
      ...place,
      groups: { source: `S-${at}` },
      summary: "-j ACCEPT",
      lines,
    };
  });
  const flat = [{ ...SMALL_PLAN.flat[0]!, lines: Array.from({ length: 1000 }, (_, at) => at * 3 + 1) }];
  const plan: Plan = { ...SMALL_PLAN, markBits: { source: 1 }, groups, policyRules, flat };

  it("prints and parses whole", () => {
    expect(parse(printPlan(plan)).plan?.policyRules).toEqual(policyRules);
  });
});
