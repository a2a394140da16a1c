/** Which set matches get the members of their sets, and what is said about the others. */
import { describe, expect, test } from "vitest";
import { importRuleset } from "../../src/import/import.ts";
import type { Match } from "../../src/model/types.ts";
import { formatDiagnostic } from "../../src/text/excerpt.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { seen } from "../support/sets.ts";
import { filterOf, rulesetOf } from "../verify/samples.ts";

const SETS = [
  "create hosts hash:ip",
  "add hosts 10.0.0.1",
  "create six hash:ip family inet6",
  "add six 2001:db8::1",
  "create all list:set",
  "add all hosts",
  "add all six",
  "create leaving hash:ip timeout 60",
  "create mixed list:set",
  "add mixed hosts",
  "add mixed leaving",
  "create ports hash:ip,port",
  "create nets hash:net",
  "add nets 10.0.0.2",
];

function look(...rules: readonly string[]) {
  const { rulesets, diagnostics } = seen([rulesetOf(filterOf(rules))], ...SETS);
  const matches = rulesets[0]!.tables[0]!.chains.flatMap((chain) =>
    chain.rules.flatMap((rule): readonly Match[] => rule.matches),
  );
  const said = diagnostics.map(({ code, args }) => `${code} ${args.set ?? args.sets}`);
  return { matches, said, diagnostics, setFile: rulesets[0]!.setFile };
}

describe("matches with members", () => {
  const host = { first: [0x0a000001], last: [0x0a000001] };

  test.each([
    ["--match-set hosts src", { side: "source", negated: false, set: "hosts", ranges: [host] }],
    ["! --match-set hosts dst", { side: "destination", negated: true, ranges: [host] }],
    ["--match-set hosts dst,src", { side: "destination", ranges: [host] }],
    ["--match-set all src", { side: "source", ranges: [host] }],
  ])("-m set %s", (words, expected) => {
    const { matches, said, setFile } = look(`-A INPUT -m set ${words} -j DROP`);
    expect(matches).toMatchObject([{ kind: "addressSet", text: `-m set ${words}`, ...expected }]);
    expect(said).toEqual([]);
    expect(setFile).toBe("t.ipset");
  });
});

describe("matches that stay texts", () => {
  const stay = (...rules: readonly string[]) => {
    const { matches, said, setFile } = look(...rules);
    expect(matches.map(({ kind }) => kind)).not.toContain("addressSet");
    expect(setFile).toBeUndefined();
    return said;
  };

  test.each([
    ["--match-set hosts src --return-nomatch", []],
    ["--match-set hosts src --packets-gt 5", ["SETS_NOT_KNOWN hosts (rules ask for its counters)"]],
    ["--match-set leaving src", ["SETS_NOT_KNOWN leaving (its members time out)"]],
    ["--match-set mixed src", ["SETS_NOT_KNOWN mixed (it has leaving in it)"]],
    ["--match-set ports src,dst", ["SETS_NOT_KNOWN ports (an address alone does not decide about it)"]],
    ["--match-set missing src", ["SET_MISSING missing"]],
    ["--match-set six src", ["SET_OF_OTHER_FAMILY six"]],
  ])("-m set %s", (words, expected) => {
    expect(stay(`-A INPUT -m set ${words} -j DROP`)).toEqual(expected);
  });

  test("of a set that some rule changes, or that is in a list with it", () => {
    const why = "(rules add to it or delete from it)";
    const add = "-A INPUT -j SET --add-set hosts src";
    expect(stay(add, "-A INPUT -m set --match-set hosts src -j DROP")).toEqual([
      `SETS_NOT_KNOWN hosts ${why}`,
    ]);
    expect(stay(add, "-A INPUT -m set --match-set all src -j DROP")).toEqual([`SETS_NOT_KNOWN all ${why}`]);
    expect(
      stay("-A INPUT -j SET --del-set all src", "-A INPUT -m set --match-set hosts src -j DROP"),
    ).toHaveLength(1);
    expect(
      stay('-A INPUT -j SET --add-set "hosts" src', "-A INPUT -m set --match-set hosts src -j DROP"),
    ).toHaveLength(1);
    const other = look(add, "-A INPUT -m set --match-set nets src -j DROP");
    expect(other.matches).toMatchObject([{ kind: "addressSet" }]);
  });

  test("on both sides, where one of them changes it", () => {
    const plain = rulesetOf(filterOf(["-A INPUT -m set --match-set hosts src -j DROP"]));
    const changing = rulesetOf(filterOf(["-A INPUT -j SET --add-set hosts src"]));
    const { rulesets } = seen([plain, changing], ...SETS);
    expect(rulesets[0]).toBe(plain);
  });
});

test("a set that is missing is shown at the first rule that names it", () => {
  const { diagnostics } = look(
    "-A INPUT -m set --match-set gone src -j DROP",
    "-A INPUT -m set --match-set gone dst -j SET --add-set gone src",
  );
  expect(diagnostics.map((found) => formatDiagnostic(found, { maxWidth: 120 }))).toEqual([
    `test.rules:5:29: warning SET_MISSING
    5 | -A INPUT -m set --match-set gone src -j DROP
      |                             ^^^^ gone is not in t.ipset
  help: iptables-restore refuses a rule whose set is not there; save both at the same time`,
  ]);
});

test("no set is known beside a rule that can't be read: it may change any", () => {
  const text = filterOf(["-A INPUT -m set --match-set hosts src -j DROP", "-A OUTPUT --nonsense"]);
  const settings = { family: "v4", keepUnparsed: true } as const;
  const { ruleset } = importRuleset(makeSourceFile("test.rules", text), settings);
  const { rulesets, diagnostics } = seen([ruleset!], ...SETS);
  expect(rulesets[0]).toBe(ruleset);
  expect(diagnostics.map(({ args }) => args.sets)).toEqual([
    "hosts (a rule that can't be read may change it)",
  ]);
});
