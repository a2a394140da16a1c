/** What of a person's edits survives when a plan is made again. */
import { describe, expect, test } from "vitest";
import { carryEdits } from "../../src/plan/edits.ts";
import type { Plan, PlanGroup, PlanPolicyRule } from "../../src/plan/types.ts";
import { DIGEST, SMALL_PLAN } from "./plans.ts";

const CHANGED_INPUT = [{ ...SMALL_PLAN.inputs[0]!, digest: DIGEST.replace("0123", "3210") }];

/** The small plan with changes to its first group and its policy rule. */
function edit(group: Partial<PlanGroup>, rule: Partial<PlanPolicyRule> = {}): Plan {
  const [first, ...others] = SMALL_PLAN.groups;
  const policyRules = SMALL_PLAN.policyRules.map((each) => ({ ...each, ...rule }));
  return { ...SMALL_PLAN, groups: [{ ...first!, ...group }, ...others], policyRules };
}

/** A fresh plan in which the first group and the policy rule are numbered otherwise. */
function renumber(changes: Partial<PlanGroup> = {}): Plan {
  const rule: Partial<PlanPolicyRule> = {
    id: "R-9",
    name: "R-9",
    groups: { source: "S-2", service: "P-WEB" },
  };
  return edit({ id: "S-2", name: "S-2", ...changes }, rule);
}

describe("with the same inputs", () => {
  test("names, refusals and members are carried", () => {
    const edits = { name: "S-Office", accept: false, members: ["10.0.0.0/8"] };
    const previous = edit(edits, { name: "R-Web", accept: false });
    expect(carryEdits(previous, SMALL_PLAN)).toMatchObject({ plan: previous, lost: [] });
  });

  test("a group with another number is the same one by its members, a policy rule by its lines", () => {
    const { plan, lost, renamed } = carryEdits(edit({ name: "S-Office" }, { name: "R-Web" }), renumber());
    expect([renamed.groups.get("S-LAN"), renamed.policyRules.get("R-1")]).toEqual(["S-2", "R-9"]);
    expect(lost).toEqual([]);
    expect(plan.groups[0]).toMatchObject({ id: "S-2", name: "S-Office" });
    expect(plan.policyRules[0]).toMatchObject({ id: "R-9", name: "R-Web" });
  });

  test("a group that isn't found any more is told of, if it was edited", () => {
    const fresh: Plan = { ...SMALL_PLAN, groups: SMALL_PLAN.groups.slice(1) };
    expect(carryEdits(edit({ name: "S-Office" }), fresh).lost).toEqual([
      "group S-Office (S-LAN) is not found any more",
    ]);
    expect(carryEdits(edit({ accept: false }), fresh).lost).toEqual([
      "group S-LAN is not found any more; it was refused",
    ]);
    expect(carryEdits(SMALL_PLAN, fresh).lost).toEqual([]);
  });

  test("a name that the fresh plan gave to another is not given twice", () => {
    const { plan, lost } = carryEdits(edit({ name: "P-WEB-2" }), {
      ...SMALL_PLAN,
      groups: SMALL_PLAN.groups.map((group) =>
        group.axis === "service" ? { ...group, name: "P-WEB-2" } : group,
      ),
    });
    expect(plan.groups.map(({ name }) => name)).toEqual(["S-LAN", "P-WEB-2"]);
    expect(lost).toEqual(["the name P-WEB-2 of S-LAN now belongs to something else"]);
  });
});

describe("with a changed input", () => {
  test("the same members are the same group, whatever its number", () => {
    const fresh = { ...renumber(), inputs: CHANGED_INPUT };
    const { plan } = carryEdits(edit({ name: "S-Office", accept: false }), fresh);
    expect(plan.groups[0]).toMatchObject({ id: "S-2", name: "S-Office", accept: false });
    expect(plan.inputs).toEqual(CHANGED_INPUT);
  });

  test("other members are another group, even under the same number", () => {
    const fresh = { ...edit({ members: ["172.16.0.0/12", "10.0.0.0/8"] }), inputs: CHANGED_INPUT };
    const { plan, lost } = carryEdits(edit({ accept: false }), fresh);
    expect(plan.groups[0]).toEqual(fresh.groups[0]);
    expect(lost).toEqual(["group S-LAN is not found any more; it was refused"]);
  });

  test("a policy rule is the same by its groups and wording, not by its lines", () => {
    const fresh: Plan = { ...edit({}, { lines: [14, 15, 16, 17] }), inputs: CHANGED_INPUT };
    const { plan } = carryEdits(edit({}, { name: "R-Web", accept: false }), fresh);
    expect(plan.policyRules[0]).toMatchObject({ name: "R-Web", accept: false, lines: [14, 15, 16, 17] });
    const other: Plan = { ...edit({}, { summary: "-j DROP" }), inputs: CHANGED_INPUT };
    expect(carryEdits(edit({}, { accept: false }), other).plan.policyRules[0]!.accept).toBe(true);
  });
});

