/**
 * Every finding about a rule, judged by others: `verify` of the ruleset without the rule, and brute force over all packets of a small table, which also says whether one was missed.
 */
import { expect, test } from "vitest";
import { isMarkGuard } from "../../src/lint/mark-findings.ts";
import { lint } from "../../src/lint/lint.ts";
import type { LintFinding } from "../../src/lint/types.ts";
import type { Ruleset, Table } from "../../src/model/types.ts";
import { nameOccurrences } from "../../src/verify/occurrences.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { verify } from "../../src/verify/verify.ts";
import { EFFORT, SEED } from "../support/seed.ts";
import { rulesetOf } from "../verify/samples.ts";
import { enumerate } from "../verify/small/enumerate.ts";
import { printTable, randomSmallTable } from "../verify/small/tables.ts";

const CASES = 120 * EFFORT;

/** Tables with more packets are left out: each is walked twice for every rule. */
const MOST_PACKETS = 4_000;

const UNMATCHED = ["never-matches", "shadowed"];
const IDLE = ["redundant", "generalised"];

/** A verdict that no small table has: whoever matches the rule shows it. */
const MARKER = "-j NFQUEUE --queue-num 77";

function withoutLines(text: string, lines: readonly number[]): string {
  return text
    .split("\n")
    .filter((_, at) => !lines.includes(at + 1))
    .join("\n");
}

function withTarget(text: string, line: number): string {
  const change = (rule: string): string => rule.replace(/ ?-[jg] .*$/u, "").concat(` ${MARKER}`);
  return text
    .split("\n")
    .map((rule, at) => (at + 1 === line ? change(rule) : rule))
    .join("\n");
}

/** Whether some packet fares differently, by brute force; null where there are too many packets. */
function differ(old: string, now: string): boolean | null {
  const [one, other] = [rulesetOf(old).tables[0]!, rulesetOf(now).tables[0]!];
  const pair = { old: one, new: other, names: nameOccurrences(one, other) };
  const settings = { ownBits: 0, connmarkBits: 0, anyMark: false, backend: null, most: MOST_PACKETS };
  const found = enumerate(pair, settings);
  return found === null ? null : found.difference !== null;
}

/** The next random table that iptables would load. */
function nextTable(random: Random): { readonly text: string; readonly ruleset: Ruleset } {
  for (;;) {
    const text = printTable(randomSmallTable(random));
    try {
      return { text, ruleset: rulesetOf(text) };
    } catch {
      // Two protocols in one rule, and the like.
    }
  }
}

/** Rules of chains that jumps lead to and that are not called unreached; of those that guard marks (mark-findings.ts) nothing need be said. */
function judgedLines(table: Table, findings: readonly LintFinding[]): readonly number[] {
  const idle = idleChains(findings);
  return table.chains
    .filter(({ name }) => !idle.has(name))
    .flatMap(({ rules }) => rules.filter((rule) => !isMarkGuard(rule)).map(({ line }) => line));
}

function idleChains(findings: readonly LintFinding[]): ReadonlySet<string | null> {
  const out = findings.filter(({ kind }) => kind === "unused-chain" || kind === "unreached-chain");
  return new Set(out.map(({ chain }) => chain));
}

test("what lint takes out changes nothing, one by one and all of a chain together, by proof", async () => {
  const random = new Random(SEED);
  const seen = new Map<string, number>();
  for (let number = 0; number < CASES; number++) {
    const { text, ruleset } = nextTable(random);
    const { findings, unsettled } = lint(ruleset);
    expect(unsettled).toEqual([]);
    const idle = findings.filter(
      ({ kind, removes }) => removes.length > 0 && [...UNMATCHED, ...IDLE].includes(kind),
    );
    const byChain = new Map<string, number[]>();
    for (const { kind, chain, removes } of idle) {
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      byChain.set(chain!, [...(byChain.get(chain!) ?? []), ...removes]);
    }
    for (const removes of [...idle.map((finding) => finding.removes), ...byChain.values()]) {
      const { result, reason } = await verify(ruleset, rulesetOf(withoutLines(text, removes)), {
        packets: 0,
      });
      expect({ result, reason, removes, text }).toEqual({
        result: "equal",
        reason: undefined,
        removes,
        text,
      });
    }
  }
  for (const kind of [...UNMATCHED, ...IDLE]) expect(seen.get(kind) ?? 0).toBeGreaterThan(3);
});

test("brute force finds the same rules that no packet matches, and none that would be missed", () => {
  const random = new Random(SEED + 1);
  let [tables, unmatched, idle] = [0, 0, 0];
  for (let number = 0; number < CASES; number++) {
    const { text, ruleset } = nextTable(random);
    const { findings } = lint(ruleset);
    const linesOf = (kinds: readonly string[]): readonly number[] =>
      findings
        .filter(({ kind }) => kinds.includes(kind))
        .flatMap(({ lines }) => lines)
        .sort((left, right) => left - right);
    const guards = ruleset.tables[0]!.chains.flatMap(({ rules }) => rules.filter(isMarkGuard));
    const found = linesOf(UNMATCHED).filter((line) => !guards.some((guard) => guard.line === line));
    const judged = [...judgedLines(ruleset.tables[0]!, findings)].sort((left, right) => left - right);
    const answers = judged.map((line) => differ(text, withTarget(text, line)));
    if (answers.includes(null)) continue;
    tables++;
    const silent = judged.filter((_, at) => answers[at] === false);
    expect({ found, text }).toEqual({ found: silent, text });
    unmatched += silent.length;
    const idleOnes = idleChains(findings);
    for (const { name, rules } of ruleset.tables[0]!.chains)
      for (const { line } of idleOnes.has(name) ? rules : [])
        expect({ line, text, differs: differ(text, withTarget(text, line)) }).toEqual({
          line,
          text,
          differs: false,
        });
    for (const line of linesOf(IDLE)) {
      expect({ line, text, differs: differ(text, withoutLines(text, [line])) }).toEqual({
        line,
        text,
        differs: false,
      });
      idle++;
    }
  }
  expect(tables).toBeGreaterThan(CASES / 4);
  expect(unmatched).toBeGreaterThan(10);
  expect(idle).toBeGreaterThan(10);
});
