/** `keepUnparsed`: rules that can't be read stay word for word, as rules that may do anything, and nothing else of a broken file is let through. */
import fc from "fast-check";
import { statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { countUnparsed, isUnparsed, reachedUnparsed } from "../../src/model/unparsed.ts";
import { printTree } from "../../src/syntax/print.ts";
import { CODES, type DiagnosticCode } from "../../src/text/codes.ts";
import { importRuleset } from "../../src/import/import.ts";
import { locate, makeSourceFile } from "../../src/text/source.ts";
import "../support/seed.ts";
import { listOwnCorpus, listSharedCorpus, readCorpusFile } from "../support/corpus.ts";
import { codesOf, importText, tableAround } from "../support/models.ts";
import { CODE_EXAMPLES, exampleText } from "../text/code-examples.ts";

/** Errors of a rule with which it is not known where it belongs: it says so itself, or nobody has looked at all of its words. */
const ELSEWHERE: readonly string[] = ["TABLE_OPTION", "RULE_TOO_LONG"];

const ruleErrors = Object.entries(CODE_EXAMPLES).filter(
  ([code, example]) =>
    code !== "FAMILY_UNKNOWN" && "rule" in example && CODES[code as DiagnosticCode].severity === "error",
);

function rulesOf(text: string) {
  const { ruleset } = importText(text, "v4", true);
  return ruleset?.tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules)) ?? null;
}

describe("a rule that can't be read", () => {
  test.each(ruleErrors)("%s", (code, example) => {
    const text = exampleText(example);
    const { family = "v4" } = example;
    expect(importText(text, family).ruleset).toBeNull();
    const kept = importText(text, family, true);
    const found = kept.diagnostics.find((diagnostic) => diagnostic.code === code)!;
    if (ELSEWHERE.includes(code)) {
      expect(kept.ruleset).toBeNull();
      expect(found.severity).toBe("error");
      return;
    }
    expect(found.severity).toBe("warning");
    const strict = importText(text, family).diagnostics.find((diagnostic) => diagnostic.code === code)!;
    expect(found).toEqual({ ...strict, severity: "warning" });
    expect(codesOf(kept)).toContain("RULES_KEPT_UNPARSED");
    const rule = kept.ruleset!.tables[0]!.chains[0]!.rules[0]!;
    const line = text.split("\n")[rule.line - 1]!;
    expect(rule).toMatchObject({ chain: "INPUT", text: line, matches: [], target: { kind: "unparsed" } });
    expect(rule.target.text).toBe(line.slice("-A INPUT ".length));
  });

  test("takes nothing from the rules beside it", () => {
    const rules = rulesOf(tableAround("-s 10.0.0.1 -j sub", "--nonsense", "-j DROP"))!;
    expect(rules.map(({ target }) => target.kind)).toEqual(["jump", "unparsed", "verdict"]);
  });

  test.each([
    ["[1:2] -A INPUT --nonsense ", "--nonsense", { packets: "1", bytes: "2" }],
    ["[1:x] -A INPUT -j ACCEPT", "-j ACCEPT", null],
    ['[1:2] -A INPUT --comment "x -j DROP', '--comment "x -j DROP', null],
    ['--append "INPUT" -j "x', '-j "x', null],
  ])("%s", (line, text, counters) => {
    const [rule] = rulesOf(`*filter\n:INPUT ACCEPT [0:0]\n${line}\nCOMMIT\n`)!;
    expect(rule).toMatchObject({ text: line, counters, target: { kind: "unparsed", text } });
  });
});

