/** What was read back is what was meant: the same lists, or others that do the same, each table for itself. */
import { describe, expect, test } from "vitest";
import { changedTables, compareReadBack } from "../../src/apply/same-tables.ts";
import { filterRules, prove, proveNothing, rulesOfTables } from "./texts.ts";

const SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT";
const WEB = "-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT";
const MASQUERADE = "-A POSTROUTING -o eth0 -j MASQUERADE";

async function answers(...given: Parameters<typeof compareReadBack>): Promise<readonly string[]> {
  return (await compareReadBack(...given)).map(({ table, answer }) => `${table} ${answer}`);
}

describe("read back", () => {
  test("the same in another spelling, without a proof", async () => {
    const meant = filterRules("-A INPUT -p 6 --dport ssh -j ACCEPT", "-A INPUT -j REJECT");
    const read = filterRules(SSH, "-A INPUT -j REJECT --reject-with icmp-port-unreachable");
    expect(await answers(meant, read, ["filter"], proveNothing)).toEqual(["filter same"]);
  });

  test("each table for itself, only those that were asked for", async () => {
    const meant = rulesOfTables({ filter: [SSH, WEB], nat: [MASQUERADE], mangle: [SSH] });
    const read = rulesOfTables({ filter: [WEB, SSH], nat: [], mangle: [] });
    expect(await answers(meant, read, ["filter", "nat"], prove)).toEqual(["filter equal", "nat different"]);
  });

  test("a table that is not there was not loaded", async () => {
    const meant = rulesOfTables({ filter: [SSH], nat: [MASQUERADE] });
    expect(await answers(meant, filterRules(SSH), ["filter", "nat"], prove)).toEqual([
      "filter same",
      "nat different",
    ]);
    expect(await answers(filterRules(SSH), meant, ["nat"], prove)).toEqual(["nat different"]);
  });

  test("a rule that is missing, with its line", async () => {
    const [result] = await compareReadBack(
      filterRules(":INPUT DROP", SSH, WEB),
      filterRules(":INPUT DROP", SSH),
      ["filter"],
      prove,
    );
    expect(result).toMatchObject({ answer: "different", reason: null });
    expect(result!.changes[0]!.diff).toContain(`-${WEB}`);
  });

  test("an own mark that is read back otherwise is a difference", async () => {
    const mark = (value: string): Readonly<Record<string, readonly string[]>> => ({
      mangle: [`-A FORWARD -s 10.0.0.0/8 -j MARK --set-xmark ${value}/${value}`],
    });
    expect(await answers(rulesOfTables(mark("0x1")), rulesOfTables(mark("0x2")), ["mangle"], prove)).toEqual([
      "mangle different",
    ]);
  });

  test("unknown is no success", async () => {
    const spent: typeof prove = async (...pair) => ({
      ...(await prove(...pair)),
      result: "unknown",
      reason: "no time",
    });
    const [result] = await compareReadBack(filterRules(SSH, WEB), filterRules(WEB, SSH), ["filter"], spent);
    expect(result).toMatchObject({ answer: "unknown", reason: "no time" });
  });
});

describe("tables that have to be loaded", () => {
  test("those whose lists differ, in the order of the tables; the others are left alone", () => {
    const live = rulesOfTables({ filter: [SSH], nat: [MASQUERADE], raw: [], mangle: [] });
    const meant = rulesOfTables({
      filter: [WEB],
      nat: [MASQUERADE],
      mangle: ["-A FORWARD -j ACCEPT"],
      raw: [],
    });
    expect(changedTables(live, meant)).toEqual(["mangle", "filter"]);
  });

  test("not those that the new ruleset does not name", () => {
    const live = rulesOfTables({ filter: [SSH], nat: [MASQUERADE] });
    expect(changedTables(live, filterRules(WEB))).toEqual(["filter"]);
  });

  test("also where only a comment differs: the file says another one", () => {
    const commented = SSH.replace(" -j", " -m comment --comment office -j");
    expect(changedTables(filterRules(SSH), filterRules(commented))).toEqual(["filter"]);
  });

  test("nothing where all is there", () => {
    expect(changedTables(filterRules(SSH), filterRules("-A INPUT -p 6 --dport ssh -j ACCEPT"))).toEqual([]);
  });
});
