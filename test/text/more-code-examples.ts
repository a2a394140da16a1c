/** For each code of the way in, of plans, rewrites and assertions, the least that yields it. */
import { findGroups } from "../../src/cluster/find.ts";
import { type InputOptions, NO_INPUT_OPTIONS, readInput } from "../../src/import/input.ts";
import { describeDeclined } from "../../src/cli/declined.ts";
import { findIdlePatterns } from "../../src/cli/idle-patterns.ts";
import { parseAssertions } from "../../src/plan/assertions.ts";
import { auditPlan } from "../../src/plan/audit.ts";
import { parsePlan, printPlan } from "../../src/plan/file.ts";
import { findIdleChanges } from "../../src/plan/idle-changes.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Ruleset } from "../../src/model/types.ts";
import type { Plan, PlanPolicyRule } from "../../src/plan/types.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import type { ASSERT_CODES } from "../../src/text/codes-assert.ts";
import type { INPUT_CODES } from "../../src/text/codes-input.ts";
import type { PLAN_CODES } from "../../src/text/codes-plan.ts";
import type { REWRITE_CODES } from "../../src/text/codes-rewrite.ts";
import type { Diagnostic } from "../../src/text/diagnostic.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { FLAT } from "../cli/rulesets.ts";
import { SMALL_PLAN } from "../plan/plans.ts";
import { script } from "./script-code-examples.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset, rewriteOf } from "../support/small-tables.ts";

type Example = () => readonly Diagnostic[];

/** A file that may hold a ruleset. */
function input(text: string, options: Partial<InputOptions> = {}): Example {
  return () => readInput(makeSourceFile("t.rules", text), { ...NO_INPUT_OPTIONS, ...options }).diagnostics;
}

/** A plan file with one piece replaced. */
function planFile(from: string, to: string): Example {
  return () => {
    const text = printPlan(SMALL_PLAN);
    if (!text.includes(from)) throw new Error(`the plan has no ${from}`);
    return parsePlan(makeSourceFile("p.yaml", text.replace(from, to))).diagnostics;
  };
}

/** The plan file of FLAT with one piece replaced, against FLAT. */
function audited(from: string, to: string): Example {
  return () => {
    const ruleset = readRuleset(FLAT);
    const digest = `sha256:${"0".repeat(64)}`;
    const source = { path: "old.rules", digest, clustering: findGroups(ruleset, NO_OPTIONS) };
    const text = printPlan(makePlan([source], NO_OPTIONS).plan);
    if (!text.includes(from)) throw new Error(`the plan has no ${from}`);
    const { plan, place } = parsePlan(makeSourceFile("p.yaml", text.replace(from, to)));
    return auditPlan(plan!, place, [ruleset]);
  };
}

/** The plan of FLAT, changed and carried out on it; or on a ruleset that has grown since. */
function rewritten(change: (plan: Plan) => Plan, more = ""): Example {
  return () => {
    const plan = planOf(readRuleset(FLAT));
    return rewriteRuleset(readRuleset(FLAT + more), change(plan), 0).diagnostics;
  };
}

/** The one policy rule of FLAT, changed. */
function withRule(change: (rule: PlanPolicyRule) => Partial<PlanPolicyRule>): (plan: Plan) => Plan {
  return (plan) => ({
    ...plan,
    policyRules: plan.policyRules.map((rule) => ({ ...rule, ...change(rule) })),
  });
}

/** Its source group, changed. */
function withSources(change: { readonly name?: string; readonly more?: string }): (plan: Plan) => Plan {
  return (plan) => ({
    ...plan,
    groups: plan.groups.map((group) => {
      if (group.axis !== "source") return group;
      const members = [...group.members, ...(change.more === undefined ? [] : [change.more])];
      return { ...group, members, name: change.name ?? group.name };
    }),
  });
}

