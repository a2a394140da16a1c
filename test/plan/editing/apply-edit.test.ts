/** Edits of a plan's text: exactly what is meant changes, people's comments stay, and what can't be is refused in words. */
import { describe, expect, test } from "vitest";
import { applyEdit } from "../../../src/plan/editing/apply-edit.ts";
import { readPlanText } from "../../../src/plan/editing/session.ts";
import { type Edit, isEdit } from "../../../src/plan/editing/types.ts";
import { printPlan } from "../../../src/plan/file.ts";
import type { Plan } from "../../../src/plan/types.ts";
import { SMALL_PLAN } from "../plans.ts";

const [LAN, WEB] = SMALL_PLAN.groups;

/** Two groups of sources, one of services, and a policy rule that lacks a combination. */
const PLAN: Plan = {
  ...SMALL_PLAN,
  groups: [LAN!, { ...LAN!, id: "S-DMZ", name: "S-DMZ", members: ["172.16.0.0/12", "192.168.0.0/16"] }, WEB!],
  policyRules: [{ ...SMALL_PLAN.policyRules[0]!, missing: ["10.0.0.0/8 | tcp dport 80"] }],
};

/** With comments of people in all places. */
const TEXT = printPlan(PLAN)
  .replace("  S-LAN:\n", "  # Eva looks after it\n  S-LAN: # ours\n")
  .replace("name: S-LAN\n", "name: S-LAN # since 2019\n")
  .replace("- 10.0.0.0/8\n", "- 10.0.0.0/8   # the office\n")
  .replace("accept: true\n", "accept: true # yes\n")
  .replace("keepChains:", "# for the whole plan\nkeepChains:")
  .replace('- "10.0.0.0/8 | tcp', '# ask Tom\n      - "10.0.0.0/8 | tcp');

const start = (text = TEXT) => {
  const read = readPlanText("p.yaml", text);
  expect(read, text).not.toBeNull();
  return read!;
};

/** The lines that go and come, in order, as `-old` and `+new`. */
function changes(before: string, after: string): readonly string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let [head, tail] = [0, 0];
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const cut = (lines: readonly string[]) => lines.slice(head, lines.length - tail);
  return [...cut(old).map((line) => `-${line}`), ...cut(now).map((line) => `+${line}`)];
}

function edited(edit: Edit, text = TEXT): string {
  const outcome = applyEdit(start(text), edit);
  expect(outcome.kind, JSON.stringify(outcome)).toBe("done");
  return outcome.kind === "done" ? outcome.text : "";
}

const diff = (edit: Edit, text = TEXT) => changes(text, edited(edit, text));

function refusal(edit: Edit, text = TEXT): string {
  const outcome = applyEdit(start(text), edit);
  return outcome.kind === "refused" ? outcome.why.join("; ") : `(${outcome.kind})`;
}

describe("names", () => {
  test("of groups and policy rules", () => {
    expect(diff({ kind: "rename", list: "groups", id: "S-LAN", name: "S-OFFICE" })).toEqual([
      "-    name: S-LAN # since 2019",
      "+    name: S-OFFICE # since 2019",
    ]);
    expect(diff({ kind: "rename", list: "policyRules", id: "R-1", name: "WEB" })).toEqual([
      "-    name: R-1",
      "+    name: WEB",
    ]);
  });

  test("a policy rule that calls a group by its name goes on meaning it", () => {
    const renamed = edited({ kind: "rename", list: "groups", id: "S-LAN", name: "S-OFFICE" });
    const called = renamed.replace("source: S-LAN", "source: not S-OFFICE # mine");
    const after = edited({ kind: "rename", list: "groups", id: "S-LAN", name: "S-HOME" }, called);
    expect(after).toContain("source: not S-LAN # mine");
    expect(start(after).plan.policyRules[0]!.groups.source).toBe("S-LAN");
  });

  test("that more than its entry hangs on are left to the file: what the rules have is read out of the summary", () => {
    const text = TEXT.replace("name: S-LAN #", "name: S-EVA #")
      .replace("source: S-LAN", "source: not S-LAN")
      .replace('rule: "-j ACCEPT"', 'rule: "! -s S-EVA -j ACCEPT"');
    expect(start(text).plan.policyRules[0]).toMatchObject({ negated: ["source"] });
    expect(start(text).plan.policyRules[0]).not.toHaveProperty("turned");
    expect(refusal({ kind: "rename", list: "groups", id: "S-LAN", name: "S-HOME" }, text)).toContain(
      "can't be changed in place",
    );
  });

  test("are refused as in a file", () => {
    const rename = (name: string) => refusal({ kind: "rename", list: "groups", id: "S-LAN", name });
    expect(rename("S-DMZ")).toBe("the name S-DMZ is given twice: group S-LAN has it already");
    expect(rename("S".repeat(29))).toBe(
      `the name ${"S".repeat(29)} has 29 characters; a chain's name has 28 at most: 29 characters, 28 at most`,
    );
    expect(rename("S LAN")).toContain("letters, digits and _");
    expect(rename("x\n  evil: y")).toContain("can't be the name of a chain");
    expect(rename("")).toContain("can't be the name of a chain");
    expect(rename("ACCEPT")).toContain("is taken");
    expect(rename("S-LAN")).toBe("(nothing)");
    expect(refusal({ kind: "rename", list: "groups", id: "S-GONE", name: "X" })).toBe(
      "the plan has no group S-GONE",
    );
    expect(refusal({ kind: "rename", list: "policyRules", id: "S-LAN", name: "X" })).toBe(
      "the plan has no policy rule S-LAN",
    );
  });
});

