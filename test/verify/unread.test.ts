/** Rules that could not be read and were kept: nothing that reaches one is ever equal, different or decided, unless nothing in its table has changed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importRuleset } from "../../src/import/import.ts";
import type { Ruleset } from "../../src/model/types.ts";
import { usedMarkBits } from "../../src/cluster/marks/used-bits.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { explain } from "../../src/verify/explain/explain.ts";
import { unobservedOf } from "../../src/verify/kernel/uses.ts";
import { modelledPart } from "../../src/verify/kernel/model.ts";
import { findOwnBits, usedBits } from "../../src/verify/own-bits.ts";
import type { VerifyOptions, VerifyResult } from "../../src/verify/types.ts";
import { verify } from "../../src/verify/verify.ts";
import "../support/seed.ts";
import { assertionOf } from "./assert/support.ts";
import { checkAssertions } from "../../src/verify/assert/check.ts";
import { filterOf } from "./samples.ts";

const UNREAD = "-A INPUT -m future --open -j ACCEPT --nonsense 1";
const A = "-s 10.0.0.1/32";

function rulesetOf(text: string): Ruleset {
  const { ruleset } = importRuleset(makeSourceFile("t.rules", text), { family: "v4", keepUnparsed: true });
  if (ruleset === null) throw new Error(text);
  return ruleset;
}

function check(old: string, now: string, options: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
  return verify(rulesetOf(old), rulesetOf(now), { packets: 2000, ...options });
}

const filter = (...rules: readonly string[]): string => filterOf(rules);

describe("verify", () => {
  test.each([{}, { budget: 0 }, { packets: 0 }])(
    "is unknown where a changed hook reaches one: %j",
    async (options) => {
      const old = filter(`-A INPUT ${A} -j DROP`, UNREAD);
      for (const now of [filter(UNREAD, `-A INPUT ${A} -j DROP`), filter(`-A INPUT ${A} -j DROP`)]) {
        const { result, reason } = await check(old, now, options);
        expect(result).toBe("unknown");
        expect(reason).toMatch(/INPUT reaches line \d+ of the old ruleset, a rule that can't be read/);
      }
      const { result, reason } = await check(filter(`-A INPUT ${A} -j DROP`), old, options);
      expect(result).toBe("unknown");
      expect(reason).toMatch(/of the new ruleset/);
    },
  );

  test("is unknown even where packets that never come to it fare differently", async () => {
    const { result } = await check(filter("-A INPUT -j DROP", UNREAD), filter("-A INPUT -j ACCEPT", UNREAD));
    expect(result).toBe("unknown");
  });

  test.each([{}, { budget: 0 }])("still finds what differs in other hooks: %j", async (options) => {
    const old = filter(UNREAD, `-A FORWARD ${A} -j DROP`);
    const now = filter(UNREAD, `-A FORWARD ${A} -j ACCEPT`);
    expect(await check(old, now, options)).toMatchObject({ result: "different" });
  });

  test("is equal where nothing in the table has changed but comments and counters", async () => {
    const old = filter(UNREAD, "-A INPUT -m comment --comment a -j DROP");
    const now = filter(`[5:6] ${UNREAD}`, "-A INPUT -m comment --comment b -j DROP");
    expect(await check(old, now)).toMatchObject({ result: "equal" });
  });

  test("is equal where no base chain reaches it", async () => {
    const lost = "-A lost --nonsense";
    const [old, now] = [[`-A INPUT ${A} -j DROP`, `-A INPUT ${A} -j ACCEPT`], [`-A INPUT ${A} -j DROP`]];
    expect(await check(filter(...old, lost), filter(...now, lost))).toMatchObject({ result: "equal" });
    const called = [`-A INPUT -j lost`, ...old];
    expect(await check(filter(...called, lost), filter("-A INPUT -j lost", ...now, lost))).toMatchObject({
      result: "unknown",
    });
  });

  test("has to read the same, blanks and all", async () => {
    expect(await check(filter(UNREAD), filter(UNREAD.replace(" --open", "  --open")))).toMatchObject({
      result: "unknown",
    });
  });

  test("takes no rule that was read for one that was not", async () => {
    const head = ["*filter", ":INPUT ACCEPT [0:0]"];
    const old = [...head, "-A INPUT -g sub", ":sub - [0:0]", "COMMIT", ""].join("\n");
    const now = [...head, ":sub - [0:0]", "-A INPUT -g sub", "COMMIT", ""].join("\n");
    expect(await check(old, now)).toMatchObject({ result: "unknown" });
  });

  test("a table before that has one drops nothing for certain", async () => {
    const raw = (...rules: readonly string[]) =>
      ["*raw", ":PREROUTING ACCEPT [0:0]", ...rules, "COMMIT", ""].join("\n");
    const [old, now] = [filter(`-A FORWARD ${A} -j DROP`), filter(`-A FORWARD ${A} -j ACCEPT`)];
    const drop = `-A PREROUTING ${A} -j DROP`;
    const scopes = async (before: string) =>
      (await check(before + old, before + now)).checks.map(({ scope }) => scope);
    expect(await scopes(raw(drop))).toContain("unreachable");
    expect(await scopes(raw("-A PREROUTING --nonsense", drop))).not.toContain("unreachable");
  });
});

test("whatever stands around it, samples and proof never call a changed hook equal or different", async () => {
  const rule = fc.constantFrom(
    ...["-A INPUT -j DROP", `-A INPUT ${A} -j ACCEPT`, "-A INPUT -j sub", "-A sub -j RETURN"],
    ...["-A INPUT -m mark --mark 1/1 -j DROP", "-A INPUT -j MARK --set-xmark 0x1/0x1", "-A INPUT -g sub"],
  );
  const rules = fc.array(rule, { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(rules, rules, rules, fc.constantFrom(0, 60), async (before, after, other, budget) => {
      const sub = "-A sub -j ACCEPT";
      const old = filter(...before, UNREAD, ...after, sub);
      const now = filter(...other, UNREAD, sub);
      const { result } = await check(old, now, { packets: 500, budget });
      const isSame = [...before, UNREAD, ...after].join("\n") === [...other, UNREAD].join("\n");
      if (isSame) expect(result).toBe("equal");
      else expect(["unknown", ...(sameTable(old, now) ? ["equal"] : [])]).toContain(result);
    }),
    { numRuns: 60 },
  );
});

/** Rules of each chain are the same ones, however the chains are mixed. */
function sameTable(old: string, now: string): boolean {
  const of = (text: string, chain: string) =>
    text.split("\n").filter((line) => line.startsWith(`-A ${chain} `));
  return ["INPUT", "sub"].every((chain) => of(old, chain).join("\n") === of(now, chain).join("\n"));
}

