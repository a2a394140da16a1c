/** Changes of members in the text of a plan: nothing else moves, and the text says what was meant. */
import { describe, expect, test } from "vitest";
import { addMembers, removeMembers } from "../../src/plan/change-members.ts";
import { editGroup } from "../../src/plan/edit-group.ts";
import { type GroupLists, ownLists } from "../../src/plan/includes.ts";
import { parsePlan, printPlan } from "../../src/plan/file.ts";
import type { Plan } from "../../src/plan/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { SMALL_PLAN } from "./plans.ts";

const TEXT = printPlan(SMALL_PLAN);
const LIST = "    members:\n      - 10.0.0.0/8\n      - 192.168.0.0/16\n";
const [FIRST, SECOND] = ["10.0.0.0/8", "192.168.0.0/16"] as const;

function parse(text: string): Plan {
  const { plan, diagnostics } = parsePlan(makeSourceFile("p.yaml", text));
  expect(diagnostics).toEqual([]);
  return plan!;
}

/** What is left of the text around a list when it is edited; the result has to parse to the lists. */
function edit(list: string, lists: Partial<GroupLists>): string | null {
  expect(TEXT).toContain(LIST);
  const [before, after] = TEXT.split(LIST) as [string, string];
  const wanted = { members: [FIRST, SECOND], added: [], removed: [], ...lists };
  const text = editGroup(before + list + after, "S-LAN", wanted);
  if (text === null) return null;
  expect(text.startsWith(before) && text.endsWith(after), text).toBe(true);
  const found = parse(text).groups.find(({ id }) => id === "S-LAN")!;
  expect(ownLists(found, new Map())).toEqual(wanted);
  return text.slice(before.length, text.length - after.length);
}

