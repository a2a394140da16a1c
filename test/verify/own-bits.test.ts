/** Own mark bits: how they are found, what assumption A covers, and that every way of leaving them behind is seen. */
import { describe, expect, test } from "vitest";
import { findOwnBits } from "../../src/verify/own-bits.ts";
import type { VerifyOptions } from "../../src/verify/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { filterOf, rulesetOf } from "./samples.ts";

const FLAT = ["10.0.0.1", "10.0.0.2"].flatMap((source) =>
  ["10.1.0.1", "10.1.0.2"].map((destination) => `-A INPUT -s ${source}/32 -d ${destination}/32 -j ACCEPT`),
);

/** The article's layout done right; the cases below change single lines of it. */
const CLEAN = [
  "-A INPUT -j R1",
  "-A R1 -j MARK --set-xmark 0x0/0x3",
  "-A R1 -j S1",
  "-A R1 -m mark ! --mark 0x1/0x3 -j RETURN",
  "-A R1 -j D1",
  "-A R1 -m mark --mark 0x3/0x3 -j HIT",
  "-A R1 -j MARK --set-xmark 0x0/0x3",
  "-A S1 -s 10.0.0.1/32 -j MARK --set-xmark 0x1/0x1",
  "-A S1 -s 10.0.0.2/32 -j MARK --set-xmark 0x1/0x1",
  "-A D1 -d 10.1.0.1/32 -j MARK --set-xmark 0x2/0x2",
  "-A D1 -d 10.1.0.2/32 -j MARK --set-xmark 0x2/0x2",
  "-A HIT -j MARK --set-xmark 0x0/0x3",
  "-A HIT -j ACCEPT",
];

/** The same, but a packet of which only the source is in its group goes on with that bit set. */
const DIRTY = CLEAN.toSpliced(6, 1);

function check(old: readonly string[], now: readonly string[], options: Partial<VerifyOptions> = {}) {
  return verify(rulesetOf(filterOf(old, "DROP")), rulesetOf(filterOf(now, "DROP")), {
    packets: 8000,
    ...options,
  });
}

describe("finding them", () => {
  const cases: readonly (readonly [name: string, old: readonly string[], own: number])[] = [
    ["all bits that only NEW writes", [], 0x3],
    ["not a bit that OLD tests under a mask", ["-A INPUT -m mark --mark 0x1/0x1 -j DROP"], 0x2],
    ["not a bit of a value that OLD tests the whole mark for", ["-A INPUT -m mark --mark 0x1 -j DROP"], 0x2],
    ["not a bit of a value outside its mask", ["-A INPUT -m mark --mark 0x2/0x1 -j DROP"], 0],
    ["not a bit that OLD tests of a connection", ["-A INPUT -m connmark --mark 0x1/0x1 -j DROP"], 0x2],
    ["not a bit of a connection's whole mark", ["-A INPUT -m connmark --mark 0x2 -j DROP"], 0x1],
    ["not a bit that OLD sets on a connection", ["-A INPUT -j CONNMARK --set-xmark 0x2/0x2"], 0x1],
    [
      "not a bit that OLD restores under a mask",
      ["-A INPUT -j CONNMARK --restore-mark --nfmask 0x1 --ctmask 0x2"],
      0,
    ],
    ["restoring the whole mark takes none", ["-A INPUT -j CONNMARK --restore-mark"], 0x3],
    ["not a bit of TPROXY", ["-A INPUT -j TPROXY --on-port 1 --tproxy-mark 0x2/0x2"], 0x1],
    ["none where OLD hashes into the mark", ["-A INPUT -j HMARK --hmark-tuple src --hmark-mod 2"], 0],
    ["not a bit that OLD sets", ["-A INPUT -j MARK --set-xmark 0x2/0x2"], 0x1],
    ["not a bit of a value that OLD writes whole", ["-A INPUT -j MARK --set-mark 0x2"], 0x1],
    [
      "not a bit that OLD saves under a mask",
      ["-A INPUT -j CONNMARK --save-mark --nfmask 0x1 --ctmask 0x1"],
      0x2,
    ],
    ["saving the whole mark takes none", ["-A INPUT -j CONNMARK --save-mark"], 0x3],
    ["not a bit of a whole connection mark", ["-A INPUT -j CONNMARK --set-mark 0x2"], 0x1],
  ];
  test.each(cases)("%s", (_name, old, own) => {
    expect(findOwnBits(rulesetOf(filterOf(old)), rulesetOf(filterOf(CLEAN)))).toBe(own);
  });

  test("a rule that OLD has too is not markify's", () => {
    const mark = "-A INPUT -j MARK --set-xmark 0x10/0x10";
    expect(findOwnBits(rulesetOf(filterOf([mark])), rulesetOf(filterOf([mark, ...CLEAN])))).toBe(0x3);
  });
});

