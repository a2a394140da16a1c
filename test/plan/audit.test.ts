/** What a plan file says of its rulesets has to be true: edits that would change nothing are refused. */
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { importRuleset } from "../../src/import/import.ts";
import { auditPlan } from "../../src/plan/audit.ts";
import { parsePlan, printPlan } from "../../src/plan/file.ts";
import { makePlan } from "../../src/plan/make.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { makeSourceFile, type SourceFile } from "../../src/text/source.ts";
import { FLAT } from "../cli/rulesets.ts";
import { filterTable } from "../support/small-tables.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";

function planTextOf(file: SourceFile) {
  const ruleset = importRuleset(file).ruleset!;
  const options = { keepChains: [], rewriteChains: [] };
  const clustering = findGroups(ruleset, options);
  const digest = `sha256:${"0".repeat(64)}`;
  return { ruleset, text: printPlan(makePlan([{ path: "old.rules", digest, clustering }], options).plan) };
}

const { ruleset, text: TEXT } = planTextOf(makeSourceFile("old.rules", FLAT));

function auditOf(text: string) {
  const { plan, place, diagnostics } = parsePlan(makeSourceFile("p.yaml", text));
  expect(diagnostics).toEqual([]);
  return auditPlan(plan!, place, [ruleset]);
}

/** Code, the text it points at, and its help. */
function problemsOf(from: RegExp, to: string): readonly string[] {
  expect(TEXT).toMatch(from);
  return auditOf(TEXT.replace(from, to)).map(({ code, span, help }) => {
    const piece = span === null ? "-" : span.file.text.slice(span.start, span.end);
    return `${code} ${piece}${help === undefined ? "" : ` (${help})`}`;
  });
}

describe("an edit that changes nothing is refused at its place", () => {
  test.each([
    ["a summary", /-j ACCEPT/, "-j DROP", /^PLAN_NOT_EDITABLE "-s S-\S+ -d \S+ .*-j DROP"$/],
    ["a policy rule's place", /where: filter FORWARD/, "where: filter INPUT", /NOT_EDITABLE filter INPUT$/],
    ["a flat rule's place", /where: filter INPUT/, "where: filter FORWARD", /NOT_EDITABLE filter FORWARD$/],
    ["a flat rule's reason", /reason: alone/, "reason: effect", /NOT_EDITABLE effect$/],
    ["a line that is flat, too", /lines: 37$/m, "lines: 36-37", /NOT_EDITABLE 36-37$/],
    ["a line that is missing", /flat:\n[\s\S]*$/, "flat: []\n", /NOT_EDITABLE \[\]$/],
    ["the number of rules", /rules: 33/, "rules: 34", /NOT_EDITABLE 34$/],
    ["the tables", /tables: \[filter\]/, "tables: [filter, nat]", /NOT_EDITABLE \[filter, nat\]$/],
    ["a member", /- 10\.0\.1\.4\/32/, "- 10.0.1.5/32", /^PLAN_UNKNOWN_MEMBER 10\.0\.1\.5\/32 \(did you mean/],
    [
      "a member of a refused group",
      /accept: true([\s\S]*?)- 10\.0\.1\.4\/32/,
      "accept: false$1- 10.7.7.7/32",
      /^PLAN_UNKNOWN_MEMBER 10\.7\.7\.7\/32/,
    ],
  ])("%s", (_, from, to, expected) => {
    expect(problemsOf(from, to)).toEqual([expect.stringMatching(expected)]);
  });
});

test("a policy rule that replaces chains is what these chains are", () => {
  const level = (chain: string, option: string, then: string) =>
    [1, 2, 3, 4, 5, 6].map((host) => `-A ${chain} ${option} 10.0.7.${host}/32 -j ${then}`);
  const calls = [22, 80, 443].flatMap((port) => [
    `-A FORWARD -p tcp -m tcp --dport ${port} -j C${port}.0`,
    ...level(`C${port}.0`, "-s", `C${port}.1`),
    ...level(`C${port}.1`, "-d", "ACCEPT"),
  ]);
  const tree = planTextOf(makeSourceFile("old.rules", filterTable(calls)));
  const audit = (text: string) => {
    const { plan, place, diagnostics } = parsePlan(makeSourceFile("p.yaml", text));
    expect(diagnostics).toEqual([]);
    return auditPlan(plan!, place, [tree.ruleset]).map(({ code, args }) => `${code} ${args.expected}`);
  };
  expect(audit(tree.text)).toEqual([]);
  expect(tree.text).toContain("replaces: [C22.0, C22.1]");
  expect(audit(tree.text.replace("[C22.0, C22.1]", "[C22.0]"))).toEqual(["PLAN_NOT_EDITABLE C22.0, C22.1"]);
  expect(audit(tree.text.replace(/ {4}replaces: .*\n/, ""))).toEqual(["PLAN_NOT_EDITABLE C22.0, C22.1"]);
  expect(audit(tree.text.replace("-j ACCEPT", "-j DROP"))).toEqual([
    expect.stringMatching(/^PLAN_NOT_EDITABLE -p tcp -m tcp --dport 22 -s S-\S+ -d D-\S+ -j ACCEPT$/),
  ]);
});

test.each([
  [
    "a renamed group, also where it is spoken of",
    /S-10-0-1/g,
    (id: string, at: number) => (at > TEXT.indexOf(`name: ${id}`) - 1 ? "S-Office" : id),
  ],
  ["a member taken out", / {6}- 10\.0\.1\.4\/32\n/, () => ""],
  ["a refusal", /accept: true/g, () => "accept: false"],
] as const)("%s is an edit", (_, from, to) => {
  expect(TEXT).toMatch(from);
  expect(auditOf(TEXT.replace(from, to)).map(formatted)).toEqual([]);
});

const formatted = (diagnostic: Parameters<typeof formatDiagnostic>[0]) =>
  formatDiagnostic(diagnostic, { maxWidth: 110 });

test("words its codes for people", () => {
  const [summary] = auditOf(TEXT.replace("-j ACCEPT", "-j DROP"));
  const [member] = auditOf(TEXT.replace("- 10.0.1.4/32", "- 10.0.1.5/32"));
  expect(
    [summary!, member!].map((each) => formatted(each).replace(/\d+(?=:| {1,2}\|)/g, "#")),
  ).toMatchSnapshot();
});

test.each(listOwnCorpus().map((file) => [file.name, file] as const))(
  "finds no fault in the plan of %s",
  (_, file) => {
    const { ruleset: own, text } = planTextOf(readCorpusFile(file));
    const { plan, place } = parsePlan(makeSourceFile("p.yaml", text));
    expect(auditPlan(plan!, place, [own])).toEqual([]);
  },
);
