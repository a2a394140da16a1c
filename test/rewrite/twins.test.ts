/** Groups of one definition, a source group and a destination group: in the plan, in the chains, and back. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { auditPlan } from "../../src/plan/audit.ts";
import { carryEdits } from "../../src/plan/edits.ts";
import { parsePlan } from "../../src/plan/file-parse.ts";
import { printPlan } from "../../src/plan/file-print.ts";
import { settleIncludes } from "../../src/plan/includes.ts";
import { makePlan } from "../../src/plan/make.ts";
import { joinMarkBits } from "../../src/plan/own-bits.ts";
import { hasEqualMembers, OPPOSITE } from "../../src/plan/twins.ts";
import type { Plan, PlanGroup } from "../../src/plan/types.ts";
import { emitRestoreFile } from "../../src/emit/restore.ts";
import type { Axis, Family } from "../../src/model/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { verify } from "../../src/verify/verify.ts";
import { DIGEST } from "../plan/plans.ts";
import { everyProduct } from "../support/every-product.ts";
import { randomFilter } from "../support/random-rules.ts";
import { EFFORT } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const nets = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => `10.0.${first + at}.0/24`);
const as = (option: string, values: readonly string[]) => values.map((value) => `${option} ${value}`);
const PORTS = as("-p tcp -m tcp --dport", ["22", "80", "443"]);
const OTHERS = as("", ["192.0.2.1/32", "198.51.100.1/32", "203.0.113.1/32"]).map((each) => each.trim());

/** The same nets are sources here and destinations there; so are five of them alone. */
const RULES = [
  ...product("-A FORWARD", as("-s", nets(1, 8)), as("-d", OTHERS), PORTS, "-j ACCEPT"),
  ...product("-A FORWARD", as("-s", OTHERS), as("-d", nets(1, 8)), PORTS.slice(1), "-j ACCEPT"),
  ...product("-A INPUT", as("-s", nets(1, 5)), PORTS, "-j ACCEPT"),
  ...product("-A OUTPUT", as("-d", nets(1, 5)), PORTS, "-j ACCEPT"),
  ...product("-A FORWARD", as("-i", ["eth1", "eth2", "ppp0"]), as("-s", OTHERS), PORTS, "-j DROP"),
  ...product("-A FORWARD", as("-o", ["eth1", "eth2", "ppp0"]), as("-d", OTHERS), PORTS, "-j DROP"),
];
const TEXT = filterTable(RULES, { FORWARD: "DROP", INPUT: "DROP", OUTPUT: "DROP" });

const old = readRuleset(TEXT);
const made = planOf(old);
const plan: Plan = { ...made, inputs: [{ ...made.inputs[0]!, digest: DIGEST }] };
const groupOf = (of: Plan, axis: Axis, size: number) =>
  of.groups.find((group) => group.axis === axis && group.members.length === size)!;
const sameAs = (of: Plan) =>
  Object.fromEntries(
    of.groups.flatMap((group) => (group.sameAs === undefined ? [] : [[group.id, group.sameAs]])),
  );

const reread = (text: string) => parsePlan(makeSourceFile("p.yaml", text));
const stem = ({ name }: PlanGroup) => name.replace(/^[A-Z]+-/, "");