describe("assumption A", () => {
  test("the clean layout is equal, with A said in one sentence, and with any own bits too", async () => {
    const found = await check(FLAT, CLEAN);
    expect(found.witness).toBeUndefined();
    expect(found).toMatchObject({ result: "equal", ownBits: 3 });
    expect(found.assumptions).toHaveLength(1);
    const anyMark = found.checks.filter((row) => row.kind === "sampled-any-mark");
    expect(anyMark.map((row) => row.result)).toEqual(["equal", "equal", "equal"]);
    expect(await check(FLAT, CLEAN, { demandAnyMark: true })).toMatchObject({ result: "equal" });
    expect(await check(FLAT, CLEAN, { anyMark: true })).toMatchObject({ result: "equal", assumptions: [] });
  });

  test("stale bits decide: equal under A, reported, and different on demand", async () => {
    // The bits are cleared after their use only, so the first use trusts what the packet came in with.
    const stale = CLEAN.filter((_, index) => index !== 1);
    const found = await check(FLAT, stale);
    expect(found.result).toBe("equal");
    const rows = found.checks.map((row) => [row.kind, row.hook, row.result]);
    expect(rows).toContainEqual(["sampled-any-mark", "INPUT", "different"]);
    expect(found.limits.join()).toContain("own mark bits set");
    const demanded = await check(FLAT, stale, { demandAnyMark: true });
    expect(demanded).toMatchObject({ result: "different", witness: { differs: ["verdict"] } });
  });

  test("own bits given by hand take the place of the found ones", async () => {
    const found = await check(FLAT, CLEAN, { ownBits: 0 });
    expect(found).toMatchObject({ result: "different", ownBits: 0, assumptions: [] });
  });
});

describe("bits that OLD reads are nobody's own", () => {
  const from = "-A INPUT -s 10.0.0.0/8";
  const cases: readonly (readonly [name: string, old: readonly string[], now: readonly string[]])[] = [
    [
      "of a connection",
      ["-A INPUT -m connmark --mark 0x10/0x10 -j ACCEPT", `${from} -j ACCEPT`],
      [
        `${from} -j MARK --set-xmark 0x10/0x10`,
        "-A INPUT -m mark --mark 0x10/0x10 -j MARK --set-xmark 0x0/0x10",
        `${from} -j ACCEPT`,
      ],
    ],
    [
      "as one of a whole mark",
      ["-A INPUT -m mark --mark 0x10 -j ACCEPT"],
      ["-A INPUT -j MARK --set-xmark 0x10/0x10", "-A INPUT -j DROP"],
    ],
  ];
  test.each(cases)("%s", async (_name, old, now) => {
    expect(await check(old, now)).toMatchObject({ result: "different", ownBits: 0, assumptions: [] });
  });
});

describe("connection marks with own bits", () => {
  const restore = "-A INPUT -j CONNMARK --restore-mark";
  test("are assumed away where a rule restores them, and only there", async () => {
    const plain = await check(FLAT, CLEAN);
    const restored = await check([restore, ...FLAT], [restore, ...CLEAN]);
    expect([plain, restored].map(({ result, assumptions }) => [result, assumptions])).toEqual([
      ["equal", ["Packets enter with the mark bits 0x3 at 0."]],
      ["equal", ["Packets enter with the mark bits 0x3 at 0, and no connection mark carries them."]],
    ]);
  });

  test("are drawn where none does", async () => {
    const read = "-A INPUT -m connmark --mark 0x0 -j DROP";
    const now = [read.replace("0x0", "0x0/0xfffffffc"), ...CLEAN];
    expect(await check([read, ...FLAT], now)).toMatchObject({ result: "different", ownBits: 3 });
  });
});

describe("own bits left behind", () => {
  const cases: readonly (readonly [
    name: string,
    old: readonly string[],
    now: readonly string[],
    differs: readonly string[],
  ])[] = [
    ["at ACCEPT", [...FLAT, "-A INPUT -p tcp -j ACCEPT"], [...DIRTY, "-A INPUT -p tcp -j ACCEPT"], ["mark"]],
    ["at REJECT", [...FLAT, "-A INPUT -j REJECT"], [...DIRTY, "-A INPUT -j REJECT"], ["mark"]],
    ["at LOG", [...FLAT, "-A INPUT -j LOG"], [...DIRTY, "-A INPUT -j LOG"], ["effects"]],
    [
      "at CONNMARK --save-mark",
      [...FLAT, "-A INPUT -j CONNMARK --save-mark"],
      [...DIRTY, "-A INPUT -j CONNMARK --save-mark"],
      ["connmark"],
    ],
    [
      "at a test of the whole mark",
      [...FLAT, "-A INPUT -m mark --mark 0x0 -j REJECT"],
      [...DIRTY, "-A INPUT -m mark --mark 0x0 -j REJECT"],
      ["verdict", "mark"],
    ],
  ];
  test.each(cases)("%s", async (_name, old, now, differs) => {
    expect(await check(old, now)).toMatchObject({ result: "different", witness: { differs } });
    const cleaned = [...CLEAN, now.at(-1)!];
    expect((await check(old, cleaned)).witness).toBeUndefined();
  });

  test("at DROP nobody sees them", async () => {
    expect((await check(FLAT, DIRTY)).checks.find((row) => row.hook === "INPUT")).toMatchObject({
      result: "equal",
    });
  });
});

test("own bits that are given although the old ruleset uses them are named", async () => {
  const old = filterOf(
    ["-A INPUT -m mark --mark 0x1/0x1 -j ACCEPT", "-A INPUT -s 10.0.0.1/32 -j ACCEPT"],
    "DROP",
  );
  const now = filterOf(["-A INPUT -s 10.0.0.1/32 -j ACCEPT"], "DROP");
  const given = await verify(rulesetOf(old), rulesetOf(now), { packets: 2000, ownBits: 0x1 });
  expect(given.limits[0]).toMatch(/^The old ruleset itself uses the mark bits 0x1:/);
  const found = await verify(rulesetOf(old), rulesetOf(now), { packets: 2000 });
  expect(found.result).toBe("different");
  expect(found.limits.join()).not.toContain("itself uses");
});
