/** What lint says about each kind of mistake, and about rulesets without one. */
import { describe, expect, test } from "vitest";
import { lint } from "../../src/lint/lint.ts";
import type { LintKind } from "../../src/lint/types.ts";
import { renderLint } from "../../src/report/lint-terminal.ts";
import { makeLintView } from "../../src/report/lint-view.ts";
import { filterTable, product, readRuleset, rewriteText } from "../support/small-tables.ts";

const PLAIN = { color: false, width: 120, ascii: false };

/** What the terminal shows. */
function linted(text: string): string {
  const ruleset = readRuleset(text, "v4");
  return renderLint(makeLintView([{ ruleset, result: lint(ruleset) }]), PLAIN);
}

/** The findings of one kind. */
function ofKind(kind: LintKind, text: string) {
  return lint(readRuleset(text, "v4")).findings.filter((finding) => finding.kind === kind);
}

const kindsOf = (text: string): readonly string[] =>
  lint(readRuleset(text, "v4")).findings.map(({ kind }) => kind);

/** Written after the article "IPTables: Fun with MARK", with every mistake that is in it. */
const MARK_GROUPS = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:D-WEB - [0:0]
:R-ADMIN - [0:0]
:R-WEB - [0:0]
:S-OFFICE - [0:0]
:S-STAFF - [0:0]
:SRV-WEB - [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -j R-WEB
-A FORWARD -j R-ADMIN
-A D-WEB -d 10.9.0.1/32 -j MARK --set-xmark 0x4/0x0
-A D-WEB -d 10.9.0.2/32 -j MARK --set-xmark 0x4/0x0
-A R-ADMIN -j MARK --set-xmark 0x0/0x0
-A R-ADMIN -j S-STAFF
-A R-ADMIN -j D-WEB
-A R-ADMIN -m mark --mark 0xc -j ACCEPT
-A R-WEB -j MARK --set-xmark 0x0/0x0
-A R-WEB -j S-OFFICE
-A R-WEB -j D-WEB
-A R-WEB -j SRV-WEB
-A R-WEB -m mark --mark 0xe -j ACCEPT
-A S-OFFICE -s 10.1.0.0/16 -j MARK --set-xmark 0x8/0x0
-A S-OFFICE -s 10.1.5.0/24 -j MARK --set-xmark 0x8/0x0
-A S-STAFF -s 10.1.5.0/24 -j MARK --set-xmark 0x8/0x0
-A S-STAFF -s 10.1.0.0/16 -j MARK --set-xmark 0x8/0x0
-A SRV-WEB -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x2/0x0
-A SRV-WEB -p tcp -m tcp --dport 443 -j MARK --set-xmark 0x2/0x0
COMMIT
`;

/** The same without the mistakes: resets that clear, bits that are set, tests with a mask. */
const MENDED = MARK_GROUPS.replaceAll("0x0/0x0", "0x0/0xe")
  .replace(/--set-xmark (0x[248])\/0x0$/gmu, "--set-xmark $1/$1")
  .replace(/--mark (0x[ec]) /gu, "--mark $1/0xe ")
  .replace("-A S-STAFF -s 10.1.5.0/24", "-A S-STAFF -s 10.1.6.0/24");

describe("marks", () => {
  test("all mistakes of the article's kind", () => {
    expect(linted(MARK_GROUPS)).toMatchSnapshot();
  });

  test("the mended form has none of them, and a group may be turned over on purpose", () => {
    expect(kindsOf(MENDED).filter((kind) => kind.startsWith("mark"))).toEqual([]);
    const negated = MENDED.replace("COMMIT", "-A S-STAFF -j MARK --xor-mark 0x8\nCOMMIT");
    expect(kindsOf(negated).filter((kind) => kind.startsWith("mark"))).toEqual([]);
  });

  test("members that a return keeps apart do not overlap", () => {
    const first = "-A S-OFFICE -s 10.1.0.0/16 -j MARK --set-xmark 0x8/0x0";
    const apart = MARK_GROUPS.replace(first, `${first}\n-A S-OFFICE -s 10.1.0.0/16 -j RETURN`);
    expect(ofKind("mark-overlap", apart).map(({ chain }) => chain)).toEqual(["S-STAFF"]);
  });

  test("a mark that is a number may be tested as a whole", () => {
    const numbers = filterTable([
      "-A FORWARD -i eth0 -j MARK --set-xmark 0x2/0xffffffff",
      "-A FORWARD -m mark --mark 0x2 -j DROP",
    ]);
    expect(kindsOf(numbers)).toEqual([]);
  });

  test("bits of software that shows by its chains", () => {
    const rules = [
      "-A FORWARD -j KUBE-FORWARD",
      "-A FORWARD -s 10.0.0.1/32 -j MARK --set-xmark 0x4000/0x4000",
      "-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT",
    ];
    expect(linted(filterTable(rules))).toMatchSnapshot();
  });
});

describe("rules", () => {
  test("that others take the packets of, with another target and with the same one", () => {
    const rules = [
      "-A FORWARD -s 10.0.0.0/8 -j ACCEPT",
      "-A FORWARD -s 10.1.0.0/16 -j DROP",
      "-A FORWARD -s 192.0.2.0/25 -j DROP",
      "-A FORWARD -s 192.0.2.128/25 -j DROP",
      "-A FORWARD -s 192.0.2.0/24 -j DROP",
    ];
    expect(linted(filterTable(rules))).toMatchSnapshot();
  });

  test("that no packet can match", () => {
    const rules = [
      "-A FORWARD -m mark --mark 0x10/0x1 -j ACCEPT",
      "-A FORWARD -p tcp -m tcp --dport 22 -j DROP",
    ];
    expect(linted(filterTable(rules))).toMatchSnapshot();
  });

  test("whose packets their chain does not get", () => {
    const rules = [
      "-A FORWARD -s 10.0.0.0/8 -j office",
      "-A office -s 192.0.2.1/32 -j ACCEPT",
      "-A office -j DROP",
    ];
    expect(linted(filterTable(rules))).toMatchSnapshot();
  });

  test("that a later rule covers, and that the policy does anyway", () => {
    const rules = [
      "-A FORWARD -s 10.1.2.3/32 -j ACCEPT",
      "-A FORWARD -s 10.9.0.0/16 -j LOG",
      "-A FORWARD -s 10.0.0.0/8 -j ACCEPT",
      "-A FORWARD -s 192.0.2.1/32 -j DROP",
    ];
    expect(linted(filterTable(rules, { FORWARD: "DROP" }))).toMatchSnapshot();
  });

  test("with an effect are not called redundant", () => {
    const rules = [
      "-A FORWARD -s 10.1.2.3/32 -j LOG",
      "-A FORWARD -s 10.1.2.3/32",
      "-A FORWARD -s 10.1.2.3/32 -m limit --limit 5/min -j DROP",
      "-A FORWARD -j DROP",
    ];
    expect(ofKind("redundant", filterTable(rules, { FORWARD: "DROP" })).map(({ lines }) => lines)).toEqual([
      [8],
    ]);
  });

  test("that match nothing but drop short packets are not to be taken out", () => {
    const rules = ["-A FORWARD -p tcp -m multiport --dports 22 -m mark --mark 0x10/0x1 -j ACCEPT"];
    const [found] = lint(readRuleset(filterTable(rules), "v4")).findings;
    expect(found).toMatchObject({ kind: "never-matches", removes: [] });
    expect(found!.advice).toContain("drops packets whose header can't be read");
  });

  test("that drop short packets may go but for the last one that does", () => {
    const rules = [
      "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
      "-A FORWARD -p udp -m udp --sport 53 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
      "-A FORWARD -p udp -m udp --sport 4242 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    ];
    const found = ofKind("shadowed", filterTable([...rules, "-A FORWARD -i eth0 -j DROP"]));
    expect(found.map(({ lines, removes }) => ({ lines, removes }))).toEqual([
      { lines: [6], removes: [] },
      { lines: [7], removes: [7] },
    ]);
  });

  test("that are the last to ask for connection tracking: taking them out turns it off, and the advice says so", () => {
    const state = "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
    const [found] = lint(readRuleset(filterTable([state]), "v4")).findings;
    expect(found!.advice).toContain("turn it off, and defragmentation with it");
    const other = "-A INPUT -m conntrack --ctstate INVALID -j DROP";
    const [kept] = lint(readRuleset(filterTable([state, other]), "v4")).findings;
    expect(kept!.kind).toBe("redundant");
    expect(kept!.advice).not.toContain("turn it off");
  });
});

describe("chains", () => {
  const CHAINS = [
    "-A FORWARD -s 10.0.0.0/8 -j ACCEPT",
    "-A FORWARD -s 10.1.0.0/16 -j guests",
    "-A FORWARD -j empty",
    "-A guests -d 10.9.0.1/32 -j DROP",
    "-A old -s 192.0.2.1/32 -j older",
    "-A older -j DROP",
  ];

  test("that nobody calls, that nothing leads to, that no packet gets into, that are empty", () => {
    expect(linted(filterTable(CHAINS).replace(":guests", ":empty - [0:0]\n:guests"))).toMatchSnapshot();
  });
});

describe("sets", () => {
  const SOURCES = Array.from({ length: 10 }, (_, host) => `-s 10.0.1.${host}/32`);
  const TARGETS = Array.from({ length: 4 }, (_, host) => `-d 10.9.0.${host}/32`);
  const OTHERS = Array.from({ length: 4 }, (_, host) => `-d 10.8.0.${host}/32`);

  test("that differ by one member: the rules that were probably forgotten", () => {
    const rules = [
      ...product("-A FORWARD", SOURCES, TARGETS, "-p tcp -m tcp --dport 443 -j ACCEPT"),
      ...product("-A FORWARD", SOURCES.slice(0, 9), OTHERS, "-j DROP"),
    ];
    expect(linted(filterTable(rules))).toMatchSnapshot();
    const [found, ...more] = ofKind("near-equal-sets", filterTable(rules));
    expect(more).toEqual([]);
    expect(found!.missing).toEqual(OTHERS.map((target) => `-A FORWARD -s 10.0.1.9/32 ${target} -j DROP`));
  });

  test("that are the same under two names, as chains and as sets", () => {
    const chains = (target: string) =>
      filterTable([
        "-A FORWARD -p tcp -m tcp --dport 22 -j admins",
        "-A FORWARD -p tcp -m tcp --dport 80 -j staff",
        "-A admins -s 10.0.0.1/32 -j ACCEPT",
        "-A admins -s 10.0.0.2/32 -j ACCEPT",
        `-A staff -s 10.0.0.2/32 -j ${target}`,
        `-A staff -s 10.0.0.1/32 -j ${target}`,
      ]);
    expect(ofKind("same-set", chains("ACCEPT")).map(({ message }) => message)).toEqual([
      "admins and staff are the same 2 members",
    ]);
    expect(
      ofKind("same-set", chains("ACCEPT").replace("-A staff -s 10.0.0.1", "-A staff -d 10.0.0.1")),
    ).toEqual([]);
  });

  test("that one rule in between keeps apart", () => {
    const between = "-A FORWARD -s 10.0.1.0/24 -d 10.9.0.0/24 -j DROP";
    const parts = (middle: readonly string[]) =>
      filterTable([
        ...product("-A FORWARD", SOURCES.slice(0, 5), TARGETS, "-j ACCEPT"),
        ...middle,
        ...product("-A FORWARD", SOURCES.slice(5), TARGETS, "-j ACCEPT"),
      ]);
    const [found, ...more] = ofKind("kept-apart", parts([between]));
    expect(more).toEqual([]);
    expect(found!.because).toEqual([25]);
    expect(found!.message).toBe(
      "lines 5-24 and lines 26-45 could be one policy rule, but for line 25 in between",
    );
    expect(ofKind("kept-apart", parts(["-A FORWARD -j LOG"])).map(({ because }) => because)).toEqual([[25]]);
    expect(
      ofKind("kept-apart", parts([between, "-A FORWARD -s 10.0.0.0/16 -d 10.9.0.0/16 -j DROP"])),
    ).toEqual([]);
    expect(ofKind("kept-apart", parts([]))).toEqual([]);
  });
});

test("what markify writes has none either: its early exits and resets are there for a reason", () => {
  const sources = Array.from({ length: 10 }, (_, host) => `-s 10.0.1.${host}/32`);
  const flat = product(
    "-A FORWARD",
    sources,
    ["-d 10.9.0.1/32", "-d 10.9.0.3/32", "-d 10.9.0.5/32"],
    "-j ACCEPT",
  );
  const { text, plan } = rewriteText(filterTable(flat, { FORWARD: "DROP" }), "v4");
  expect(plan.policyRules).toHaveLength(1);
  expect(kindsOf(text)).toEqual([]);
});

test("a ruleset without mistakes has no findings", () => {
  const rules = [
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
  ];
  expect(lint(readRuleset(filterTable(rules, { INPUT: "DROP" }), "v4"))).toEqual({
    findings: [],
    unsettled: [],
    assumptions: [],
  });
});

test("what can't be proved is unsettled: no time, too little of it, a target that nobody knows", () => {
  const text = filterTable(["-A FORWARD -s 10.0.0.0/8 -j ACCEPT", "-A FORWARD -s 10.1.0.0/16 -j DROP"]);
  const ruleset = readRuleset(text, "v4");
  const whole = { table: "filter", chain: null, rules: 2 };
  expect(lint(ruleset, { budget: 0 }).unsettled).toEqual([{ ...whole, reason: "no proof was asked for" }]);
  let now = 0;
  const clock = () => {
    now += 70_000;
    return now;
  };
  expect(lint(ruleset, { clock }).unsettled[0]).toMatchObject({
    reason: "the proof took longer than its budget",
  });
});