describe("groups with the same members on opposite axes", () => {
  test("have one definition in the plan, and one stem", () => {
    const pairs: readonly (readonly [Axis, Axis, number])[] = [
      ["source", "destination", 8],
      ["source", "destination", 5],
      ["source", "destination", 3],
      ["in", "out", 3],
    ];
    for (const [first, second, size] of pairs) {
      const [definition, twin] = [groupOf(plan, first, size), groupOf(plan, second, size)];
      expect(twin).toMatchObject({ sameAs: definition.id, members: definition.members });
      expect(definition.sameAs).toBeUndefined();
      expect(stem(twin)).toBe(stem(definition));
    }
    expect(Object.keys(sameAs(plan))).toHaveLength(pairs.length);
  });

  test("are written where more of them is said by other groups, so that no chain grows", () => {
    const text = filterTable(
      [
        ...product("-A FORWARD", as("-s", nets(1, 9)), as("-d", OTHERS), PORTS, "-j ACCEPT"),
        ...product("-A FORWARD", as("-s", OTHERS), as("-d", nets(1, 9)), PORTS.slice(1), "-j ACCEPT"),
        ...product("-A OUTPUT", as("-d", nets(1, 5)), PORTS, "-j ACCEPT"),
      ],
      { FORWARD: "DROP", INPUT: "DROP", OUTPUT: "DROP" },
    );
    const ruleset = readRuleset(text);
    const turned = planOf(ruleset);
    const [first, second] = [groupOf(turned, "source", 9), groupOf(turned, "destination", 9)];
    expect(second.includes).toEqual([groupOf(turned, "destination", 5).id]);
    expect(first).toMatchObject({ sameAs: second.id, members: second.members });
    const { text: now } = rewriteOf(ruleset, turned);
    expect(now.match(new RegExp(`^-A ${first.name} `, "gm"))).toHaveLength(9);
    expect(now.match(new RegExp(`^-A ${second.name} `, "gm"))).toHaveLength(5);
    const again = planOf(readRuleset(now));
    expect(sameAs(again)).toEqual(sameAs(turned));
    expect(rewriteOf(readRuleset(now), again).rewritten.changed).toBe(false);
  });

  test("are written once, and read back", () => {
    const [whole, twin] = [groupOf(plan, "source", 8), groupOf(plan, "destination", 8)];
    const text = printPlan(plan);
    expect(text).toContain(`    accept: true\n    sameAs: ${whole.id}\n`);
    expect(text.match(/10\.0\.7\.0\/24/g)).toHaveLength(1);
    expect(whole.includes).toEqual([groupOf(plan, "source", 5).id]);
    // What it includes follows from the definition, on its own axis.
    expect(twin.includes).toEqual([groupOf(plan, "destination", 5).id]);
    expect(reread(text).plan).toEqual(plan);
    const byName = text
      .replace(`name: ${whole.id}\n`, "name: S-Whole\n")
      .replace(`sameAs: ${whole.id}\n`, "sameAs: S-Whole\n");
    expect(sameAs(reread(byName).plan!)).toEqual(sameAs(plan));
  });

  test("are chains of their own, each with the bit of its axis, and proved", async () => {
    const { text } = rewriteOf(old, plan);
    const lines = (axis: Axis, option: string) => {
      const { name } = groupOf(plan, axis, 8);
      const bit = `0x${plan.markBits[axis]!.toString(16)}`;
      return [
        `-A ${name} -j ${groupOf(plan, axis, 5).name}`,
        ...[6, 7, 8].map((net) => `-A ${name} ${option} 10.0.${net}.0/24 -j MARK --set-xmark ${bit}/${bit}`),
      ];
    };
    for (const [axis, option] of [
      ["source", "-s"],
      ["destination", "-d"],
    ] as const) {
      const { name } = groupOf(plan, axis, 8);
      expect(text.split("\n").filter((line) => line.startsWith(`-A ${name} `))).toEqual(lines(axis, option));
    }
    const { result } = await verify(old, readRuleset(text), { packets: 2000, demandAnyMark: true });
    expect(result).toBe("equal");
  });

  test("are recognised in what was written, which stays as it is", () => {
    const now = readRuleset(rewriteOf(old, plan).text);
    const again = planOf(now);
    expect(sameAs(again)).toEqual(sameAs(plan));
    expect(rewriteOf(now, again).rewritten.changed).toBe(false);
  });

  test("stay two where their chains have the members in another order: nothing is rewritten for that", () => {
    const { text } = rewriteOf(old, plan);
    const { name } = groupOf(plan, "destination", 5);
    const own = text.split("\n").filter((line) => line.startsWith(`-A ${name} -d`));
    expect(own).toHaveLength(5);
    const now = readRuleset(text.replace(own.join("\n"), [...own].reverse().join("\n")));
    const again = planOf(now);
    expect(sameAs(again)[name]).toBeUndefined();
    expect(rewriteOf(now, again).rewritten.changed).toBe(false);
  });

  test("stay what they are where one of them is refused", async () => {
    const { id } = groupOf(plan, "source", 8);
    const groups = plan.groups.map((group) => (group.id === id ? { ...group, accept: false } : group));
    const { text } = rewriteOf(old, { ...plan, groups });
    expect(text).not.toContain(`-A ${groupOf(plan, "source", 8).name} `);
    expect(text).toContain(`-A ${groupOf(plan, "destination", 8).name} `);
    expect((await verify(old, readRuleset(text), { packets: 0 })).result).toBe("equal");
  });
});

