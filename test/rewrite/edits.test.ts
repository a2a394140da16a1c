/** What a person may do to a plan, and what the rewriter says when it can't be done; an example for each of its codes. */
import { describe, expect, test } from "vitest";
import type { Plan, PlanGroup, PlanPolicyRule } from "../../src/plan/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import type { REWRITE_CODES } from "../../src/text/codes-rewrite.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { verify } from "../../src/verify/verify.ts";
import { makePlan } from "../../src/plan/make.ts";
import { findGroups } from "../../src/cluster/find.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

const SOURCES = [1, 2, 3, 4, 5, 6].map((host) => `-s 10.0.1.${host}/32`);
const TARGETS = [1, 2, 3, 4, 5, 6].map((host) => `-d 10.9.0.${host}/32`);
const old = readRuleset(
  filterTable([
    ...product("-A FORWARD", SOURCES, TARGETS, "-p tcp -m tcp --dport 22 -j ACCEPT"),
    "-A FORWARD -s 10.0.9.1/32 -d 10.9.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A FORWARD -m limit --limit 5/min -j LOG",
    ...product("-A FORWARD", SOURCES, TARGETS, "-p udp -m udp --dport 53 -j ACCEPT"),
    ...product(
      "-A INPUT",
      SOURCES,
      [
        "-p tcp -m tcp --dport 22",
        "-p tcp -m tcp --dport 80",
        "-p udp -m udp --dport 53",
        "-p udp -m udp --dport 123",
      ],
      "-j ACCEPT",
    ),
  ]),
);
const plan = planOf(old);

function withGroup(change: (group: PlanGroup) => PlanGroup): Plan {
  return { ...plan, groups: plan.groups.map(change) };
}

function withRule(at: number, change: Partial<PlanPolicyRule>): Plan {
  return {
    ...plan,
    policyRules: plan.policyRules.map((rule, position) => (position === at ? { ...rule, ...change } : rule)),
  };
}

/** Changes the members of the source group. */
function withSources(change: (members: readonly string[]) => readonly string[]): Plan {
  return withGroup((group) =>
    group.axis === "source" ? { ...group, members: change(group.members) } : group,
  );
}

async function expectEqual(edited: Plan): Promise<string> {
  const { text } = rewriteOf(old, edited);
  const result = await verify(old, readRuleset(text, "v4", "new.rules"), {
    packets: 20_000,
    demandAnyMark: true,
  });
  expect(result.result).toBe("equal");
  return text;
}

/** The one error that an edited plan gives, as text. */
function refusal(edited: Plan): string {
  const { rewritten, diagnostics } = rewriteRuleset(old, edited, 0);
  expect(rewritten).toBeNull();
  expect(diagnostics).toHaveLength(1);
  return formatDiagnostic(diagnostics[0]!, { maxWidth: 120 });
}

test("the plan to edit has three policy rules that share a source group", () => {
  expect(plan.policyRules.map(({ groups }) => groups)).toEqual([
    { source: "S-10-0-1", destination: "D-10-9-0" },
    { source: "S-10-0-1", destination: "D-10-9-0" },
    { source: "S-10-0-1", service: "SRV-SSH-DNS-and-2" },
  ]);
});

describe("edits that can be done", () => {
  test("a new name is the name of the chain, everywhere", async () => {
    const text = await expectEqual(
      withGroup((group) => (group.axis === "source" ? { ...group, name: "S-TRUSTED" } : group)),
    );
    expect(text).not.toContain("S-10-0-1");
    expect(text).toContain("-j S-TRUSTED");
  });

  test("a refused policy rule stays flat, the others don't", async () => {
    const text = await expectEqual(withRule(0, { accept: false }));
    expect(text.match(/^-A FORWARD .*--dport 22 /gm)).toHaveLength(37);
    expect(text.match(/^-A FORWARD .*--dport 53 /gm)).toBeNull();
  });

  test("a refused group keeps all rules that use it flat", async () => {
    const text = await expectEqual(
      withGroup((group) => (group.axis === "destination" ? { ...group, accept: false } : group)),
    );
    expect(text.match(/^-A FORWARD /gm)).toHaveLength(74);
    expect(text).not.toContain("D-10-9-0");
  });

  test("everything refused gives the input, byte for byte", () => {
    expect(
      rewriteOf(
        old,
        withGroup((group) => ({ ...group, accept: false })),
      ).text,
    ).toBe(old.file.text);
  });

  test("rules of a member that was taken out stay flat", async () => {
    const text = await expectEqual(withSources((members) => members.slice(1)));
    expect(text.match(/^-A (FORWARD|INPUT) -s 10\.0\.1\.1\/32 /gm)).toHaveLength(6 + 6 + 4);
  });

  test("one member left, or none", async () => {
    expect(await expectEqual(withSources((members) => members.slice(0, 1)))).toContain(
      "-A S-10-0-1 -s 10.0.1.1/32",
    );
    expect(
      rewriteOf(
        old,
        withSources(() => []),
      ).text,
    ).toBe(old.file.text);
  });
});