test("groups and policy rules are refused and accepted", () => {
  const refuse: Edit = { kind: "accept", list: "groups", id: "S-LAN", accept: false };
  expect(diff(refuse)).toEqual(["-    accept: true # yes", "+    accept: false # yes"]);
  expect(edited({ ...refuse, accept: true }, edited(refuse))).toBe(TEXT);
  expect(diff({ kind: "accept", list: "policyRules", id: "R-1", accept: false })).toEqual([
    "-    accept: true",
    "+    accept: false",
  ]);
});

describe("members", () => {
  test("are added, in any spelling, and removed again", () => {
    const add: Edit = { kind: "add-members", id: "S-DMZ", members: ["10.1.2.3", "10.1.2.4/255.255.255.255"] };
    expect(diff(add)).toEqual(["+    added:", "+      - 10.1.2.3/32", "+      - 10.1.2.4/32"]);
    const remove: Edit = { kind: "remove-members", id: "S-DMZ", members: ["10.1.2.3/32", "10.1.2.4/32"] };
    expect(edited(remove, edited(add))).toBe(TEXT);
  });

  test("of rules that are removed take their comments along", () => {
    expect(diff({ kind: "remove-members", id: "S-LAN", members: ["10.0.0.0/8"] })).toEqual([
      "-      - 10.0.0.0/8   # the office",
      "-      - 192.168.0.0/16",
      "+      - 192.168.0.0/16",
      "+    removed:",
      "+      - 10.0.0.0/8   # the office",
    ]);
  });

  test("are left flat", () => {
    expect(diff({ kind: "release-members", id: "S-DMZ", members: ["172.16.0.0/12"] })).toEqual([
      "-      - 172.16.0.0/12",
    ]);
  });

  test("leave comments of people where they were when they go for good", () => {
    expect(diff({ kind: "release-members", id: "S-LAN", members: ["10.0.0.0/8"] })).toEqual([
      "-      - 10.0.0.0/8   # the office",
      "+      # the office",
    ]);
    const added = edited({ kind: "add-members", id: "S-LAN", members: ["172.20.0.1"] });
    const noted = added.replace("added:", "added: # agreed with Eva");
    expect(diff({ kind: "remove-members", id: "S-LAN", members: ["172.20.0.1"] }, noted)).toEqual([
      "-    added: # agreed with Eva",
      "-      - 172.20.0.1/32",
      "+    # agreed with Eva",
    ]);
  });

  test("move to another group of the axis", () => {
    const after = start(edited({ kind: "move-members", id: "S-LAN", to: "S-DMZ", members: ["10.0.0.0/8"] }));
    expect(after.plan.groups[0]).toMatchObject({ members: ["192.168.0.0/16"], removed: ["10.0.0.0/8"] });
    expect(after.plan.groups[1]).toMatchObject({ added: ["10.0.0.0/8"] });
    // What is there already is not added twice.
    const shared = edited({ kind: "move-members", id: "S-LAN", to: "S-DMZ", members: ["192.168.0.0/16"] });
    expect(start(shared).plan.groups[1]).toEqual(PLAN.groups[1]);
  });

  test("don't move between groups of which one includes the other: they would be in neither", () => {
    const text = TEXT.replace(
      "members:\n      - 172.16.0.0/12\n      - 192.168.0.0/16\n",
      "includes: [S-LAN]\n    members:\n      - 172.16.0.0/12\n",
    );
    expect(start(text).plan.groups[1]).toMatchObject({ includes: ["S-LAN"] });
    const move = (id: string, to: string, member: string) =>
      refusal({ kind: "move-members", id, to, members: [member] }, text);
    const why = "S-DMZ includes S-LAN: what is in S-LAN is in both, so that nothing can move between them";
    expect(move("S-LAN", "S-DMZ", "10.0.0.0/8")).toBe(why);
    expect(move("S-DMZ", "S-LAN", "172.16.0.0/12")).toBe(why);
  });

  test("two groups get the members of both", () => {
    const merge: Edit = { kind: "merge-groups", id: "S-LAN", other: "S-DMZ" };
    const after = start(edited(merge)).plan.groups;
    expect(after[0]).toMatchObject({ members: LAN!.members, added: ["172.16.0.0/12"] });
    expect(after[1]).toMatchObject({ added: ["10.0.0.0/8"] });
    expect(refusal(merge, edited(merge))).toBe("S-LAN and S-DMZ have the same members already");
  });

  test("of a group that is the same as another one change there, and both follow", () => {
    const twin = TEXT.replace(
      "  P-WEB:\n",
      "  D-LAN:\n    name: D-LAN\n    nameFrom: network\n    axis: destination\n    accept: true\n    sameAs: S-LAN\n  P-WEB:\n",
    )
      .replace('service: "0x4"', 'destination: "0x2", service: "0x4"')
      .replace('ownMarkBits: "0x5"', 'ownMarkBits: "0x7"');
    const after = edited({ kind: "add-members", id: "D-LAN", members: ["172.20.0.1"] }, twin);
    expect(changes(twin, after)).toEqual(["+    added:", "+      - 172.20.0.1/32"]);
    for (const id of ["S-LAN", "D-LAN"])
      expect(start(after).plan.groups.find((group) => group.id === id)).toMatchObject({
        added: ["172.20.0.1/32"],
      });
    expect(refusal({ kind: "merge-groups", id: "D-LAN", other: "S-LAN" }, twin)).toBe(
      "S-LAN has one list of members",
    );
  });

  test("are refused in words", () => {
    const add = (...members: readonly string[]) => refusal({ kind: "add-members", id: "S-LAN", members });
    expect(add("10.0.0.0/8")).toBe("S-LAN has 10.0.0.0/8 already");
    expect(add("10.1.0.0/16")).toBe("S-LAN has 10.1.0.0/16 already, as a part of 10.0.0.0/8");
    expect(add("nonsense")).toContain('"nonsense"');
    const remove = (...members: readonly string[]) =>
      refusal({ kind: "remove-members", id: "S-LAN", members });
    expect(remove("10.1.0.0/16")).toContain("it is a part of 10.0.0.0/8");
    expect(remove("10.0.0.0/8", "192.168.0.0/16")).toContain("would have no member left");
    const release = (...members: readonly string[]) =>
      refusal({ kind: "release-members", id: "S-LAN", members });
    expect(release("1.2.3.4/32")).toBe("S-LAN has no member 1.2.3.4/32 that the rules have");
    expect(release("10.0.0.0/8", "192.168.0.0/16")).toContain("would have no member left");
    const to = (id: string) =>
      refusal({ kind: "move-members", id: "S-LAN", to: id, members: ["10.0.0.0/8"] });
    expect(to("P-WEB")).toBe("S-LAN is a group of source values, P-WEB of service values");
    expect(to("S-LAN")).toBe("S-LAN has one list of members");
    expect(to("S-GONE")).toBe("the plan has no group S-GONE");
  });

  test("in a form that only its author should change are left alone", () => {
    const flow = TEXT.replace(
      / {4}members:\n {6}- 172.*\n {6}- 192.*\n/,
      "    members: [172.16.0.0/12,\n      192.168.0.0/16]\n",
    );
    expect(flow).not.toBe(TEXT);
    expect(refusal({ kind: "remove-members", id: "S-DMZ", members: ["172.16.0.0/12"] }, flow)).toContain(
      "can't be changed in place",
    );
    const block = TEXT.replace("name: S-LAN # since 2019", "name: >-\n      S-LAN");
    expect(refusal({ kind: "rename", list: "groups", id: "S-LAN", name: "X" }, block)).toContain(
      "can't be changed in place",
    );
  });
});