/** Two policy rules, each of which would have to stand before the other. */
function crossed(): readonly Diagnostic[] {
  const rules = [
    "-A FORWARD -s 10.0.0.1/32 -d 10.1.0.1/32 -j ACCEPT",
    "-A FORWARD -d 10.1.0.1/32 -p tcp -j DROP",
    "-A FORWARD -d 10.1.0.2/32 -p tcp -j DROP",
    "-A FORWARD -s 10.0.0.1/32 -d 10.1.0.2/32 -j ACCEPT",
  ];
  const members = ["10.1.0.1/32", "10.1.0.2/32"];
  const [group] = SMALL_PLAN.groups;
  const rule = (name: string, lines: readonly number[]): PlanPolicyRule => {
    return { ...SMALL_PLAN.policyRules[0]!, id: name, name, groups: { destination: "D" }, lines };
  };
  const plan: Plan = {
    ...SMALL_PLAN,
    markBits: { destination: 1 },
    groups: [{ ...group!, id: "D", name: "D", axis: "destination", members }],
    policyRules: [rule("R-1", [5, 8]), rule("R-2", [6, 7])],
  };
  return rewriteRuleset(readRuleset(filterTable(rules)), plan, 0).diagnostics;
}

/** What one source network may do, and another one may not. */
function twoSources(): Ruleset {
  const hosts = (net: string) => [1, 2, 3, 4, 5, 6].map((host) => `${net}.${host}/32`);
  return readRuleset(
    filterTable([
      ...product("-A FORWARD", hosts("-s 10.0.1"), hosts("-d 10.9.0"), "-j ACCEPT"),
      ...product("-A FORWARD", hosts("-s 10.0.2"), hosts("-d 10.9.0"), "-j DROP"),
    ]),
  );
}

/** A policy rule as the rest of one that has other sources. */
function noRest(): readonly Diagnostic[] {
  const plan = planOf(twoSources());
  const [first, second] = plan.policyRules;
  const policyRules = [first!, { ...second!, restOf: first!.id }];
  return rewriteRuleset(twoSources(), { ...plan, policyRules }, 0).diagnostics;
}

/** What a policy rule leaves for two others, of which the first one is refused: its rules stay flat between the two. */
function restRefused(): readonly Diagnostic[] {
  const [hosts, targets] = [
    [1, 2, 3, 4].map((host) => `-s 10.0.1.${host}/32`),
    [1, 2, 3, 4].map((host) => `-d 10.9.0.${host}/32`),
  ];
  const services = ["-p tcp -m tcp --dport 22", "-p tcp -m tcp --dport 80"];
  const ruleset = readRuleset(
    filterTable([
      ...product("-A FORWARD", hosts, targets, services, "-j ACCEPT"),
      ...product("-A FORWARD", hosts, targets, "-j REJECT"),
      ...product("-A FORWARD", hosts, "-j DROP"),
    ]),
  );
  const plan = planOf(ruleset);
  const [first, second, ...others] = plan.policyRules;
  const policyRules = [first!, { ...second!, accept: false }, ...others];
  return rewriteRuleset(ruleset, { ...plan, policyRules }, 0).diagnostics;
}

/** Two policy rules of one run, one of them refused. */
function partOfRun(): readonly Diagnostic[] {
  const flat = twoSources();
  const run = readRuleset(rewriteOf(flat, { ...planOf(flat), layout: "hoisted" }).text);
  const plan = planOf(run);
  const [first, ...others] = plan.policyRules;
  return rewriteRuleset(run, { ...plan, policyRules: [{ ...first!, accept: false }, ...others] }, 0)
    .diagnostics;
}

/** Rules that are compiled into chains, and a policy rule for them that lacks a member. */
function compiled(): readonly Diagnostic[] {
  const hosts = [1, 2, 3, 4, 5, 6];
  const rules = [22, 53, 123].flatMap((port) => [
    `-A FORWARD -p udp -m udp --dport ${port} -j C${port}.0`,
    ...hosts.map((host) => `-A C${port}.0 -s 10.0.1.${host}/32 -j C${port}.1`),
    ...hosts.map((host) => `-A C${port}.1 -d 10.9.0.${host}/32 -j ACCEPT`),
  ]);
  const ruleset = readRuleset(filterTable(rules));
  const plan = planOf(ruleset);
  const groups = plan.groups.map((group) =>
    group.axis === "source" ? { ...group, members: group.members.slice(1) } : group,
  );
  return rewriteRuleset(ruleset, { ...plan, groups }, 0).diagnostics;
}

