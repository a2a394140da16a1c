/** Comments of a person survive when a plan is written anew. */
import { describe, expect, test } from "vitest";
import { printWithComments } from "../../src/plan/comments.ts";
import { printPlan } from "../../src/plan/file.ts";
import type { Plan } from "../../src/plan/types.ts";
import { SMALL_PLAN } from "./plans.ts";

const NONE = { groups: new Map(), policyRules: new Map() };
const TEXT = printPlan({
  ...SMALL_PLAN,
  inputs: [{ ...SMALL_PLAN.inputs[0]!, path: "-", text: "# no comment\n*filter\n\nCOMMIT # neither\n" }],
});
const PLAN: Plan = {
  ...SMALL_PLAN,
  inputs: [{ ...SMALL_PLAN.inputs[0]!, path: "-", text: "# no comment\n*filter\n\nCOMMIT # neither\n" }],
};

/** Lines of the plan that a person may write a comment behind. */
const isEntry = (line: string) =>
  /^ *(- )?[A-Za-z0-9"][^*]*(:|: .*|[/0-9]+)$/.test(line) && !line.includes("COMMIT");

test("of every entry, behind it and above it", () => {
  const commented = TEXT.split("\n")
    .flatMap((line, at) => {
      if (!isEntry(line)) return [line];
      return [`${/^ */.exec(line)![0]}# above ${at}`, `${line}  # behind ${at}`];
    })
    .join("\n");
  expect(commented.match(/# behind/g)!.length).toBeGreaterThan(25);
  expect(printWithComments(PLAN, commented, NONE)).toEqual({ text: commented, lost: [] });
});

test("a plan without comments is printed as ever", () => {
  expect(printWithComments(PLAN, TEXT, NONE)).toEqual({ text: TEXT, lost: [] });
});

describe("when the plan has changed", () => {
  const old = TEXT.replace("name: S-LAN", "name: S-LAN # ask Eva")
    .replace("- 192.168.0.0/16", "- 192.168.0.0/16 # until May")
    .replace("    reason: alone", "    # sic\n    reason: alone")
    .concat("# the end\n");
  const lineOf = (piece: string) => old.split("\n").findIndex((line) => line.includes(piece)) + 1;

  test("they follow a group that is numbered otherwise", () => {
    const [group, ...others] = PLAN.groups;
    const plan = { ...PLAN, groups: [{ ...group!, id: "S-2", name: "S-2" }, ...others] };
    const renamed = { ...NONE, groups: new Map([["S-LAN", "S-2"]]) };
    const { text, lost } = printWithComments(plan, old, renamed);
    expect(lost).toEqual([]);
    expect(text).toMatch(/^ {4}name: S-2 {2}# ask Eva$/m);
    expect(text).toMatch(/^ {4}# sic\n {4}reason: alone$/m);
    expect(text.endsWith("\n# the end\n")).toBe(true);
  });

  test("those of what is gone are told", () => {
    const [group, ...others] = PLAN.groups;
    const plan = { ...PLAN, groups: [{ ...group!, members: ["10.0.0.0/8"] }, ...others], flat: [] };
    const { text, lost } = printWithComments(plan, old, NONE);
    expect(lost).toEqual([lineOf("until May"), lineOf("# sic")]);
    expect(text).toContain("# ask Eva");
  });
});