describe("combinations that no rule says", () => {
  const [combination] = PLAN.policyRules[0]!.missing!;
  const answer = (accept: boolean): Edit => ({
    ...{ kind: "answer-missing", id: "R-1", combination: combination!, accept },
  });

  test("are let in, and left out again", () => {
    expect(diff(answer(true))).toEqual([
      "-    missing:",
      "-      # ask Tom",
      "+      # ask Tom",
      "+    added:",
    ]);
    const back = edited(answer(false), edited(answer(true)));
    expect(start(back).plan).toEqual(start().plan);
    expect(back).toContain("# ask Tom");
  });

  test("have to be there", () => {
    expect(refusal(answer(false))).toBe(`R-1 has no combination ${combination} under added`);
    expect(refusal({ ...answer(true), combination: "x" } as Edit)).toBe(
      "R-1 has no combination x under missing",
    );
  });
});

describe("what is chosen", () => {
  test("for a group", () => {
    const store = (storage: "lines" | "ipset" | null): Edit => ({
      kind: "store-group",
      id: "S-LAN",
      storage,
    });
    const stored = edited(store("ipset"));
    expect(changes(TEXT, stored)).toEqual(["+    storage: ipset"]);
    expect(edited(store(null), stored)).toBe(TEXT);
    const noted = stored.replace("storage: ipset", "storage: ipset # Tom wants it");
    expect(changes(noted, edited(store(null), noted))).toEqual([
      "-    storage: ipset # Tom wants it",
      "+    # Tom wants it",
    ]);
    expect(refusal({ kind: "store-group", id: "P-WEB", storage: "ipset" })).toBe(
      "P-WEB is no group of addresses, and a set holds addresses",
    );
  });

  test("for the whole plan", () => {
    expect(diff({ kind: "layout", layout: "hoisted" })).toEqual(["+layout: hoisted"]);
    const said = TEXT.replace("rewriteChains:", "layout: shared # faster here\nrewriteChains:");
    expect(diff({ kind: "layout", layout: "auto" }, said)).toEqual([
      "-layout: shared # faster here",
      "+layout: auto # faster here",
    ]);
    expect(diff({ kind: "order", order: "written" }, said)).toEqual(["+order: written"]);
    const stored = edited({ kind: "store-all", storage: "ipset:64" });
    expect(changes(TEXT, stored)).toEqual(["+storage: ipset:64"]);
    expect(edited({ kind: "store-all", storage: null }, stored)).toBe(TEXT);
    expect(refusal({ kind: "store-all", storage: "disk" })).toContain('"disk" is none of these');
  });

  test("for a chain", () => {
    const lay = (layout: "flat" | "shared" | null): Edit => ({ kind: "chain-layout", id: "R-1", layout });
    const flat = edited(lay("flat"));
    expect(changes(TEXT, flat)).toEqual(["+chainLayouts:", "+  filter FORWARD: flat"]);
    expect(edited(lay(null), flat)).toBe(TEXT);
    const two = flat.replace(
      "  filter FORWARD: flat",
      "  # Eva\n  filter FORWARD: flat # quick\n  filter INPUT: flat",
    );
    expect(changes(two, edited(lay("shared"), two))).toEqual([
      "-  filter FORWARD: flat # quick",
      "+  filter FORWARD: shared # quick",
    ]);
    expect(changes(two, edited(lay(null), two))).toEqual(["-  filter FORWARD: flat # quick", "+  # quick"]);
    const other = flat.replace("filter FORWARD: flat", "filter INPUT: flat");
    expect(changes(other, edited(lay("shared"), other))).toEqual(["+  filter FORWARD: shared"]);
    expect(applyEdit(start(), lay(null)).kind).toBe("nothing");
    expect(refusal({ kind: "chain-layout", id: "R-9", layout: "flat" })).toBe(
      "the plan has no policy rule R-9",
    );
  });

  test("for what is logged", () => {
    const log = (rate: string | null): Edit => ({ kind: "log-partial", id: "R-1", rate });
    expect(diff(log("6/m"))).toEqual(["+    logPartial: 6/min"]);
    expect(edited(log(null), edited(log("6/min")))).toBe(TEXT);
    expect(refusal(log("often"))).toContain('"often" is no rate');
  });
});