describe("marks", () => {
  const ruleset = rulesetOf(filter(UNREAD));

  test("all bits are used, for planner and checker", () => {
    expect(usedMarkBits([ruleset])).toBe(0xffffffff);
    expect(usedBits(ruleset) >>> 0).toBe(0xffffffff);
    const now = rulesetOf(filter(UNREAD, "-A FORWARD -j MARK --set-xmark 0x1/0x1"));
    expect(findOwnBits(ruleset, now)).toBe(0);
  });
});

describe("explain", () => {
  const packet = { in: "eth0", source: "10.0.0.1", destination: "10.0.0.9", protocol: "tcp", dport: "22" };
  const explained = (text: string) => {
    const found = explain(rulesetOf(text), packet);
    if (found.kind === "refused") throw new Error(JSON.stringify(found.faults));
    return found.explanation;
  };

  test("stops there and can't tell", () => {
    const { result, verdict, unknown, steps } = explained(filter(UNREAD, "-A INPUT -j DROP"));
    expect({ result, verdict }).toEqual({ result: "unknown", verdict: null });
    expect(unknown).toMatchObject({ chain: "INPUT", text: UNREAD, condition: "", settle: [] });
    expect(unknown?.why).toContain("can't be read");
    expect(steps.at(-1)).toMatchObject({ result: "unknown", text: UNREAD });
  });

  test("tells what is decided before", () => {
    expect(explained(filter(`-A INPUT ${A} -j DROP`, UNREAD))).toMatchObject({ verdict: "DROP" });
  });
});

describe("assertions", () => {
  const sentence = "always: 10.0.0.1 -> this host tcp/22";
  const answer = (text: string) =>
    checkAssertions(rulesetOf(text), [assertionOf(sentence)]).results.map(({ result, reason }) => [
      result,
      reason,
    ]);
  const other = (table: string, hook: string) =>
    [`*${table}`, `:${hook} ACCEPT [0:0]`, `-A ${hook} --nonsense`, "COMMIT", ""].join("\n");

  test("on its way can't be told", () => {
    const reason = "filter INPUT reaches line 5, a rule that can't be read";
    expect(answer(filter(UNREAD))).toEqual([["unknown", reason]]);
  });

  test.each(["raw PREROUTING", "mangle PREROUTING", "mangle INPUT", "nat PREROUTING", "nat INPUT"])(
    "also in %s",
    (place) => {
      const [table, hook] = place.split(" ") as [string, string];
      expect(answer(other(table, hook) + filter("-A INPUT -j ACCEPT"))[0]![0]).toBe("unknown");
    },
  );

  test.each(["mangle FORWARD", "nat POSTROUTING", "mangle OUTPUT"])("but not in %s", (place) => {
    const [table, hook] = place.split(" ") as [string, string];
    expect(answer(other(table, hook) + filter("-A INPUT -j ACCEPT"))[0]![0]).toBe("holds");
  });
});

test("the kernel's judge leaves it out of what is predicted, and says so", () => {
  const ruleset = rulesetOf(filter(UNREAD));
  expect(modelledPart(ruleset.tables[0]!)).toMatchObject({ leftOut: 1 });
  expect(unobservedOf([ruleset]).join(" ")).toContain("can't be read");
});
