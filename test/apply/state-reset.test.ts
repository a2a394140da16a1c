/** Rules whose state is gone after a load are named; state that lives on elsewhere is none of them. */
import { describe, expect, test } from "vitest";
import { findStateResets, refuseStateResets } from "../../src/apply/state-reset.ts";
import { MATCH_ROWS } from "../../src/model/match-table.ts";
import { STATE_MODULES } from "../../src/apply/state-reset.ts";
import { importRuleset } from "../../src/import/import.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { filterRules, rulesOfTables, tableText } from "./texts.ts";

function resetsOf(rule: string, meant: readonly string[] = []): readonly string[] {
  const live = filterRules(rule);
  return findStateResets(live, filterRules(...meant), ["filter"]).map(({ module }) => module);
}

const RECENT = "-A INPUT -m recent --set --name ssh --mask 255.255.255.255 --rsource -j ACCEPT";
const HASH =
  "-A INPUT -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name web -j ACCEPT";

describe("what a load resets", () => {
  test.each<[string, readonly string[]]>([
    ["-A INPUT -m quota --quota 1000000 -j ACCEPT", ["quota"]],
    ["-A INPUT -m limit --limit 5/min -j LOG", ["limit"]],
    ["-A INPUT -p tcp -m tcp --dport 22 -m connlimit --connlimit-above 3 -j REJECT", ["connlimit"]],
    ["-A INPUT -m statistic --mode nth --every 3 --packet 0 -j ACCEPT", ["statistic"]],
    ["-A INPUT -m statistic --mode random --probability 0.5 -j ACCEPT", []],
    [RECENT, ["recent"]],
    [HASH, ["hashlimit"]],
    ["-A INPUT -m set --match-set blocked src -j DROP", []],
    ["-A INPUT -m connbytes --connbytes 1000 --connbytes-mode bytes --connbytes-dir both -j DROP", []],
    ["-A INPUT -m conntrack --ctstate NEW -j ACCEPT", []],
    ["-A INPUT -m time --timestart 08:00 --timestop 18:00 -j ACCEPT", []],
    ['-A INPUT -p tcp -m multiport --dports 1,2 -m comment --comment "-m quota" -j ACCEPT', []],
    ["-A INPUT -j ACCEPT", []],
    ["-A INPUT -m nosuchmodule --some 1 -j ACCEPT", ["nosuchmodule"]],
    ["-A INPUT -j NOSUCHTARGET --some 1", ["-j NOSUCHTARGET"]],
    [
      "-A INPUT -j RATEEST --rateest-name eth0 --rateest-interval 250ms --rateest-ewmalog 500ms",
      ["-j RATEEST"],
    ],
  ])("%s: %j", (rule, modules) => {
    expect(resetsOf(rule)).toEqual(modules);
  });

  test("state with a name lives on where the new rules have the name", () => {
    expect(resetsOf(RECENT, [RECENT.replace("-A INPUT", "-A sub")])).toEqual([]);
    expect(resetsOf(RECENT, [RECENT.replace("--name ssh", "--name other")])).toEqual(["recent"]);
    expect(resetsOf(HASH, [HASH])).toEqual([]);
    expect(resetsOf(HASH, [HASH.replace("name web", "name web2")])).toEqual(["hashlimit"]);
    // A name of another module is another list.
    expect(resetsOf(HASH, [RECENT.replace("--name ssh", "--name web")])).toEqual(["hashlimit"]);
  });

  test("the usual name is a name", () => {
    const rule = "-A INPUT -m recent --update --seconds 60 -j DROP";
    expect(resetsOf(rule, ["-A INPUT -m recent --set"])).toEqual([]);
  });

  test("or where a table has it that isn't loaded", () => {
    const live = rulesOfTables({ filter: [RECENT], raw: [RECENT.replace("-A INPUT", "-A PREROUTING")] });
    expect(findStateResets(live, filterRules(), ["filter"])).toEqual([]);
    expect(findStateResets(live, filterRules(), ["filter", "raw"])).toHaveLength(2);
  });

  test("only in tables that are loaded", () => {
    const quota = (chain: string) => [`-A ${chain} -m quota --quota 5 -j ACCEPT`];
    const live = rulesOfTables({ filter: quota("INPUT"), mangle: quota("FORWARD") });
    const found = findStateResets(live, live, ["mangle"]);
    expect(found).toMatchObject([
      { family: "v4", table: "mangle", chain: "FORWARD", text: quota("FORWARD")[0] },
    ]);
    expect(live.file.text.split("\n")[found[0]!.line - 1]).toBe(quota("FORWARD")[0]);
  });

  test("a rule that can't be read may keep anything", () => {
    const text = tableText("filter", "-A INPUT --no-such-option 1 -j ACCEPT");
    const { ruleset } = importRuleset(makeSourceFile("live", text), { family: "v4", keepUnparsed: true });
    expect(findStateResets(ruleset!, ruleset!, ["filter"])).toHaveLength(1);
  });

  test("every module that keeps state is in the table", () => {
    const stateful = [...MATCH_ROWS.values()].filter(({ model }) => model === "stateful");
    expect(stateful.map(({ name }) => name).filter((name) => !STATE_MODULES.has(name))).toEqual([]);
  });
});

describe("refused", () => {
  const live = filterRules(
    "-A INPUT -m quota --quota 5 -j ACCEPT",
    "-A INPUT -m limit --limit 1/sec -j ACCEPT",
  );
  const resets = findStateResets(live, live, ["filter"]);

  test("with the rules, and the option that lets it", () => {
    const refusal = refuseStateResets(resets, false)!;
    expect(refusal.message).toBe("the load resets the state of 2 rules");
    expect(refusal.details[0]).toBe(
      "v4 filter: -A INPUT -m quota --quota 5 -j ACCEPT: quota loses how much of the quota is left",
    );
    expect(refusal.next).toContain("--accept-state-reset");
  });

  test("not where it is accepted, or there is nothing", () => {
    expect(refuseStateResets(resets, true)).toBeNull();
    expect(refuseStateResets([], false)).toBeNull();
  });

  test("many are counted", () => {
    const many = Array.from({ length: 25 }, () => resets[0]!);
    expect(refuseStateResets(many, false)!.details.at(-1)).toBe("and 5 more");
  });
});
