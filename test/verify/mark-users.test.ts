/**
 * The checker and the planner each find out which mark bits a ruleset uses, in code of their own: a checker must not inherit the rewriter's beliefs. Here they
 * are asked about the same rules, and have to agree.
 */
import { expect, test } from "vitest";
import { usedMarkBits } from "../../src/cluster/marks/used-bits.ts";
import { findOwnBits } from "../../src/verify/own-bits.ts";
import { verify } from "../../src/verify/verify.ts";
import { readRuleset } from "../support/small-tables.ts";

const mangle = (...rules: readonly string[]): string =>
  ["*mangle", ":PREROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ...rules, "COMMIT", ""].join("\n");

/** Writes every bit, one a rule: what is left of them as own bits is what the old ruleset does not use. */
const EVERY_BIT = mangle(
  ...Array.from({ length: 32 }, (_, bit) => {
    const value = `0x${((1 << bit) >>> 0).toString(16)}`;
    return `-A OUTPUT -m length --length 1:${bit + 2} -j MARK --set-xmark ${value}/${value}`;
  }),
);

test.each([
  "-A OUTPUT -j MARK --set-xmark 0x10/0xff",
  "-A OUTPUT -j MARK --set-xmark 0x11/0xffffffff",
  "-A OUTPUT -j MARK --xor-mark 0x80",
  "-A OUTPUT -j MARK --and-mark 0xfffffff0",
  "-A OUTPUT -m mark --mark 0x2/0xf -j ACCEPT",
  "-A OUTPUT -m mark ! --mark 0x5 -j ACCEPT",
  "-A OUTPUT -m connmark --mark 0x1/0x3 -j ACCEPT",
  "-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff00 --ctmask 0xff",
  "-A OUTPUT -j CONNMARK --save-mark",
  "-A OUTPUT -j CONNMARK --set-xmark 0x7/0xffffffff",
  "-A OUTPUT -j CONNMARK --set-xmark 0x2/0x2 --right-shift-mark 1",
  "-A PREROUTING -p tcp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x3",
  "-A PREROUTING -p tcp -j TPROXY --on-port 1 --tproxy-mark 012/012",
  "-A PREROUTING -p tcp -j TPROXY --on-port 1",
  "-A PREROUTING -j HMARK --hmark-tuple src --hmark-mod 4 --hmark-rnd 1",
  "-A PREROUTING -j SET --map-set s src --map-mark",
  "-A PREROUTING -j IPMARK --addr src --and-mask 0xff --or-mask 0x1",
  "-A PREROUTING -m socket --restore-skmark",
  "-A PREROUTING -m socket --transparent",
  "-A PREROUTING -m nosuch --set-mark 1 -j ACCEPT",
  "-A PREROUTING -p tcp -j SYNPROXY --mss 1460",
  "-A OUTPUT -j ACCEPT",
])("%s", (rule) => {
  const old = readRuleset(mangle(rule), "v4");
  expect((~findOwnBits(old, readRuleset(EVERY_BIT, "v4")) >>> 0).toString(16)).toBe(
    usedMarkBits([old]).toString(16),
  );
});

test("a bit that a shifted restore may write is nobody's own: an open firewall is found", async () => {
  const marks = mangle(
    "-A PREROUTING -j CONNMARK --set-xmark 0x10/0xffffffff",
    "-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff --right-shift-mark 4",
  );
  const old = `${marks}*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n`;
  const now = `${marks}*filter\n:FORWARD DROP [0:0]\n:OK - [0:0]\n-A FORWARD -s 10.0.0.1/32 -j MARK --set-xmark 0x1/0x1\n-A FORWARD -m mark --mark 0x1/0x1 -g OK\n-A OK -j MARK --set-xmark 0x0/0x1\n-A OK -j ACCEPT\nCOMMIT\n`;
  expect((await verify(readRuleset(old, "v4"), readRuleset(now, "v4"))).result).toBe("different");
});
