/** The groups report: its data, and what each form makes of it. */
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { FLAT_REASONS } from "../../src/cluster/reason.ts";
import { importRuleset } from "../../src/import/import.ts";
import { makePlan } from "../../src/plan/make.ts";
import type { Plan } from "../../src/plan/types.ts";
import { renderJson } from "../../src/report/json.ts";
import { makeGroupsView } from "../../src/report/make-view.ts";
import { renderMarkdown } from "../../src/report/markdown.ts";
import { REASON_WORDS } from "../../src/report/reasons.ts";
import { renderTerminal } from "../../src/report/terminal.ts";
import type { GroupsView } from "../../src/report/view.ts";
import { rewriteRuleset } from "../../src/rewrite/rewrite.ts";
import type { Rewritten } from "../../src/rewrite/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { FLAT } from "../cli/rulesets.ts";

const PLAIN = { color: false, width: 100, ascii: false };
const COUNTED = FLAT.replace("-A FORWARD", "[7:420] -A FORWARD");
const DAEMON = FLAT.replace(":INPUT", ":f2b-sshd - [0:0]\n:INPUT").replace(
  "COMMIT",
  "-A f2b-sshd -s 1.2.3.4/32 -j DROP\nCOMMIT",
);

/** A report on a text; `edit` is what a person does to the plan. */
function reportOn(
  text: string,
  edit: (plan: Plan) => Plan = (plan) => plan,
): { view: GroupsView; rewrites: readonly Rewritten[] } {
  const { ruleset } = importRuleset(makeSourceFile("old.rules", text), { family: "v4" });
  const options = { keepChains: [], rewriteChains: [] };
  const clustering = findGroups(ruleset!, options);
  const plan = edit(makePlan([{ path: "old.rules", digest: "sha256:0", clustering }], options).plan);
  const { rewritten } = rewriteRuleset(ruleset!, plan, 0);
  return { view: makeGroupsView({ plan, rewrites: [rewritten!] }), rewrites: [rewritten!] };
}

function terminal(text: string, edit?: (plan: Plan) => Plan): string {
  return renderTerminal({ ...reportOn(text, edit), wholeDiff: false }, PLAIN);
}

function findings(text: string, edit?: (plan: Plan) => Plan): Record<string, string> {
  return Object.fromEntries(reportOn(text, edit).view.findings.map(({ kind, message }) => [kind, message]));
}

/** All lines that a view gives an account of: those of accepted products and flat ones. */
function accounted({ products, flat }: GroupsView): readonly number[] {
  const lists = [...products.filter(({ accept }) => accept), ...flat];
  return [...new Set(lists.flatMap(({ lines }) => lines.map(({ line }) => line)))].sort(
    (left, right) => left - right,
  );
}

const RULE_LINES = FLAT.split("\n").flatMap((line, at) => (line.startsWith("-A") ? [at + 1] : []));

const refuseService = (plan: Plan): Plan => ({
  ...plan,
  groups: plan.groups.map((group) => (group.axis === "service" ? { ...group, accept: false } : group)),
});

const dropMember = (plan: Plan): Plan => ({
  ...plan,
  groups: plan.groups.map((group) =>
    group.axis === "source" ? { ...group, members: group.members.slice(1) } : group,
  ),
});

describe("the view", () => {
  test("accounts for every rule, whatever a person refuses", () => {
    for (const edit of [(plan: Plan) => plan, refuseService, dropMember]) {
      expect(accounted(reportOn(FLAT, edit).view)).toEqual(RULE_LINES);
    }
  });

  test("a refused group refuses its policy rules; their lines stay flat for that reason", () => {
    const { view } = reportOn(FLAT, refuseService);
    expect(view).toMatchObject({ policyRules: 0, rulesAfter: view.rulesBefore });
    expect(view.products.map(({ accept, lines }) => [accept, lines.length])).toEqual([[false, 32]]);
    expect(view.groups.map(({ uses }) => uses)).toEqual([0, 0, 0]);
    expect(view.flat.find(({ reason }) => reason === "refused")?.lines).toHaveLength(32);
  });

  test("lines of a member that was taken out are flat, and the policy rule no longer has them", () => {
    const { view } = reportOn(FLAT, dropMember);
    expect(view.products[0]!.lines).toHaveLength(24);
    expect(view.flat.find(({ reason }) => reason === "refused")?.lines.map(({ line }) => line)).toEqual([
      5, 6, 7, 8, 9, 10, 11, 12,
    ]);
  });

  test("every reason has words", () => {
    for (const reason of FLAT_REASONS) expect(REASON_WORDS[reason].length).toBeGreaterThan(10);
  });
});