describe("edits that can't be done", () => {
  const examples: Readonly<
    Record<
      Exclude<
        keyof typeof REWRITE_CODES,
        | "MARK_GROUP_LIKE"
        | "NO_FREE_MARK_BITS"
        | "POLICY_RULES_CANT_BE_ORDERED"
        | "POLICY_RULE_WHOLE_CHAINS"
        | "POLICY_RULE_OF_RUN"
        | "POLICY_RULE_APART"
        | "POLICY_CHANGE_CANT_BE"
        | "POLICY_CHANGE_STAYS_FLAT"
        | "POLICY_CHANGE_REFUSED"
        | "LAYOUT_OF_NO_CHAIN"
        | "SET_NAME_TAKEN"
        | "POLICY_RULE_CANT_TURN"
      >,
      Plan
    >
  > = {
    POLICY_RULE_ADDS_ACCESS: withSources((members) => [...members, "10.0.9.1/32"]),
    POLICY_RULE_FIXED_LINE: withRule(0, {
      lines: [...plan.policyRules[0]!.lines, old.tables[0]!.chains[1]!.rules[37]!.line],
    }),
    POLICY_RULE_MIXED_LINES: withRule(0, {
      lines: [...plan.policyRules[0]!.lines, ...plan.policyRules[1]!.lines],
    }),
    CHAIN_NAME_TAKEN: withGroup((group) => (group.axis === "source" ? { ...group, name: "FORWARD" } : group)),
    POLICY_RULE_NO_REST: withRule(0, { restOf: plan.policyRules[1]!.id }),
    MARK_BITS_TAKEN: plan,
  };

  test.each(Object.entries(examples).filter(([code]) => code !== "MARK_BITS_TAKEN"))("%s", (code, edited) => {
    // CHAIN_NAME_TAKEN is said once a table, the others once a policy rule.
    const { rewritten, diagnostics } = rewriteRuleset(old, edited, 0);
    expect(rewritten).toBeNull();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    expect(formatDiagnostic(diagnostics[0]!, { maxWidth: 120 })).toMatchSnapshot();
  });

  test("MARK_BITS_TAKEN", () => {
    const text = `${old.file.text}*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-xmark 0x1/0x1\nCOMMIT\n`;
    const { rewritten, diagnostics } = rewriteRuleset(readRuleset(text), plan, 0);
    expect(rewritten).toBeNull();
    expect(formatDiagnostic(diagnostics[0]!, { maxWidth: 120 })).toMatchSnapshot();
  });

  test("POLICY_RULES_CANT_BE_ORDERED: each of two rules would have to stand before the other", () => {
    const crossed = readRuleset(
      filterTable([
        "-A FORWARD -s 10.0.0.1/32 -d 10.1.0.1/32 -j ACCEPT",
        "-A FORWARD -d 10.1.0.1/32 -p tcp -j DROP",
        "-A FORWARD -d 10.1.0.2/32 -p tcp -j DROP",
        "-A FORWARD -s 10.0.0.1/32 -d 10.1.0.2/32 -j ACCEPT",
      ]),
    );
    const rule = (name: string, lines: number[]): PlanPolicyRule => ({
      ...plan.policyRules[0]!,
      id: name,
      name,
      groups: { destination: "D" },
      lines,
    });
    const both: Plan = {
      ...plan,
      groups: [
        {
          id: "D",
          name: "D",
          axis: "destination",
          accept: true,
          nameFrom: "person",
          members: ["10.1.0.1/32", "10.1.0.2/32"],
        },
      ],
      policyRules: [rule("R-1", [5, 8]), rule("R-2", [6, 7])],
    };
    const { rewritten, diagnostics } = rewriteRuleset(crossed, both, 0);
    expect(rewritten).toBeNull();
    expect(formatDiagnostic(diagnostics[0]!, { maxWidth: 120 })).toMatchSnapshot();
    expect(
      rewriteRuleset(crossed, { ...both, policyRules: [rule("R-2", [6, 7])] }, 0).rewritten,
    ).not.toBeNull();
  });

  test("NO_FREE_MARK_BITS: a ruleset that moves all bits itself stays flat, and is told why", () => {
    const mangle =
      "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xfffffffe --ctmask 0xfffffffe\nCOMMIT\n";
    const full = readRuleset(mangle + old.file.text);
    const { plan: none, diagnostics } = makePlan(
      [{ path: "full", digest: "sha256:0", clustering: findGroups(full, NO_OPTIONS) }],
      NO_OPTIONS,
    );
    expect(
      diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, { maxWidth: 120 })),
    ).toMatchSnapshot();
    expect(none.policyRules).toEqual([]);
    expect(none.flat.reduce((sum, { lines }) => sum + lines.length, 0)).toBe(none.inputs[0]!.rules);
  });

  test("a refusal names the combination that no rule has", () => {
    const edited = withSources((members) => [...members, "10.0.9.1/32"]);
    expect(refusal({ ...edited, policyRules: edited.policyRules.slice(0, 1) })).toContain(
      "10.0.9.1/32, 10.9.0.2/32",
    );
  });
});