describe("an edit of the definition", () => {
  const { id } = groupOf(plan, "source", 8);
  const text = printPlan(plan);

  test("is one of the other group: a member that is taken out leaves both", async () => {
    const edited = reread(text.replace("      - 10.0.7.0/24\n", "")).plan!;
    for (const axis of ["source", "destination"] as const)
      expect(groupOf(edited, axis, 7).members).not.toContain("10.0.7.0/24");
    const { text: now } = rewriteOf(old, edited);
    expect(now.match(/^-A FORWARD .*10\.0\.7\.0\/24.*$/gm)).toHaveLength(15);
    expect((await verify(old, readRuleset(now), { packets: 0 })).result).toBe("equal");
  });

  test("counts for both: added and removed", () => {
    const change =
      "      - 10.0.8.0/24\n    added:\n      - 10.0.99.0/24\n    removed:\n      - 10.0.7.0/24\n";
    const edited = reread(text.replace("      - 10.0.7.0/24\n      - 10.0.8.0/24\n", change));
    const [first, second] = edited.plan!.groups.filter(({ added }) => added !== undefined);
    expect(first).toMatchObject({ id, added: ["10.0.99.0/24"], removed: ["10.0.7.0/24"] });
    expect(second).toMatchObject({ sameAs: id, added: ["10.0.99.0/24"], removed: ["10.0.7.0/24"] });
    expect(reread(printPlan(edited.plan!)).plan).toEqual(edited.plan);
    expect(auditPlan(edited.plan!, edited.place, [old])).toEqual([]);
  });

  test("that only fits the definition is refused at the other group", () => {
    const one = `${RULES.find((rule) => rule.includes("--dport"))!.replace("10.0.1.0/24", "10.0.77.0/24")}`;
    const ruleset = readRuleset(TEXT.replace("COMMIT", `${one}\nCOMMIT`));
    const fresh = planOf(ruleset);
    const { plan: edited, place } = reread(
      printPlan({ ...fresh, inputs: plan.inputs }).replace("      - 10.0.7.0/24\n", "      - 10.0.77.0/24\n"),
    );
    const found = auditPlan(edited!, place, [ruleset]).filter(({ code }) => code === "PLAN_UNKNOWN_MEMBER");
    expect(found).toHaveLength(1);
    const { span, help } = found[0]!;
    expect(span!.file.text.slice(span!.start, span!.end)).toBe(groupOf(fresh, "source", 8).id);
    expect(help).toMatch(
      /^10\.0\.77\.0\/24 fits S-\S+ alone: write what D-\S+ is to have in place of sameAs$/,
    );
  });
});