describe("findings", () => {
  test("a ruleset with nothing to gain", () => {
    const single = FLAT.split("\n")
      .filter((line) => !line.startsWith("-A FORWARD"))
      .join("\n");
    expect(findings(single)["nothing-to-do"]).toContain("stays as it is: no group is used twice");
    expect(findings(FLAT, refuseService)["nothing-to-do"]).toContain("every policy rule is refused");
    expect(findings(FLAT)).not.toHaveProperty("nothing-to-do");
  });

  test("small rulesets, counters, kept chains", () => {
    expect(findings(FLAT)["small-ruleset"]).toContain("33 rules");
    expect(findings(COUNTED)["lost-counters"]).toContain("1 merged rule had");
    expect(findings(FLAT)).not.toHaveProperty("lost-counters");
    expect(findings(DAEMON)["kept-chains"]).toContain("f2b-sshd");
  });

  test("comments without a place are listed with their text", () => {
    let number = 0;
    const commented = FLAT.replace(
      / -j ACCEPT/g,
      () => ` -m comment --comment "ticket ${number++} ${"x".repeat(60)}" -j ACCEPT`,
    );
    const { view } = reportOn(commented);
    expect(view.lostComments.length).toBeGreaterThan(1);
    expect(findings(commented)["lost-comments"]).toContain(`${view.lostComments.length} comments`);
    expect(terminal(commented)).toContain(`${view.lostComments[0]!.line}: ticket`);
  });
});

describe("on the terminal", () => {
  test("reads from the outcome to the diff", () => {
    const text = terminal(FLAT);
    const heads = text.split("\n").filter((line) => /^[A-Z]/.test(line));
    expect(heads).toEqual(["Groups (3)", "Policy rules (1)", "Stays as it is (1)", "Worth knowing", "Diff"]);
    expect(text.slice(0, text.indexOf("Diff"))).toMatchSnapshot();
  });

  test("text of a rule can't take over the terminal", () => {
    const hostile = FLAT.replace(/ -j ACCEPT/g, ' -m comment --comment "\u001b[2Jgone\u202e" -j ACCEPT');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(terminal(hostile)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe("Markdown", () => {
  test("is tables of code spans", () => {
    const text = renderMarkdown(reportOn(FLAT).view);
    expect(text).toContain("# `old.rules`\n");
    expect(text).toMatch(/^\| `S-\S+` \| source \| `10\.0\.1\.1\/32` .* \| 1 \| 5-36 \|$/m);
    for (const line of text.split("\n").filter((each) => each.startsWith("|")))
      expect(line.endsWith("|")).toBe(true);
  });

  test("text of a rule stays text", () => {
    const { view } = reportOn(FLAT);
    const products = view.products.map((product) => ({ ...product, summary: "a | `b` <script>" }));
    expect(renderMarkdown({ ...view, products })).toContain("``a \\| `b` <script>``");
  });
});

test("JSON has one element of a list on a line, and reads back", () => {
  const { view } = reportOn(FLAT);
  const text = renderJson(view);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(view)));
  expect(text.split("\n").filter((line) => line.includes('"axis"'))).toHaveLength(view.groups.length);
});

test("tells what was cleaned beside the rules", () => {
  expect(findings(FLAT.replaceAll("\n", "\r\n")).tidied).toBe(
    "cleaned, so that iptables-restore loads the new file: CR LF at line ends",
  );
  expect(findings(FLAT)).not.toHaveProperty("tidied");
});