describe("a policy rule that replaces chains", () => {
  const tree = readRuleset(
    filterTable([
      "-A FORWARD -p tcp -m tcp --dport 22 -j Cid1.0",
      ...SOURCES.map((source) => `-A Cid1.0 ${source} -j Cid1.1`),
      ...TARGETS.map((target) => `-A Cid1.1 ${target} -j ACCEPT`),
      "-A FORWARD -p udp -m udp --dport 53 -j Cid2.0",
      ...SOURCES.map((source) => `-A Cid2.0 ${source} -j Cid2.1`),
      ...TARGETS.map((target) => `-A Cid2.1 ${target} -j ACCEPT`),
      "-A FORWARD -p udp -m udp --dport 123 -j Cid3.0",
      ...SOURCES.map((source) => `-A Cid3.0 ${source} -j Cid3.1`),
      ...TARGETS.map((target) => `-A Cid3.1 ${target} -j ACCEPT`),
    ]),
  );
  const found = planOf(tree);
  const edit = (change: (group: PlanGroup) => PlanGroup): Plan => ({
    ...found,
    groups: found.groups.map((group) => (group.axis === "source" ? change(group) : group)),
  });
  const codesOf = (edited: Plan) =>
    new Set(rewriteRuleset(tree, edited, 0).diagnostics.map(({ code }) => code));

  test("is found, renamed and refused as any other", () => {
    expect(found.policyRules.map(({ replaces }) => replaces)).toEqual([
      ["Cid1.0", "Cid1.1"],
      ["Cid2.0", "Cid2.1"],
      ["Cid3.0", "Cid3.1"],
    ]);
    expect(rewriteOf(tree, found).text).not.toContain("Cid");
    expect(
      rewriteOf(
        tree,
        edit((group) => ({ ...group, name: "S-Desks" })),
      ).text,
    ).toContain("-A S-Desks -s");
    expect(
      rewriteOf(
        tree,
        edit((group) => ({ ...group, accept: false })),
      ).text,
    ).toBe(tree.file.text);
  });

  test("POLICY_RULE_WHOLE_CHAINS: it can't do without a member", () => {
    const { rewritten, diagnostics } = rewriteRuleset(
      tree,
      edit((group) => ({ ...group, members: group.members.slice(1) })),
      0,
    );
    expect(rewritten).toBeNull();
    expect(formatDiagnostic(diagnostics[0]!, { maxWidth: 120 })).toMatchSnapshot();
  });

  test("nor take another member, another line, or a line that a second one has", () => {
    expect(codesOf(edit((group) => ({ ...group, members: [...group.members, "10.0.7.7/32"] })))).toEqual(
      new Set(["POLICY_RULE_ADDS_ACCESS"]),
    );
    const [first, second] = found.policyRules;
    const withLines = (lines: readonly number[]): Plan => ({
      ...found,
      policyRules: [{ ...first!, lines }, second!],
    });
    expect(codesOf(withLines(first!.lines.slice(0, -1)))).toEqual(new Set(["POLICY_RULE_FIXED_LINE"]));
    expect(codesOf(withLines([...first!.lines, second!.lines[1]!]))).toEqual(
      new Set(["POLICY_RULE_FIXED_LINE"]),
    );
    const inner: PlanPolicyRule = {
      ...first!,
      ...{ id: "R-in", name: "R-in", chain: "Cid1.1", lines: first!.lines.slice(-6) },
      groups: { destination: first!.groups.destination! },
    };
    expect(codesOf({ ...found, policyRules: [first!, inner] })).toEqual(new Set(["POLICY_RULE_FIXED_LINE"]));
  });
});