describe("carried over to a new plan", () => {
  const [definition, twin] = [groupOf(plan, "source", 8), groupOf(plan, "destination", 8)];
  const withGroups = (of: Plan, change: (group: PlanGroup) => PlanGroup): Plan => ({
    ...of,
    groups: settleIncludes(of.groups.map(change)),
  });
  const parted = withGroups(plan, (group) => {
    const { sameAs: _, ...own } = group;
    return group.id === twin.id ? own : group;
  });

  test("two groups that a person has parted stay apart", () => {
    expect(sameAs(parted)[twin.id]).toBeUndefined();
    const { plan: carried, lost } = carryEdits(parted, plan);
    expect([sameAs(carried)[twin.id], lost]).toEqual([undefined, []]);
    expect(reread(printPlan(carried)).plan).toEqual(carried);
  });

  test("two groups that have become equal are one definition from then on", () => {
    const before = withGroups(parted, (group) =>
      group.id === twin.id ? { ...group, members: [...group.members, "10.0.50.0/24"] } : group,
    );
    expect(sameAs(carryEdits(before, plan).plan)).toEqual(sameAs(plan));
  });

  test("two groups of one definition that are not equal any more have their own members, and that is said", () => {
    const fresh = withGroups(parted, (group) =>
      group.id === twin.id ? { ...group, members: group.members.slice(0, -1) } : group,
    );
    const { plan: carried, lost } = carryEdits(plan, fresh);
    expect(sameAs(carried)[twin.id]).toBeUndefined();
    expect(carried.groups.find(({ id }) => id === twin.id)!.members).toEqual(twin.members.slice(0, -1));
    expect(lost).toEqual([`${twin.id} no longer has the members of ${definition.id}; it has its own now`]);
  });

  test("whoever had the members, and the names that a person gave, stay", () => {
    const turned = withGroups(plan, (group) => {
      const { sameAs: _, ...own } = group;
      if (group.id === twin.id) return { ...own, name: "D-Mine" };
      return group.id === definition.id ? { ...group, sameAs: twin.id } : group;
    });
    expect(sameAs(turned)).toMatchObject({ [definition.id]: twin.id });
    const { plan: carried, lost } = carryEdits(turned, plan);
    expect([sameAs(carried), lost]).toEqual([sameAs(turned), []]);
    expect(carried.groups.map(({ name }) => name)).toEqual(turned.groups.map(({ name }) => name));
    expect(reread(printPlan(carried)).plan).toEqual(carried);
  });
});

/** A table with the same rules the other way round behind those of FORWARD. */
function withAnswers(text: string): string {
  const turned = text
    .split("\n")
    .filter((line) => /^-A FORWARD .*-[sd] /.test(line))
    .map((line) => line.replace(/(?<= )-([sd])(?= )/g, (_, option) => (option === "s" ? "-d" : "-s")));
  return text.replace("COMMIT", `${turned.join("\n")}\nCOMMIT`);
}

/** Groups on opposite axes that have the same members, sources and in-interfaces first. */
function equalGroups({ groups }: Plan): readonly (readonly [PlanGroup, PlanGroup])[] {
  return groups.flatMap((one) =>
    one.axis === "source" || one.axis === "in"
      ? groups
          .filter(({ axis, members }) => axis === OPPOSITE[one.axis] && hasEqualMembers(members, one.members))
          .map((other) => [one, other] as const)
      : [],
  );
}

/** Each group includes all that are parts of it. */
function nestAll(whole: Plan): Plan {
  const groups = whole.groups.map((group) => ({
    ...group,
    includes: whole.groups.filter((other) => other !== group).map(({ id }) => id),
  }));
  return { ...whole, groups: settleIncludes(groups) };
}

/** The plan with a member added where a group has its members written. */
function withAdded(whole: Plan, definition: string, member: string): Plan {
  const edited = printPlan({
    ...whole,
    groups: whole.groups.map((group) => (group.id === definition ? { ...group, added: [member] } : group)),
  });
  return reread(edited).plan!;
}