describe("refused all the same", () => {
  test.each([
    ["-A nowhere --nonsense", "UNDECLARED_CHAIN"],
    ['-A nowhere --comment "x', "UNDECLARED_CHAIN"],
    ['-A "INPUT -j ACCEPT', "UNTERMINATED_QUOTE"],
    ["-D INPUT --nonsense", "COMMAND_NOT_SUPPORTED"],
    ["-A INPUT -D OUTPUT", "UNEXPECTED_WORD"],
    ['-A INPUT -t nat --comment "x', "TABLE_OPTION"],
    ["-A INPUT --tab nat", "TABLE_OPTION"],
    ["-A INPUT -j AC\0CEPT", "NUL_BYTE"],
    ["-A", "CHAIN_MISSING"],
    ["nonsense", "UNREADABLE_LINE"],
  ])("%s", (line, code) => {
    const text = `*filter\n:INPUT ACCEPT [0:0]\n-A INPUT --unread\n${line}\nCOMMIT\n`;
    const { ruleset, diagnostics } = importText(text, "v4", true);
    expect(ruleset).toBeNull();
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map((error) => error.code)).toContain(code);
    expect(errors.every(({ span }) => locate(span!.file, span!.start).line === 4)).toBe(true);
  });

  test("a loop of chains, and what else no rule alone is to blame for", () => {
    const text = tableAround("-j sub").replace("COMMIT", "-A sub -g sub\n-A sub --nonsense\nCOMMIT");
    const { ruleset, diagnostics } = importText(text, "v4", true);
    expect(ruleset).toBeNull();
    expect(diagnostics.flatMap(({ code, severity }) => (severity === "error" ? [code] : []))).toEqual([
      "CHAIN_LOOP",
    ]);
  });
});

describe("all problems in one run", () => {
  test.each([
    ["an option and an address", "-s 10.0.0.256 --dprot 22 -j nowhere"],
    ["a protocol and what needs one", "-p tpc --dport 22 -j ACCEPT"],
    ["a value and a jump", "-s 10.0.0.256 -j OUTPUT"],
    ["counters and a port", "-c 1 x -p tcp --dport 70000 -j ACCEPT"],
    ["what iptables refuses, and what is missing", "-o eth0 -m multiport --dports 22 -j ACCEPT"],
    ["nothing that only follows", "-m multiport --dprots 22 -j ACCEPT"],
    ["an open quote and what stands before it", '-s 10.0.0.256 -m mark --comment "x'],
  ])("%s", (_, rule) => {
    const { diagnostics } = importText(tableAround(rule), "v4");
    expect(
      diagnostics.map(({ code, span }) => `${locate(span!.file, span!.start).column} ${code}`),
    ).toMatchSnapshot();
  });

  test("a file with problems of every stage", () => {
    const lines = [
      "*filter",
      ":INPUT ACCEPT [0:0]",
      ":FORWARD REJECT [0:0]",
      ":sub - [0:0]",
      "-A INPUT -p tcp --dprot 22 -j ACCEPT",
      '-A INPUT -m comment --comment "no end',
      "-A wbe -s 10.0.0.300 -j DROP",
      "hello",
      "-A INPUT -i eth0 -o eth1 -j ACCEPT",
      "-A sub -s 10.0.0.300 -j sub",
      "-A INPUT -j sub",
      "-A INPUT -j gone",
      "COMMIT",
      "*nat",
      "-A PREROUTING -j DROP -j ACCEPT",
    ];
    const { diagnostics } = importText(`${lines.join("\n")}\n`, "v4");
    const places = diagnostics.map(({ code, span }) => `${locate(span!.file, span!.start).line} ${code}`);
    expect(places).toMatchSnapshot();
  });
});

describe("what reaches one", () => {
  const text = tableAround("-s 10.0.0.1 -j sub").replace("COMMIT", "-A sub --nonsense\nCOMMIT");
  const table = importText(text, "v4", true).ruleset!.tables[0]!;

  test("by jumps, and not what only stands beside it", () => {
    expect(reachedUnparsed(table, "INPUT")?.line).toBe(6);
    expect(reachedUnparsed(table, "OUTPUT")).toBeNull();
  });
});

