/** Targets that find done what they do: a second NOTRACK, a constant that was just written. All judges have to say so, and the kernel. */
import { describe, expect, test } from "vitest";
import { checkInKernel } from "../../src/verify/kernel/check.ts";
import { nameOccurrences } from "../../src/verify/occurrences.ts";
import { verify } from "../../src/verify/verify.ts";
import { describeKernel } from "../kernel/harness.ts";
import { rulesetOf } from "./samples.ts";
import { enumerate } from "./small/enumerate.ts";

const tableOf = (name: string, targets: readonly string[]): string =>
  `*${name}\n:PREROUTING ACCEPT [0:0]\n${targets.map((target) => `-A PREROUTING -p tcp ${target}\n`).join("")}COMMIT\n`;

const LOG = "-j LOG --log-prefix seen";
const TTL = "-j TTL --ttl-set 9";

/** Table, old targets, new targets. */
type Case = readonly [table: string, old: readonly string[], now: readonly string[]];

const EQUAL: readonly Case[] = [
  ["raw", ["-j NOTRACK"], ["-j NOTRACK", "-j NOTRACK"]],
  ["raw", ["-j CT --notrack"], ["-j CT --notrack", "-j NOTRACK"]],
  ["raw", ["-j NOTRACK", LOG], ["-j NOTRACK", LOG, "-j CT --zone 3"]],
  ["raw", ["-j CT --zone 3"], ["-j CT --zone 3", "-j NOTRACK"]],
  ["mangle", [TTL], [TTL, TTL]],
  ["mangle", [TTL, LOG], [TTL, LOG, TTL]],
  ["mangle", ["-j DSCP --set-dscp 0x0a"], ["-j DSCP --set-dscp 0x0a", "-j DSCP --set-dscp 0x0a"]],
  ["mangle", ["-j TOS --set-tos 0x08/0x0c"], ["-j TOS --set-tos 0x08/0x0c", "-j TOS --set-tos 0x08/0x0c"]],
];

const DIFFERENT: readonly Case[] = [
  ["raw", [LOG], [LOG, LOG]],
  ["raw", ["-j NOTRACK"], ["-j CT --zone 3", "-j NOTRACK"]],
  ["mangle", ["-j TTL --ttl-dec 1"], ["-j TTL --ttl-dec 1", "-j TTL --ttl-dec 1"]],
  ["mangle", [TTL, "-j TTL --ttl-dec 1"], [TTL, "-j TTL --ttl-dec 1", TTL]],
  ["mangle", ["-j TOS --set-tos 0x08/0x04"], ["-j TOS --set-tos 0x08/0x04", "-j TOS --set-tos 0x08/0x04"]],
  [
    "mangle",
    ["-j TOS --set-tos 0x08/0xff", "-j DSCP --set-dscp 0x0a"],
    ["-j TOS --set-tos 0x08/0xff", "-j DSCP --set-dscp 0x0a", "-j TOS --set-tos 0x08/0xff"],
  ],
];

const cases = [
  ...EQUAL.map((one) => ["equal", ...one] as const),
  ...DIFFERENT.map((one) => ["different", ...one] as const),
];

describe("effects that are done already", () => {
  test.each(cases)("%s: %s %j, %j", async (expected, name, before, after) => {
    const [old, now] = [rulesetOf(tableOf(name, before)), rulesetOf(tableOf(name, after))];
    const proof = await verify(old, now, { packets: 500, crossCheck: true });
    expect([proof.result, proof.basis]).toEqual([expected, "proved"]);
    const samples = await verify(old, now, { packets: 2000, budget: 0 });
    expect(samples.result).toBe(expected);
    const [one, other] = [old.tables[0]!, now.tables[0]!];
    const pair = { old: one, new: other, names: nameOccurrences(one, other) };
    const settings = { ownBits: 0, connmarkBits: 0, anyMark: false, backend: null, most: 100_000 };
    expect(enumerate(pair, settings)!.difference === null).toBe(expected === "equal");
  });
});

describeKernel("effects that are done already, in the kernel", () => {
  test.each(EQUAL)("%s %j, %j", async (name, before, after) => {
    const [old, now] = [rulesetOf(tableOf(name, before)), rulesetOf(tableOf(name, after))];
    const reports = await checkInKernel(old, now, {
      backends: ["legacy", "nft"],
      packets: 60,
      seed: 1,
      ownBits: 0,
    });
    for (const { failure, sent, differences } of reports) {
      expect(failure).toBeUndefined();
      expect(sent).toBeGreaterThan(20);
      expect(differences).toEqual([]);
    }
  });
});
