/** A plan held against what is live: stale by rules or by sets, and with chains that are kept. */
import { describe, expect, test } from "vitest";
import { chainPattern } from "../../src/apply/chain-pattern.ts";
import type { Observation } from "../../src/apply/observe.ts";
import { holdAgainstLive } from "../../src/apply/prepare.ts";
import type { Ruleset } from "../../src/model/types.ts";
import { seen } from "../support/sets.ts";
import { filterRules, prove, tableText } from "./texts.ts";

const SET = "create S-LAN hash:net family inet maxelem 1048576\n";
const ASK = "-A INPUT -m set --match-set S-LAN src -j ACCEPT";
const BAN = "-A f2b-sshd -s 192.0.2.7/32 -j DROP";
const OLD = [":INPUT DROP", "-A INPUT -j f2b-sshd", ":f2b-sshd", ASK];
const NEW = [
  ":INPUT DROP",
  "-A INPUT -j f2b-sshd",
  ":f2b-sshd",
  "-A INPUT -j P-INPUT",
  ASK.replace("INPUT", "P-INPUT"),
];

function known(lines: readonly string[]): Ruleset {
  return seen([filterRules(...lines)], SET.trimEnd(), "add S-LAN 10.0.0.0/8").rulesets[0]!;
}

async function hold(
  live: readonly string[],
  sets: string | null,
  keep: readonly string[] = [],
  otherTables = "",
) {
  const text = `${tableText("filter", ...live)}${otherTables}`;
  const observation = { backend: "nft", texts: new Map([["v4", text]]), sets };
  return await holdAgainstLive(
    { family: "v4", input: known(OLD), meant: known(NEW) },
    observation as unknown as Observation,
    { keep: keep.map(chainPattern), importAgain: "markify import" },
    prove,
  );
}

const SETS = `${SET}add S-LAN 10.0.0.0/8\n`;

describe("held against what is live", () => {
  test("a plan that is not stale", async () => {
    const { held, refusals } = await hold(OLD, SETS);
    expect(refusals).toEqual([]);
    expect(held).toMatchObject({ changed: ["filter"], keepsChains: false, comparison: { answer: "same" } });
  });

  test("nothing to load where the new rules are live, as after an apply of the same plan", async () => {
    const { held, refusals } = await hold(NEW, SETS);
    expect(refusals).toEqual([]);
    expect(held).toMatchObject({ changed: [], comparison: null });
  });

  test("new rules and one more are live: stale", async () => {
    expect((await hold([...NEW, "-A INPUT -s 192.0.2.9/32 -j ACCEPT"], SETS)).held).toBeNull();
  });

  test("new rules, and a table that the plan doesn't know: stale", async () => {
    const mangle = tableText("mangle", ":PREROUTING ACCEPT", "-A PREROUTING -j MARK --set-xmark 0x1/0x1");
    expect((await hold(NEW, SETS, [], mangle)).held).toBeNull();
  });

  test.each<[string, string | null, string]>([
    [
      "with other members",
      `${SET}add S-LAN 10.0.0.0/9\n`,
      "set S-LAN: -10.0.0.0-10.255.255.255 +10.0.0.0-10.127.255.255",
    ],
    ["that is gone", "", "set S-LAN: it is not there, or what is in it can't be told"],
    ["without ipset", null, "set S-LAN: it is not there, or what is in it can't be told"],
  ])("a set %s", async (_what, sets, detail) => {
    const { refusals } = await hold(OLD, sets);
    expect(refusals.map(({ details }) => details)).toEqual([[detail]]);
  });

  test("what others changed is shown, and kept where that is asked for, with all that is known of sets", async () => {
    const live = [...OLD, BAN];
    const { refusals } = await hold(live, SETS);
    expect(refusals[0]!.next).toContain("--keep-chain 'f2b-*'");
    const { held } = await hold(live, SETS, ["f2b-*"]);
    expect(held!.comparison!.answer).toBe("same");
    for (const ruleset of [held!.input, held!.meant]) {
      const [filter] = ruleset.tables;
      expect(filter!.chains.find(({ name }) => name === "f2b-sshd")!.rules.map(({ text }) => text)).toEqual([
        BAN,
      ]);
      const matches = filter!.chains.flatMap(({ rules }) => rules.flatMap((rule) => rule.matches));
      expect(matches.filter(({ kind }) => kind === "addressSet")).toHaveLength(1);
    }
    expect((await prove(held!.input, held!.meant)).result).toBe("equal");
  });

  test("a rule of nobody's", async () => {
    const { refusals } = await hold([...OLD, "-A INPUT -s 192.0.2.9/32 -j ACCEPT"], SETS, ["f2b-*"]);
    expect(refusals[0]).toMatchObject({
      message: "the live rules are not those that the plan was made from (v4)",
      next: "markify import",
    });
    expect(refusals[0]!.details).toContain("  +-A INPUT -s 192.0.2.9/32 -j ACCEPT");
  });
});