const word = fc.constantFrom(
  ...["-s", "-p", "tcp", "10.0.0.1", "--dport", "22", "-j", "ACCEPT", "sub", "-m", "comment", "--comment"],
  ...["!", "--nonsense", '"a b"', '"open', "x\ty", "-g", "-t", "nat", "-A", "", "\\", "300.0.0.1", "--syn"],
);
const line = fc.tuple(
  fc.constantFrom("", "", "[0:0] ", "[0] "),
  fc.constantFrom("INPUT", "INPUT", "OUTPUT", "sub"),
  fc.array(word, { maxLength: 8 }),
);

test("whatever rules say: the file prints back, and each rule line is a rule, or the file is refused", () => {
  let imported = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom("\n", "\r\n"), (lines, end) => {
      const rules = lines.map(([counters, chain, words]) => `${counters}-A ${chain} ${words.join(" ")}`);
      const head = ["*filter", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ":sub - [0:0]"];
      const text = [...head, ...rules, "COMMIT", ""].join(end);
      const { tree, ruleset, diagnostics } = importText(text, "v4", true);
      expect(printTree(tree)).toBe(text);
      const codes = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
      if (ruleset === null) {
        // Only for what may belong elsewhere, and for what several rules do together.
        const isElsewhere = lines.some(([, , words]) => words.includes("-t") || words.includes("-A"));
        expect(isElsewhere || codes.includes("CHAIN_LOOP"), codes.join(" ")).toBe(true);
        return;
      }
      imported++;
      const found = ruleset.tables[0]!.chains.flatMap(({ rules: own }) => own);
      expect(found.map(({ text: own }) => own).sort()).toEqual([...rules].sort());
      expect(countUnparsed(ruleset)).toBe(found.filter(isUnparsed).length);
      const warned = new Set(diagnostics.map(({ span }) => span && locate(span.file, span.start).line));
      for (const rule of found.filter(isUnparsed)) expect(warned.has(rule.line)).toBe(true);
      // What is read is read the same way without the setting.
      const good = found.filter((rule) => !isUnparsed(rule)).map(({ line: at }) => at);
      const alone = text
        .split(end)
        .map((own, at) => (own.includes("-A ") && !good.includes(at + 1) ? "" : own));
      const strict = importText(alone.join(end), "v4").ruleset!;
      const strictRules = strict.tables[0]!.chains.flatMap(({ rules: own }) => own);
      expect(strictRules).toEqual(found.filter((rule) => !isUnparsed(rule)));
    }),
    { numRuns: 400 },
  );
  expect(imported).toBeGreaterThan(100);
});

const SMALL = 300_000;
const dumps = [...listOwnCorpus(), ...listSharedCorpus()].filter(({ path }) => statSync(path).size < SMALL);

/** A line that can't be read any more: an option without its value. */
const broken = (text: string): string => `${text} -p`;

test.each(dumps.map((dump) => [dump.name, dump] as const))("every fifth rule broken: %s", (_, dump) => {
  const source = readCorpusFile(dump);
  const { family } = dump;
  const before = importRuleset(source, { family, keepUnparsed: true }).ruleset!;
  const rules = before.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  const chosen = new Set(rules.filter((_rule, at) => at % 5 === 0).map(({ line: at }) => at));
  const lines = source.text.split("\n");
  const text = lines
    .map((own, at) => (chosen.has(at + 1) ? broken(own.replace(/\r$/u, "")) : own))
    .join("\n");
  const { tree, ruleset } = importRuleset(makeSourceFile(dump.name, text), { family, keepUnparsed: true });
  expect(printTree(tree) === text).toBe(true);
  const after = ruleset!.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  expect(after.length).toBe(lines.filter((own) => /^\s*(?:\[\d+:\d+\] )?(?:-A|--append) /u.test(own)).length);
  expect(after.map(({ chain, line: at }) => `${chain} ${at}`)).toEqual(
    rules.map(({ chain, line: at }) => `${chain} ${at}`),
  );
  const unread = after.filter(isUnparsed).map(({ line: at }) => at);
  const had = rules.filter(isUnparsed).map(({ line: at }) => at);
  expect(new Set(unread)).toEqual(new Set([...chosen, ...had]));
});
