/** The text that is loaded, what a ruleset uses, and what is missing to send packets: all without a kernel. */
import { describe, expect, test } from "vitest";
import { readArrival, readFate } from "../../../src/verify/kernel/fate.ts";
import { findMissing, type Surroundings } from "../../../src/verify/kernel/requirements.ts";
import { emptyText, ipsetsText, LogTexts, restoreText } from "../../../src/verify/kernel/restore-text.ts";
import { keepsState, unobservedOf, usesConnections } from "../../../src/verify/kernel/uses.ts";
import { filterOf, rulesetOf } from "../samples.ts";

const rulesOf = (...rules: readonly string[]) => rulesetOf(filterOf(rules));

describe("the text that is loaded", () => {
  test("is the ruleset's own, with logging rules told by number", () => {
    const logs = new LogTexts();
    const ruleset = rulesOf(
      '-A INPUT -s 10.0.0.1 -j LOG --log-prefix "in: "',
      "-A INPUT -j ACCEPT",
      '-A FORWARD -j LOG --log-prefix "in: "',
      "-A FORWARD -j NFLOG",
    );
    const text = restoreText(ruleset.tables, logs);
    expect(text).toContain(
      "-A INPUT -s 10.0.0.1/32 -j NFLOG --nflog-group 4242 --nflog-prefix mk:0\n-A INPUT -j ACCEPT\n",
    );
    expect(text).toContain(
      "-A FORWARD -j NFLOG --nflog-group 4242 --nflog-prefix mk:0\n-A FORWARD -j NFLOG --nflog-group 4242 --nflog-prefix mk:1\n",
    );
    expect([logs.textOf("mk:0"), logs.textOf("mk:1"), logs.textOf("other"), logs.textOf("mk:9")]).toEqual([
      'LOG --log-prefix "in: "',
      "NFLOG",
      null,
      null,
    ]);
    expect(emptyText([...ruleset.tables, ...ruleset.tables])).toBe("*filter\nCOMMIT\n");
  });

  test("names each set once", () => {
    const ruleset = rulesOf(
      "-A INPUT -m set --match-set bad src -j DROP",
      "-A INPUT -m set ! --match-set bad dst -j SET --add-set seen src",
    );
    expect(ipsetsText([ruleset, ruleset])).toBe(
      "create bad hash:net family inet\ncreate seen hash:net family inet\n",
    );
  });
});

describe("what rulesets use", () => {
  test.each([
    ["-A INPUT -m state --state NEW -j ACCEPT", true],
    ["-A INPUT -m connlimit --connlimit-above 3 -j DROP", true],
    ["-A INPUT -j CONNMARK --save-mark", true],
    ["-A INPUT -p tcp -m tcp --dport 80 -m mark --mark 1 -j ACCEPT", false],
  ])("%s: connection tracking %s", (rule, expected) => {
    expect(usesConnections(rulesOf(rule).tables)).toBe(expected);
  });

  test("says what can't be seen", () => {
    expect(keepsState([rulesOf("-A INPUT -m limit --limit 1/sec -j ACCEPT")])).toBe(true);
    expect(keepsState([rulesOf("-A INPUT -j LOG")])).toBe(false);
    const sentences = unobservedOf([
      rulesOf(
        "-A INPUT -j LOG",
        "-A INPUT -j TEE --gateway 10.0.0.1",
        "-A INPUT -m set --match-set a src -j REJECT",
        "-A INPUT",
      ),
    ]).join("\n");
    for (const part of ["LOG", "TEE", "REJECT", "Sets", "Counters"]) expect(sentences).toContain(part);
    expect(unobservedOf([rulesOf("-A INPUT -j ACCEPT")])).toEqual([]);
  });
});

describe("what is missing", () => {
  const all: Surroundings = { platform: "linux", user: 0, canRun: () => true, canOpen: () => true };
  const without = (changes: Partial<Surroundings>, sets = false) =>
    findMissing("v6", ["legacy", "nft"], sets, { ...all, ...changes }).map(
      ({ what, debianPackage }) => `${what}/${debianPackage}`,
    );

  test("nothing, Linux, root, programs with their package, the device", () => {
    expect(without({})).toEqual([]);
    expect(without({ platform: "darwin" })).toEqual(["Linux/null"]);
    expect(without({ user: 1000, canOpen: () => false })).toEqual(["root/null"]);
    expect(without({ canOpen: () => false })).toEqual(["/dev/net/tun/null"]);
    expect(without({ canRun: () => false })).toEqual([
      "python3/python3",
      "ip/iproute2",
      "ip6tables-legacy-restore/iptables",
      "ip6tables-nft-restore/iptables",
    ]);
    expect(without({ canRun: (name) => name !== "ipset" })).toEqual([]);
    expect(without({ canRun: (name) => name !== "ipset" }, true)).toEqual(["ipset/ipset"]);
  });
});

describe("the fate of a packet", () => {
  const logs = new LogTexts();
  logs.number("LOG");
  const event = (told: string, mark = 0, more: object = {}) => ({ told, mark, ...more });
  const unreachable = `4500003800000000400100000a0000020a000001030d0000${"00".repeat(36)}`;

  test("is where it left, with what mark, and what was told on the way", () => {
    const events = [
      event("FORWARD<", 5),
      event("FORWARD?<", 8),
      event("FORWARD!<", 16),
      event("FORWARD#<", 7),
      event("mk:0", 5),
      event("POSTROUTING#>", 9),
      event("POSTROUTING>", 6, { out: "eth1", bytes: "45" }),
    ];
    expect(readArrival(events, "FORWARD")).toEqual({ mark: 5, state: 8 | 32, connmark: 7 });
    expect(readFate(events, ["INPUT", "POSTROUTING"], logs)).toEqual({
      verdict: "accepted",
      out: "eth1",
      mark: "0x6",
      connmark: "0x9",
      bytes: "45",
      answers: [],
      logs: ["LOG (mark 0x5)"],
    });
  });

  test("is dropped without an end, rejected with an answer; neighbour discovery is no answer", () => {
    expect(readArrival([], "INPUT")).toBeNull();
    expect(readFate([event("INPUT<")], ["INPUT"], logs).verdict).toBe("dropped");
    expect(readFate([event("answer", 0, { bytes: unreachable })], ["INPUT"], logs)).toMatchObject({
      verdict: "rejected",
      answers: ["icmp 3/13"],
    });
    const noise = `6000000000003aff${"00".repeat(32)}8700`;
    expect(readFate([event("answer", 0, { bytes: noise })], ["INPUT"], logs).verdict).toBe("dropped");
  });
});