describe("members that were taken out, with a changed input,", () => {
  const TRIMMED = ["10.0.0.0/8"];
  /** The small plan for the changed input, with other members of its first group and as many lines as they make. */
  const grown = (members: readonly string[]): Plan => ({
    ...edit({ members }, { lines: members.flatMap((_, at) => [20 + 2 * at, 21 + 2 * at]) }),
    inputs: CHANGED_INPUT,
  });
  const same = { ...SMALL_PLAN, inputs: CHANGED_INPUT };

  test("stay out of the group that has the id, and it keeps its name", () => {
    const { plan, lost, kept } = carryEdits(edit({ name: "S-Office", members: TRIMMED }), same);
    expect(plan.groups[0]).toMatchObject({ id: "S-LAN", name: "S-Office", members: TRIMMED });
    expect([lost, kept]).toEqual([[], ["S-Office (S-LAN) stays without 192.168.0.0/16"]]);
  });

  test("stay out of the group that has another id", () => {
    const previous = edit({ name: "S-Office", members: TRIMMED });
    const { plan, lost } = carryEdits(previous, { ...renumber(), inputs: CHANGED_INPUT });
    expect(plan.groups[0]).toMatchObject({ id: "S-2", name: "S-Office", members: TRIMMED });
    expect(lost).toEqual([]);
  });

  test("stay out, though lines are there twice", () => {
    const lines = [4, 5, 6, 7, 8, 9, 10, 11];
    const { plan } = carryEdits(edit({ members: TRIMMED }, { lines }), {
      ...edit({}, { lines }),
      inputs: CHANGED_INPUT,
    });
    expect(plan.groups[0]!.members).toEqual(TRIMMED);
  });

  test("are told where the group has others now, too", () => {
    const fresh = grown(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]);
    const { plan, lost } = carryEdits(edit({ name: "S-Office", members: TRIMMED }), fresh);
    expect(plan.groups[0]).toMatchObject({ name: "S-Office", members: fresh.groups[0]!.members });
    expect(lost).toEqual([
      "S-Office (S-LAN) has other members now; those that were taken out of it may be back",
    ]);
  });

  test("are told where the group is gone", () => {
    const fresh = grown(["172.16.0.0/12", "192.168.0.0/16"]);
    expect(carryEdits(edit({ members: TRIMMED }), fresh).lost).toEqual([
      "group S-LAN is not found any more; members may have been taken out of it",
    ]);
  });

  test("are no others: a group that only grew has all its members, and its name", () => {
    const fresh = grown(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]);
    const { plan, lost, kept } = carryEdits(edit({ name: "S-Office" }), fresh);
    expect(plan.groups[0]).toEqual({ ...fresh.groups[0]!, name: "S-Office" });
    expect([lost, kept]).toEqual([[], []]);
  });

  test("make no group another that has just the members that are left", () => {
    const rest: PlanGroup = { ...SMALL_PLAN.groups[0]!, id: "S-ONE", name: "S-ONE", members: TRIMMED };
    const withRest = (plan: Plan): Plan => ({ ...plan, groups: [...plan.groups, rest] });
    const { plan } = carryEdits(withRest(edit({ name: "S-Office", members: TRIMMED })), withRest(same));
    expect(plan.groups.map(({ name }) => name)).toEqual(["S-Office", "P-WEB", "S-ONE"]);
    expect(plan.groups[0]!.members).toEqual(TRIMMED);
  });
});

describe("a policy that a plan changes", () => {
  const changes = { members: ["10.0.0.0/8"], added: ["10.9.0.0/16"], removed: ["192.168.0.0/16"] };

  test("is changed by the new plan, too", () => {
    expect(carryEdits(edit(changes), SMALL_PLAN)).toMatchObject({ plan: edit(changes), lost: [], kept: [] });
  });

  test("is told of where the rules have the added member now", () => {
    const members = ["10.0.0.0/8", "192.168.0.0/16", "10.9.0.0/16"];
    const { plan, kept } = carryEdits(edit({ ...changes, removed: [], members: members.slice(0, 2) }), {
      ...edit({ members }),
      inputs: CHANGED_INPUT,
    });
    expect(plan.groups[0]).toEqual({ ...SMALL_PLAN.groups[0], members });
    expect(kept).toEqual(["S-LAN has rules for 10.9.0.0/16 now, which was added to it"]);
  });

  test("is told of where the rules have the removed member no more", () => {
    const fresh = { ...edit({ members: ["10.0.0.0/8"] }), inputs: CHANGED_INPUT };
    const { plan, kept } = carryEdits(edit(changes), fresh);
    expect(plan.groups[0]).toEqual({
      ...SMALL_PLAN.groups[0],
      members: ["10.0.0.0/8"],
      added: changes.added,
    });
    expect(kept).toEqual(["S-LAN has no rules for 192.168.0.0/16 any more, which was removed"]);
  });

  test("is told of where its group is gone", () => {
    const fresh: Plan = { ...SMALL_PLAN, groups: SMALL_PLAN.groups.slice(1) };
    expect(carryEdits(edit(changes), fresh).lost).toEqual([
      "group S-LAN is not found any more; members were added to it or removed",
    ]);
  });
});