/** Answers that only TCP has, and a service of UDP added to theirs. */
function resets(): readonly Diagnostic[] {
  const rules = FLAT.replaceAll("-j ACCEPT", "-j REJECT --reject-with tcp-reset").replace(
    /^-A INPUT.*\n/m,
    "",
  );
  const plan = planOf(readRuleset(rules));
  const groups = plan.groups.map((group) =>
    group.axis === "service" ? { ...group, added: ["udp dport 53"] } : group,
  );
  return rewriteRuleset(readRuleset(rules), { ...plan, groups }, 0).diagnostics;
}

/** A member that is added where no chain is written. */
const changedIn = (change: (plan: Plan) => Partial<Plan>) => (): readonly Diagnostic[] => {
  const ruleset = readRuleset(FLAT);
  const plan = planOf(ruleset);
  const groups = plan.groups.map((group) =>
    group.axis === "source" ? { ...group, added: ["192.0.2.9/32"] } : group,
  );
  return findIdleChanges({ ...plan, groups, ...change(plan) }, [ruleset]);
};

const chainLayout = (chain: string) => ({
  chainLayouts: [{ input: 0, table: "filter" as const, chain, layout: "flat" as const }],
});

/** A ruleset that moves all bits itself. */
function full(): readonly Diagnostic[] {
  const mark = "-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xfffffffe --ctmask 0xfffffffe";
  const ruleset = readRuleset(`*mangle\n:PREROUTING ACCEPT [0:0]\n${mark}\nCOMMIT\n${FLAT}`);
  const source = { path: "full", digest: "sha256:0", clustering: findGroups(ruleset, NO_OPTIONS) };
  return makePlan([source], NO_OPTIONS).diagnostics;
}

/** The article's own group: a second member that fits takes the bit away again. */
function flipping(): readonly Diagnostic[] {
  const rules = [1, 2].map((host) => `-A S-LAN -s 10.0.0.${host}/32 -j MARK --set-xmark 0x8/0x0`);
  const ruleset = readRuleset(filterTable(rules));
  const source = { path: "flipping", digest: "sha256:0", clustering: findGroups(ruleset, NO_OPTIONS) };
  return makePlan([source], NO_OPTIONS).diagnostics;
}

function idle(): readonly Diagnostic[] {
  const ruleset = readRuleset(FLAT);
  const options = { keepChains: ["FORWRAD"], rewriteChains: [] };
  return findIdlePatterns([{ path: "old.rules", digest: "", passing: false, ruleset }], options);
}

function declined(): readonly Diagnostic[] {
  const rules = [
    "-A FORWARD -p tcp -m tcp --dport 22 -j Cid1.0",
    ...[1, 2].map((host) => `-A Cid1.0 -s 10.0.0.${host}/32 -j Cid1.1`),
    ...[1, 2].map((host) => `-A Cid1.1 -d 10.9.0.${host}/32 -j ACCEPT`),
  ];
  return describeDeclined("old.rules", findGroups(readRuleset(filterTable(rules)), NO_OPTIONS));
}

/** A whole file of assertions. */
function assertionFile(text: string): Example {
  return () => parseAssertions(makeSourceFile("a.yaml", text)).diagnostics;
}

/** A file of one assertion, with a name that is a `not`. */
function assertion(sentence: string): Example {
  const names = "names:\n  OFFICE: [10.1.0.0/16]\n  INTERNET: { not: [10.0.0.0/8] }\n";
  return assertionFile(`${names}assertions:\n  - ${sentence}\n`);
}

const LONG = "a-name-of-twenty-nine-letters";
const MARKS = "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-xmark 0x1/0x1\nCOMMIT\n";

const TABLE = "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n";
const OTHER_TABLE = TABLE.replace("filter", "nat");
const LEFT_OUT = "# Table `filter' is incompatible, use 'nft' tool.\n";

/** Those of the small plan's sources. */
const MEMBERS = "    members:\n      - 10.0.0.0/8\n      - 192.168.0.0/16\n";

type MoreCode =
  | keyof typeof INPUT_CODES
  | keyof typeof PLAN_CODES
  | keyof typeof REWRITE_CODES
  | keyof typeof ASSERT_CODES;