test.each<Family>(["v4", "v6"])(
  "%s: random plans with groups of one definition are read back and proved, edits count for both, and chains come back",
  async (family) => {
    let [twins, added, again] = [0, 0, 0];
    const member = family === "v4" ? "10.99.0.0/24" : "2001:db8:99::/48";
    const anyText = randomFilter(family).map(withAnswers);
    const property = fc.asyncProperty(anyText, fc.nat(), fc.boolean(), async (text, pick, nested) => {
      const ruleset = readRuleset(text, family);
      const source = { path: "old", digest: DIGEST, clustering: everyProduct(ruleset) };
      const made = makePlan([source], NO_OPTIONS).plan;
      const all = nested ? nestAll(made) : made;
      expect(reread(printPlan(all)).plan).toEqual(all);
      const pairs = equalGroups(all);
      twins += pairs.length;
      // No two groups on opposite axes have the same members written twice, nor do they have different stems.
      expect(Object.keys(sameAs(all))).toHaveLength(pairs.length);
      for (const [one, other] of pairs) {
        expect([one.sameAs === other.id, other.sameAs === one.id].filter((each) => each)).toHaveLength(1);
        expect(stem(one)).toBe(stem(other));
      }
      const pair = pairs.find(([{ axis }]) => axis === "source");
      if (pair !== undefined) {
        const definition = pair.find((group) => group.sameAs === undefined)!;
        const changed = withAdded(all, definition.id, member);
        const text = rewriteRuleset(ruleset, changed, 0).rewritten;
        const lines = text === null ? [] : emitRestoreFile(text, []).split("\n");
        for (const { axis, name } of pair) {
          const option = axis === "source" ? "-s" : "-d";
          const own = lines.filter((line) => line.startsWith(`-A ${name} `));
          if (own.length === 0) continue;
          added++;
          expect(own.join("\n")).toContain(`-A ${name} ${option} ${member} `);
        }
      }
      const groups = all.groups.map((group, at) => {
        const refused = at === pick % (2 * all.groups.length);
        return refused ? { ...group, accept: false } : group;
      });
      const { rewritten } = rewriteRuleset(ruleset, { ...all, groups }, 0);
      if (rewritten === null) return;
      const emitted = emitRestoreFile(rewritten, []);
      const now = readRuleset(emitted, family);
      const { result, witness } = await verify(ruleset, now, { packets: 0, demandAnyMark: true });
      expect(result, `${text}\n---\n${emitted}\n${JSON.stringify(witness)}`).toBe("equal");
      const third = planOf(now);
      again += Object.keys(sameAs(third)).length;
      const last = readRuleset(rewriteOf(now, third).text, family);
      const options = { packets: 0, ownBits: joinMarkBits(third.markBits) };
      expect((await verify(now, last, options)).result, emitted).toBe("equal");
    });
    await fc.assert(property, { numRuns: 150 * EFFORT });
    console.log(
      family,
      twins,
      "groups of one definition,",
      added,
      "chains with an addition,",
      again,
      "read again",
    );
    expect(twins).toBeGreaterThan(50);
    expect(added).toBeGreaterThan(20);
    expect(again).toBeGreaterThan(20);
  },
  600_000,
);

test("whatever happens to the members, groups that are the same have equal lists", () => {
  const list = fc.subarray(["a", "b", "c", "d", "e"]);
  const anyGroup = fc.record({
    axis: fc.constantFrom<Axis>("source", "destination"),
    members: fc.subarray(["a", "b", "c", "d", "e"], { minLength: 1 }),
    includes: fc.subarray(["0", "1", "2", "3"]),
    sameAs: fc.option(fc.constantFrom("0", "1", "2", "3"), { nil: undefined }),
    added: list,
  });
  const property = fc.property(fc.array(anyGroup, { minLength: 2, maxLength: 4 }), (drafts) => {
    const groups = drafts.map(({ added, sameAs: same, ...draft }, at): PlanGroup => {
      const more = added.filter((member) => !draft.members.includes(member));
      return {
        ...{ id: String(at), name: String(at), accept: true, nameFrom: "x", ...draft },
        ...(more.length === 0 ? {} : { added: more }),
        ...(same === undefined ? {} : { sameAs: same }),
      };
    });
    const settled = settleIncludes(groups);
    expect(settleIncludes(settled)).toEqual(settled);
    for (const [at, group] of settled.entries()) {
      // Nobody gains or loses a member by it.
      expect(hasEqualMembers(group.members, groups[at]!.members)).toBe(true);
      expect([...(group.added ?? [])].sort()).toEqual([...(groups[at]!.added ?? [])].sort());
      const definition = settled.find(({ id }) => id === group.sameAs);
      if (group.sameAs === undefined) continue;
      expect(definition).toMatchObject({ members: group.members });
      expect(definition!.sameAs).toBeUndefined();
    }
  });
  fc.assert(property, { numRuns: 1000 * EFFORT });
});
