/** Which bits count as used, row by row; which are chosen. */
import { describe, expect, test } from "vitest";
import type { Axis } from "../../src/model/types.ts";
import { carryMarkBits } from "../../src/plan/carry-bits.ts";
import { usedMarkBits } from "../../src/cluster/marks/used-bits.ts";
import { chooseMarkBits, findWholeMarkReaders } from "../../src/plan/marks.ts";
import { readRuleset } from "../support/small-tables.ts";

function mangle(...rules: readonly string[]): string {
  return ["*mangle", ":PREROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ...rules, "COMMIT", ""].join("\n");
}

const used = (rule: string): string => `0x${usedMarkBits([readRuleset(mangle(rule), "v4")]).toString(16)}`;

describe("used bits", () => {
  test.each([
    ["-A OUTPUT -j MARK --set-xmark 0x10/0xff", "0xff"],
    ["-A OUTPUT -j MARK --set-xmark 0x11/0xffffffff", "0x11"],
    ["-A OUTPUT -j MARK --set-mark 0x100/0x3", "0x103"],
    ["-A OUTPUT -j MARK --or-mark 0x40", "0x40"],
    ["-A OUTPUT -j MARK --xor-mark 0x80", "0x80"],
    ["-A OUTPUT -j MARK --and-mark 0xfffffff0", "0xf"],
    ["-A OUTPUT -m mark --mark 0x2/0xf -j ACCEPT", "0xf"],
    ["-A OUTPUT -m mark --mark 0x5 -j ACCEPT", "0x5"],
    ["-A OUTPUT -m connmark --mark 0x1/0x3 -j ACCEPT", "0x3"],
    ["-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff00 --ctmask 0xff", "0xffff"],
    ["-A OUTPUT -j CONNMARK --save-mark", "0x0"],
    ["-A OUTPUT -j CONNMARK --set-xmark 0x7/0xffffffff", "0x7"],
    ["-A PREROUTING -p tcp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x3", "0x3"],
    ["-A PREROUTING -p tcp -j TPROXY --on-port 1", "0x0"],
    ["-A PREROUTING -p tcp -j TPROXY --on-port 1 --tproxy-mark 012/012", "0xffffffff"],
    ["-A PREROUTING -j HMARK --hmark-tuple src --hmark-mod 4 --hmark-rnd 1", "0xffffffff"],
    ["-A PREROUTING -j SET --map-set s src --map-mark", "0xffffffff"],
    ["-A OUTPUT -j CONNMARK --set-xmark 0x2/0x2 --right-shift-mark 1", "0xffffffff"],
    ["-A OUTPUT -j IPMARK --addr src --and-mask 0xff", "0xffffffff"],
    ["-A PREROUTING -m socket --restore-skmark", "0xffffffff"],
    ["-A PREROUTING -m socket --transparent", "0x0"],
    ["-A OUTPUT -j ACCEPT", "0x0"],
  ])("%s: %s", (rule, bits) => expect(used(rule)).toBe(bits));

  test("bits of software whose chains are there", () => {
    const text = "*filter\n:INPUT ACCEPT [0:0]\n:KUBE-FIREWALL - [0:0]\n:ts-input - [0:0]\nCOMMIT\n";
    expect(usedMarkBits([readRuleset(text, "v4")])).toBe(0x00ffc000);
  });
});

test("one bit an axis, lowest free ones first; null when they run out", () => {
  const axes = new Set<Axis>(["source", "service", "out"]);
  expect(chooseMarkBits(axes, 0)).toEqual({ source: 1, service: 2, out: 4 });
  expect(chooseMarkBits(axes, 0x7ffffff5)).toEqual({ source: 2, service: 8, out: 0x80000000 });
  expect(chooseMarkBits(axes, 0xfffffffa)).toBeNull();
});

test("rules that read the whole mark are found, those under a mask are not", () => {
  const ruleset = readRuleset(
    mangle(
      "-A OUTPUT -m mark --mark 0x5 -j ACCEPT",
      "-A OUTPUT -m mark --mark 0x5/0xf0 -j ACCEPT",
      "-A OUTPUT -j CONNMARK --save-mark",
    ),
    "v4",
  );
  expect(findWholeMarkReaders(ruleset, 0x2).map(({ rule }) => rule.line)).toEqual([4, 6]);
});

describe("when a plan is made again", () => {
  const fresh = { source: 0x1, destination: 0x2, service: 0x4 };
  test.each([
    ["bits that nobody moved are chosen anew", { source: 0x1, service: 0x2 }, 0, fresh, []],
    [
      "bits that were moved stay, and another axis gets one beside them",
      { source: 0x2, service: 0x1 },
      0,
      { source: 0x2, destination: 0x4, service: 0x1 },
      [],
    ],
    [
      "the highest bit stays",
      { source: 0x80000000, destination: 0x2, service: 0x4 },
      0x1,
      { source: 0x80000000, destination: 0x2, service: 0x4 },
      [],
    ],
    [
      "a bit that the ruleset uses now gives way, and that is told",
      { source: 0x10, destination: 0x20, service: 0x40 },
      0x20,
      { source: 0x10, destination: 0x1, service: 0x40 },
      ["the destination groups' mark bit was 0x20, which is not free any more; it is 0x1 now"],
    ],
  ])("%s", (_, previous, taken, markBits, moved) => {
    expect(carryMarkBits(previous, fresh, taken)).toEqual({ markBits, moved });
  });
});
