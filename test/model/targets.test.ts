/** Targets: what they do to a packet, and how they read. */
import { describe, expect, test } from "vitest";
import { TARGET_ROWS } from "../../src/model/target-table.ts";
import {
  canonicalText,
  codesOf,
  importRule,
  importText,
  readRuleModel,
  tableAround,
} from "../support/models.ts";

describe("meaning", () => {
  test.each<[string, object]>([
    ["", { kind: "none", text: "" }],
    ["-j ACCEPT", { kind: "verdict", verdict: "ACCEPT" }],
    ["--jump RETURN", { kind: "verdict", verdict: "RETURN" }],
    ["-j sub", { kind: "jump", chain: "sub" }],
    ["-g sub", { kind: "goto", chain: "sub" }],
    ["-j MARK --set-mark 0x10", { kind: "mark", clear: 0xffffffff, flip: 16 }],
    ["-j MARK --set-mark 0x10/0xf", { kind: "mark", clear: 0x1f, flip: 16 }],
    ["-j MARK --set-xmark 0x10/0xf", { kind: "mark", clear: 0xf, flip: 16 }],
    ["-j MARK --or-mark 0x80000000", { kind: "mark", clear: 0x80000000, flip: 0x80000000 }],
    ["-j MARK --and-mark 0xf", { kind: "mark", clear: 0xfffffff0, flip: 0 }],
    ["-j MARK --xor-mark 0xf", { kind: "mark", clear: 0, flip: 15 }],
    ["-j CONNMARK --set-mark 2/3", { kind: "connmark", operation: { kind: "set", clear: 3, flip: 2 } }],
    ["-j CONNMARK --save-mark", { operation: { kind: "save", nfmask: 0xffffffff, ctmask: 0xffffffff } }],
    ["-j CONNMARK --restore-mark --mask 0xff", { operation: { kind: "restore", nfmask: 255, ctmask: 255 } }],
    [
      "-j CONNMARK --restore-mark --ctmask 1 --nfmask 2",
      { operation: { kind: "restore", nfmask: 2, ctmask: 1 } },
    ],
    [
      "-j CONNMARK --set-xmark 1/1 --left-shift-mark 2",
      { kind: "extension", name: "CONNMARK", ends: "never" },
    ],
    ["-j REJECT", { kind: "extension", name: "REJECT", ends: "always" }],
    ["-j LOG --log-prefix x", { kind: "extension", name: "LOG", ends: "never" }],
    ["-p tcp -j TPROXY --on-port 1", { kind: "extension", name: "TPROXY", ends: "unknown" }],
    ["-j FOO --bar 1", { kind: "extension", name: "FOO", ends: "unknown" }],
  ])("%s", (rule, expected) => {
    expect(readRuleModel(rule).target).toMatchObject(expected);
  });

  test("a packet's walk ends at these always, at those it may", () => {
    const names = (ends: string) =>
      [...TARGET_ROWS.values()].filter((row) => row.ends === ends).map((row) => row.name);
    expect(names("always")).toEqual([
      "BALANCE",
      "DNAT",
      "MASQUERADE",
      "NETMAP",
      "NFQUEUE",
      "REDIRECT",
      "REJECT",
      "SAME",
      "SNAT",
    ]);
    expect(names("unknown")).toEqual(["CLUSTERIP", "MIRROR", "SYNPROXY", "TARPIT", "TPROXY"]);
  });
});

describe("canonical text", () => {
  test.each<[string, string]>([
    ["-j REJECT", "-j REJECT --reject-with icmp-port-unreachable"],
    ["-j REJECT --reject-with host-prohib", "-j REJECT --reject-with icmp-host-prohibited"],
    ["-p tcp -j REJECT --reject-with tcp-rst", "-p tcp -j REJECT --reject-with tcp-reset"],
    ["-j MARK --set-mark 16", "-j MARK --set-xmark 0x10/0xffffffff"],
    ["-j MARK --and-mark 0x10", "-j MARK --set-xmark 0x0/0xffffffef"],
    ["-j CONNMARK --save-mark --mask 3", "-j CONNMARK --save-mark --nfmask 0x3 --ctmask 0x3"],
    ['-j LOG --log-prefix "a b: " --log-uid', '-j LOG --log-prefix "a b: " --log-uid'],
    ["-j LOG -s 10.0.0.1", "-s 10.0.0.1/32 -j LOG"],
    ["-j LOG --log-level frob", "-j LOG --log-level frob"],
    // 17 letters, 34 bytes in UTF-8: cut or not, never equal to another prefix.
    [`-j LOG --log-prefix ${"é".repeat(17)}`, `-j LOG --log-prefix "${"é".repeat(17)}"`],
    ["-j FOO --bar x -m mark --mark 1", "-m mark --mark 0x1 -j FOO --bar x"],
    [
      "-p tcp -j DNAT --to-destination 10.0.0.1:80 --persistent",
      "-p tcp -j DNAT --to-destination 10.0.0.1:80 --persistent",
    ],
  ])("%s", (rule, expected) => {
    expect(canonicalText(readRuleModel(rule))).toBe(expected);
  });

  test("IPv6 answers with its own types", () => {
    expect(readRuleModel("-j REJECT", "v6").target.text).toBe(
      "-j REJECT --reject-with icmp6-port-unreachable",
    );
    expect(readRuleModel("-j REJECT --reject-with no-route", "v6").target.text).toContain("icmp6-no-route");
    expect(codesOf(importRule("-j REJECT --reject-with host-prohib", "v6"))).toEqual(["UNKNOWN_REJECT_TYPE"]);
  });
});

describe("names", () => {
  test("a name in capitals that nothing knows is an extension, with a warning", () => {
    expect(codesOf(importRule("-j FROB"))).toEqual(["UNKNOWN_TARGET"]);
    expect(codesOf(importRule("-j frob --x 1"))).toEqual(["UNKNOWN_TARGET"]);
  });

  test("another name is a chain that is missing", () => {
    const imported = importRule("-j Sub");
    expect(codesOf(imported)).toEqual(["MISSING_CHAIN"]);
    expect(imported.diagnostics[0]!.args).toMatchObject({ nearest: "sub" });
  });

  test("a chain that is declared after the jump does not count", () => {
    const text = tableAround("-j later").replace("COMMIT", ":later - [0:0]\nCOMMIT");
    expect(codesOf(importText(text, "v4"))).toEqual(["MISSING_CHAIN"]);
  });

  test("a chain may be named like a target that iptables no longer has", () => {
    const text = tableAround("-j SAME").replace(":sub", ":SAME");
    expect(importText(text, "v4").ruleset?.tables[0]?.chains[0]?.rules[0]?.target).toMatchObject({
      kind: "jump",
    });
  });
});