describe("lists with a line for each member", () => {
  test("a new list comes behind the last one", () => {
    const added = "    added:\n      - 10.1.0.0/16\n";
    expect(edit(LIST, { added: ["10.1.0.0/16"] })).toBe(LIST + added);
    expect(edit(LIST + added, { added: ["10.1.0.0/16", "192.0.2.1-192.0.2.9"] })).toBe(
      `${LIST}${added}      - "192.0.2.1-192.0.2.9"\n`,
    );
  });

  test("a member that moves takes its comment along; other comments stay", () => {
    const list = LIST.replace("10.0.0.0/8", "10.0.0.0/8   # the office").replace(
      "      - 192",
      "      # home\n      - 192",
    );
    expect(edit(list, { members: [SECOND], removed: [FIRST] })).toBe(
      "    members:\n      # home\n      - 192.168.0.0/16\n    removed:\n      - 10.0.0.0/8   # the office\n",
    );
  });

  test("a list that gets empty goes", () => {
    const list = `${LIST}    added: # for now\n      - 10.1.0.0/16\n      - 10.2.0.0/16 # Eva\n`;
    expect(edit(list.replaceAll(/ +#.*/g, ""), {})).toBe(LIST);
    // What a person wrote behind the key and behind members stays.
    expect(edit(list, {})).toBe(`${LIST}    # for now\n      # Eva\n`);
    expect(edit(list, { added: ["10.1.0.0/16"] })).toBe(list.replace("- 10.2.0.0/16 # Eva\n", "# Eva\n"));
  });

  test("a comment stays where its member goes for good, or into a list of one line", () => {
    const list = LIST.replace("10.0.0.0/8", "10.0.0.0/8 # Eva: keep");
    const kept = LIST.replace("- 10.0.0.0/8", "# Eva: keep");
    expect(edit(list, { members: [SECOND] })).toBe(kept);
    expect(
      edit(`${list}    removed: [10.9.0.0/16]\n`, { members: [SECOND], removed: ["10.9.0.0/16", FIRST] }),
    ).toBe(`${kept}    removed: [10.9.0.0/16, 10.0.0.0/8]\n`);
  });

  test("both lists at once, in their order", () => {
    expect(edit(LIST, { members: [FIRST], added: ["10.1.0.0/16"], removed: [SECOND] })).toBe(
      "    members:\n      - 10.0.0.0/8\n    added:\n      - 10.1.0.0/16\n    removed:\n      - 192.168.0.0/16\n",
    );
  });

  test("indented otherwise", () => {
    const list = LIST.replaceAll("      - ", "    - ");
    expect(edit(list, { members: [FIRST, SECOND, "10.3.0.0/16"] })).toBe(`${list}    - 10.3.0.0/16\n`);
  });

  test("nothing to change changes nothing", () => {
    expect(edit(LIST, {})).toBe(LIST);
  });

  test("lines that end in CR LF", () => {
    const text = TEXT.replaceAll("\n", "\r\n");
    const edited = editGroup(text, "S-LAN", {
      members: [FIRST, SECOND],
      added: ["10.1.0.0/16"],
      removed: [],
    });
    const list = LIST.replaceAll("\n", "\r\n");
    expect(edited).toBe(text.replace(list, `${list}    added:\r\n      - 10.1.0.0/16\r\n`));
  });
});

describe("lists on one line", () => {
  const list = "    members: [10.0.0.0/8, 192.168.0.0/16] # both\n";
  test("stay on it", () => {
    expect(edit(list, { members: [SECOND], removed: [FIRST] })).toBe(
      "    members: [192.168.0.0/16] # both\n    removed:\n      - 10.0.0.0/8\n",
    );
    expect(edit(`${list}    added: [10.1.0.0/16]\n`, { added: ["10.2.0.0/16"] })).toBe(
      `${list}    added: [10.2.0.0/16]\n`,
    );
    expect(edit(`${list}    added: [10.1.0.0/16]\n`, {})).toBe(list);
    expect(edit(`${list}    added: [10.1.0.0/16] # Eva, ticket 78\n`, {})).toBe(
      `${list}    # Eva, ticket 78\n`,
    );
    expect(edit(`${list}    added:\n`, { added: ["10.2.0.0/16"] })).toBe(`${list}    added: [10.2.0.0/16]\n`);
  });

  test("over several lines are left to their author, and so are groups", () => {
    expect(
      edit("    members: [10.0.0.0/8,\n      192.168.0.0/16]\n", { added: [], members: [FIRST] }),
    ).toBeNull();
    expect(
      editGroup("groups: { S: { members: [a, b] } }\n", "S", { members: ["a"], added: [], removed: [] }),
    ).toBeNull();
    expect(editGroup(TEXT, "S-NOT", { members: ["a"], added: [], removed: [] })).toBeNull();
  });
});

describe("members", () => {
  const [group] = SMALL_PLAN.groups;

  test("added twice, or in two spellings, are refused", () => {
    const add = (...texts: readonly string[]) => addMembers(SMALL_PLAN, group!, texts);
    expect(add("172.16.0.1", "172.16.0.1/32").problems).toEqual([`${group!.name} has 172.16.0.1/32 already`]);
    expect(add("172.16.0.1", "172.16.0.1/255.255.255.255").problems).toHaveLength(1);
    expect(add("172.16.0.1/255.255.255.255").group?.added).toEqual(["172.16.0.1/32"]);
    expect(add("10.1.2.3").problems).toEqual([
      `${group!.name} has 10.1.2.3/32 already, as a part of 10.0.0.0/8`,
    ]);
  });

  test("removed and added again are where they were before", () => {
    const { group: without } = removeMembers(SMALL_PLAN, group!, [SECOND]);
    expect(without).toMatchObject({ members: [FIRST], removed: [SECOND] });
    expect(addMembers(SMALL_PLAN, without!, [SECOND]).group).toEqual(group);
  });

  test("a part of a member can't be removed alone", () => {
    expect(removeMembers(SMALL_PLAN, group!, ["10.1.2.3"]).problems).toEqual([
      `${group!.name} has no member 10.1.2.3/32; it is a part of 10.0.0.0/8: remove that, and add what is to stay`,
    ]);
  });
});

test("a plan with changes is printed and read the same", () => {
  const groups = SMALL_PLAN.groups.map((each, at) =>
    at === 0 ? { ...each, members: [FIRST], added: ["10.1.0.0/16"], removed: [SECOND] } : each,
  );
  const plan = { ...SMALL_PLAN, groups };
  expect(parse(printPlan(plan))).toEqual(plan);
});

test.each(["added", "removed"])("a member that is in two lists is noted: %s", (key) => {
  const text = TEXT.replace(LIST, `${LIST}    ${key}:\n      - 10.0.0.0/8\n`);
  expect(parsePlan(makeSourceFile("p.yaml", text)).diagnostics.map(({ code }) => code)).toEqual([
    "PLAN_MEMBER_TWICE",
  ]);
});