/** The record's type demands one for every code. */
export const MORE_CODE_EXAMPLES: Readonly<Record<MoreCode, Example>> = {
  FOREIGN_FORMAT: input("Chain INPUT (policy ACCEPT)\n"),
  SEVERAL_DUMPS: input(`${TABLE}${TABLE}`),
  DUMPS_UNCLEAR: input(`${TABLE}${OTHER_TABLE}${TABLE}`),
  NO_SUCH_DUMP: input(TABLE, { dump: 2 }),
  DUMP_INCOMPLETE: input(`${LEFT_OUT}${OTHER_TABLE}`),
  PARTIAL_DUMP: input(TABLE.replace("COMMIT\n", ""), { partial: true }),
  SCRIPT_WITHOUT_FAMILY: script(["iptables -F", "iptables -A INPUT -j DROP"], { family: "v6" }),
  MARK_GROUP_LIKE: flipping,
  PLAN_YAML: planFile("keepChains: [", "keepChains: [["),
  PLAN_VERSION: planFile("version: 1", "version: 2"),
  PLAN_UNKNOWN_KEY: planFile("    accept: true", "    acept: true\n    accept: true"),
  PLAN_MISSING_KEY: planFile("    accept: true\n", ""),
  PLAN_DUPLICATE_KEY: planFile("    axis: source", "    axis: source\n    axis: in"),
  PLAN_WRONG_TYPE: planFile("name: S-LAN", "name: [S-LAN]"),
  PLAN_BAD_VALUE: planFile("accept: true", "accept: perhaps"),
  PLAN_UNKNOWN_GROUP: planFile("source: S-LAN", "source: S-LNA"),
  PLAN_WRONG_AXIS: planFile("source: S-LAN", "source: P-WEB"),
  PLAN_NO_GROUP: planFile("    source: S-LAN\n    service: P-WEB\n", ""),
  PLAN_EMPTY_GROUP: planFile("      - 10.0.0.0/8\n      - 192.168.0.0/16\n", ""),
  PLAN_MEMBER_TWICE: planFile("192.168.0.0/16", "10.0.0.0/8"),
  PLAN_INCLUDE_RING: planFile(
    "    members:\n      - 10.0.0.0/8",
    "    includes: [S-LAN]\n    members:\n      - 10.0.0.0/8",
  ),
  PLAN_SAME_AS_AND_MORE: planFile(
    "    members:\n      - 10.0.0.0/8",
    "    sameAs: D-LAN\n    members:\n      - 10.0.0.0/8",
  ),
  PLAN_SAME_AS_AXIS: planFile(MEMBERS, "    sameAs: P-WEB\n"),
  PLAN_SAME_AS_TWIN: planFile(
    MEMBERS,
    [
      "    sameAs: D-LAN",
      "  D-LAN:",
      "    name: D-LAN",
      "    nameFrom: person",
      "    axis: destination",
      "    accept: true",
      "    sameAs: S-LAN",
      "",
    ].join("\n"),
  ),
  PLAN_PART_HAS_MEMBER: planFile(
    "  P-WEB:\n",
    [
      "  S-ALL:",
      "    name: S-ALL",
      "    nameFrom: person",
      "    axis: source",
      "    accept: true",
      "    includes: [S-LAN]",
      "    members: [172.16.0.0/12]",
      "    removed: [10.0.0.0/8]",
      "  P-WEB:",
      "",
    ].join("\n"),
  ),
  PATTERN_WITHOUT_CHAIN: idle,
  COMPILED_CHAINS_STAY: declined,
  PLAN_UNKNOWN_MEMBER: audited("- 10.0.1.4/32", "- 10.0.1.5/32"),
  PLAN_BAD_MEMBER: audited("      - 10.0.1.4/32\n", "      - 10.0.1.4/32\n    added:\n      - 10.0.2.4/24\n"),
  PLAN_BAD_COMBINATION: audited(
    "    lines: 5-36\n",
    "    lines: 5-36\n    added:\n      - 10.0.1.4/32 | 10.9.0.9/32 | tcp dport 80\n",
  ),
  PLAN_NOT_EDITABLE: audited("rules: 33", "rules: 34"),
  PLAN_DUPLICATE_NAME: planFile("name: P-WEB", "name: S-LAN"),
  PLAN_NAME_TOO_LONG: planFile("name: S-LAN", `name: ${LONG}`),
  PLAN_NAME_CHARACTERS: planFile("name: S-LAN", "name: S LAN"),
  PLAN_NAME_RESERVED: planFile("name: S-LAN", "name: reject"),
  NO_FREE_MARK_BITS: full,
  POLICY_RULE_FIXED_LINE: rewritten(
    withRule(({ lines }) => ({ lines: [...lines, FLAT.split("\n").length + 2] })),
    "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j RETURN\nCOMMIT\n",
  ),
  POLICY_RULE_MIXED_LINES: () => {
    const mixed = FLAT.replace(/^(-A FORWARD .*)ACCEPT$/m, "$1DROP");
    return rewriteRuleset(readRuleset(mixed), planOf(readRuleset(FLAT)), 0).diagnostics;
  },
  POLICY_RULE_ADDS_ACCESS: () => {
    const more = FLAT.replace("-A INPUT -i lo", "-A FORWARD -s 10.0.9.1/32 -j DROP\n-A INPUT -i lo");
    return rewriteRuleset(
      readRuleset(more),
      withSources({ more: "10.0.9.1/32" })(planOf(readRuleset(FLAT))),
      0,
    ).diagnostics;
  },
  POLICY_RULE_CANT_TURN: rewritten(withRule(() => ({ negated: ["service"], turned: ["service"] }))),
  POLICY_RULES_CANT_BE_ORDERED: crossed,
  SET_NAME_TAKEN: () => {
    const ruleset = readRuleset(
      `${FLAT}`.replace("COMMIT", "-A INPUT -m set --match-set S-OURS src -j DROP\nCOMMIT"),
    );
    const plan = { ...withSources({ name: "S-OURS" })(planOf(ruleset)), storage: "ipset" };
    return rewriteRuleset(ruleset, plan, 0).diagnostics;
  },
  CHAIN_NAME_TAKEN: rewritten(withSources({ name: "FORWARD" })),
  POLICY_CHANGE_CANT_BE: resets,
  POLICY_CHANGE_STAYS_FLAT: changedIn(() => chainLayout("FORWARD")),
  POLICY_CHANGE_REFUSED: changedIn(({ policyRules }) => ({
    policyRules: policyRules.map((rule) => ({ ...rule, accept: false })),
  })),
  LAYOUT_OF_NO_CHAIN: changedIn(() => chainLayout("FORWRAD")),
  POLICY_RULE_WHOLE_CHAINS: compiled,
  POLICY_RULE_OF_RUN: partOfRun,
  POLICY_RULE_NO_REST: noRest,
  POLICY_RULE_APART: restRefused,
  MARK_BITS_TAKEN: rewritten((plan) => plan, MARKS),
  ASSERTION_YAML: assertion("never: [10.0.0.1, 10.0.0.2] -> any"),
  ASSERTION_UNKNOWN_KEY: assertion("nevr: any -> any"),
  ASSERTION_MISSING_KEY: assertionFile("names: {}\n"),
  ASSERTION_DUPLICATE_KEY: assertionFile("assertions:\n  - never: any -> any\nassertions: []\n"),
  ASSERTION_WRONG_TYPE: assertionFile("assertions: never\n"),
  ASSERTION_NONE: assertionFile("assertions: []\n"),
  ASSERTION_KIND: assertion("{ never: any -> any, always: any -> any }"),
  ASSERTION_FORM: assertion("never: any any"),
  ASSERTION_NAME: assertionFile("names:\n  any: [10.0.0.1]\nassertions:\n  - never: any -> any\n"),
  ASSERTION_UNKNOWN_NAME: assertion("never: OFICE -> any"),
  ASSERTION_ADDRESS: assertion("never: 10.0.0.256 -> any"),
  ASSERTION_NEGATED_NAME: assertionFile(
    "names:\n  A: { not: [10.0.0.0/8] }\n  B: { not: [A] }\nassertions:\n  - never: B -> any\n",
  ),
  ASSERTION_SERVICE: assertion("never: any -> OFFICE tpc/22"),
  ASSERTION_OPTION: assertion("never: any -> OFFICE, state OLD"),
  ASSERTION_BOTH_HOST: assertion("never: this host -> this host tcp/22"),
  ASSERTION_FAMILIES: assertion("never: 10.0.0.1 -> 2001:db8::1"),
};