test("lines that end in CR LF stay so", () => {
  const text = TEXT.replaceAll("\n", "\r\n");
  for (const edit of [
    { kind: "layout", layout: "hoisted" },
    { kind: "store-group", id: "S-LAN", storage: "ipset" },
    { kind: "add-members", id: "S-DMZ", members: ["10.1.2.3"] },
  ] satisfies readonly Edit[])
    expect(edited(edit, text)).toBe(edited(edit).replaceAll("\n", "\r\n"));
});

test("a byte order mark stays, and moves nothing", () => {
  const edit: Edit = { kind: "rename", list: "groups", id: "S-LAN", name: "S-OFFICE" };
  expect(edited(edit, `\ufeff${TEXT}`)).toBe(`\ufeff${edited(edit)}`);
});

test("data from outside is an edit, or none", () => {
  const rename = { kind: "rename", list: "groups", id: "S", name: "T" };
  expect(isEdit(rename)).toBe(true);
  expect(isEdit({ kind: "store-group", id: "S", storage: null })).toBe(true);
  for (const other of [
    null,
    "rename",
    [],
    { ...rename, kind: "remove-everything" },
    { ...rename, kind: "toString" },
    { ...rename, list: "flat" },
    { ...rename, name: 5 },
    { ...rename, name: "x".repeat(1001) },
    { ...rename, more: 1 },
    { kind: "rename", list: "groups", id: "S" },
    { kind: "add-members", id: "S", members: [] },
    { kind: "add-members", id: "S", members: ["a", 5] },
    { kind: "layout", layout: "flat" },
  ])
    expect(isEdit(other), JSON.stringify(other)).toBe(false);
});
