/** Trees to rulesets: tables, chains, policies, jumps, sharing, and that nothing is half imported. */
import { describe, expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { diagnosticHelp } from "../../src/text/excerpt.ts";
import { codesOf, importText, tableAround } from "../support/models.ts";

describe("tables and chains", () => {
  const text = [
    "*nat",
    ":PREROUTING ACCEPT [1:2]",
    ":x - [0:0]",
    "COMMIT",
    "*filter",
    ":INPUT DROP [0:0]",
    ":b - [0:0]",
    ":a -",
    "-A a -j ACCEPT",
    "-A INPUT -j a",
    "[5:6] -A a -j b  ",
    "COMMIT",
  ].join("\n");

  test("stand in the order of the file, with their lines", () => {
    const { ruleset } = importText(text, "v4");
    const outline = ruleset?.tables.map(({ name, firstLine, lastLine, chains }) => {
      return [
        name,
        firstLine,
        lastLine,
        ...chains.map((chain) => `${chain.name} ${chain.policy} ${chain.line}`),
      ];
    });
    expect(outline).toEqual([
      ["nat", 1, 4, "PREROUTING ACCEPT 2", "x null 3"],
      ["filter", 5, 12, "INPUT DROP 6", "b null 7", "a null 8"],
    ]);
  });

  test("rules keep their line, text and counters", () => {
    const { ruleset } = importText(text, "v4");
    const rules = ruleset?.tables[1]?.chains[2]?.rules ?? [];
    expect(rules.map(({ chain, line, text, counters }) => [chain, line, text, counters])).toEqual([
      ["a", 9, "-A a -j ACCEPT", null],
      ["a", 11, "[5:6] -A a -j b  ", { packets: "5", bytes: "6" }],
    ]);
  });

  test("a base chain with rules but no declaration is there, with a warning", () => {
    const imported = importText("*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n", "v4");
    expect(codesOf(imported)).toEqual(["POLICY_NOT_SET"]);
    expect(imported.ruleset?.tables[0]?.chains[0]).toMatchObject({
      name: "POSTROUTING",
      policy: "ACCEPT",
      line: 0,
    });
  });

  test("rules of a base chain that stand before its declaration are kept, as iptables-restore keeps them", () => {
    const rules = ["-A INPUT -s 10.0.0.1 -j DROP", ":INPUT DROP [0:0]", "-A INPUT -s 10.0.0.2 -j DROP"];
    const { ruleset } = importText(`*filter\n${rules.join("\n")}\nCOMMIT\n`, "v4");
    const [chain, second] = ruleset!.tables[0]!.chains;
    expect(second).toBeUndefined();
    expect(chain).toMatchObject({ name: "INPUT", policy: "DROP", line: 3 });
    expect(chain!.rules.map(({ line }) => line)).toEqual([2, 4]);
  });

  test("equal matches and targets are one object, those with a finding are reported for each rule", () => {
    const rule = "-s 10.0.0.1 -p tcp --dport 22 -j LOG --log-prefix x";
    const { ruleset } = importText(tableAround(rule, rule), "v4");
    const [one, other] = ruleset!.tables[0]!.chains[0]!.rules;
    expect(one!.matches.every((match, index) => match === other!.matches[index])).toBe(true);
    expect(one!.target).toBe(other!.target);
    const odd = "-p tcp --dport 2:1";
    expect(codesOf(importText(tableAround(odd, odd), "v4"))).toEqual(["INVERTED_RANGE", "INVERTED_RANGE"]);
  });

  test("the same name is a chain in one table and none in another", () => {
    const both =
      "*nat\n:FROB - [0:0]\n:OUTPUT ACCEPT\n-A OUTPUT -j FROB\nCOMMIT\n*filter\n:OUTPUT ACCEPT\n-A OUTPUT -j FROB\nCOMMIT\n";
    const { ruleset } = importText(both, "v4");
    const kinds = ruleset?.tables.flatMap((table) =>
      table.chains.flatMap((chain) => chain.rules.map((rule) => rule.target.kind)),
    );
    expect(kinds).toEqual(["jump", "extension"]);
  });
});

describe("numbers with a leading 0", () => {
  // iptables 1.8.9 reads all of them as octal: 10.0.0.0/016 is a /14.
  test.each<[string, string, Family?]>([
    ["-s 10.0.0.0/016", "BAD_ADDRESS"],
    ["-s 10.0.0.0/00", "BAD_ADDRESS"],
    ["-s 10.0.0.0/255.0.00.0", "BAD_ADDRESS"],
    ["-s ::1/064", "BAD_ADDRESS", "v6"],
    ["-m iprange --src-range 010.0.0.1-11.0.0.1", "BAD_ADDRESS"],
    ["-p 010", "UNKNOWN_PROTOCOL"],
    ["-p icmp --icmp-type 010", "UNKNOWN_ICMP_TYPE"],
    ["-p icmp --icmp-type 3/010", "UNKNOWN_ICMP_TYPE"],
    ["-p icmpv6 --icmpv6-type 0200", "UNKNOWN_ICMP_TYPE", "v6"],
    ["-p tcp --tcp-option 010", "BAD_NUMBER"],
    ["-p tcp --dport 1:010", "BAD_PORT"],
    ["-p tcp -m multiport --dports 1,010", "BAD_PORT"],
    ["-m mark --mark 010", "BAD_NUMBER"],
    ["-m mark --mark 0x10/010", "BAD_NUMBER"],
    ["-j MARK --set-mark 010", "BAD_NUMBER"],
    ["-j CONNMARK --save-mark --mask 010", "BAD_NUMBER"],
    ["-j LOG --log-level 07", "BAD_NUMBER"],
  ])("%s is refused, and the help says why", (rule, code, family = "v4") => {
    const imported = importText(tableAround(rule), family);
    expect(codesOf(imported)).toEqual([code]);
    expect(diagnosticHelp(imported.diagnostics[0]!)).toContain("octal");
  });

  test("zeros that are not octal are no reason", () => {
    expect(codesOf(importText(tableAround("-s 2001:0db8::01/64"), "v6"))).toEqual([]);
    const imported = importText(tableAround("-s 2001:0db8::01/129"), "v6");
    expect(diagnosticHelp(imported.diagnostics[0]!)).toBeUndefined();
  });
});

describe("errors", () => {
  test("one error, and nothing is imported, but everything is reported", () => {
    const imported = importText(tableAround("-j ACCEPT", "-p tcp --dprot 1", "-s 1.2.3.4.5", "-j"), "v4");
    expect(imported.ruleset).toBeNull();
    expect(codesOf(imported)).toEqual(["UNKNOWN_MATCH_OPTION", "BAD_ADDRESS", "MISSING_VALUE"]);
  });

  test("several errors in one rule", () => {
    const imported = importText(tableAround("-s 1.2.3.4/33 -p tcp --dport 70000 -m state --state FOO"), "v4");
    expect(codesOf(imported)).toEqual(["BAD_ADDRESS", "BAD_PORT", "UNKNOWN_STATE"]);
  });

  test.each<[string, readonly string[]]>([
    ["-p tcp --sport 1 --source-port 2", ["OPTION_TWICE"]],
    ["-p tcp --syn --tcp-flags ALL NONE", ["OPTION_TWICE"]],
    ["-p tcp -m multiport --sports 1 --dports 2", ["OPTION_TWICE"]],
    ["-m tcp --dport 22", ["NEEDS_PROTOCOL"]],
    ["! -p tcp -m tcp --dport 22", ["NEEDS_PROTOCOL"]],
    ["--dport 22 -p tcp", ["OPTION_NEEDS_MODULE"]],
    ["-p tcp -m udp --dport 22", ["NEEDS_PROTOCOL"]],
    ["-ptcp", ["GLUED_VALUE"]],
    ["-p=tcp", ["GLUED_VALUE"]],
    ["! -s1.2.3.4", ["GLUED_VALUE"]],
    ["--source=1.2.3.4", ["GLUED_VALUE"]],
    ["--out-interface=eth0", ["GLUED_VALUE"]],
    ["-jACCEPT", ["GLUED_VALUE"]],
    ["--jump=ACCEPT", ["GLUED_VALUE"]],
    ["! -p all", ["NOT_NEGATABLE"]],
    ["! -j ACCEPT", ["NOT_NEGATABLE"]],
    ["!", ["UNEXPECTED_WORD"]],
    ['"-s" 10.0.0.1', ["UNEXPECTED_WORD"]],
    ["-6", ["OTHER_FAMILY"]],
    ["-j ACCEPT --ipv6", ["OTHER_FAMILY"]],
    ["-m esp --espspi 5", ["NEEDS_PROTOCOL"]],
    ["-m ah --ahspi 5", ["NEEDS_PROTOCOL"]],
    ["-m state --state NEW,", ["UNKNOWN_STATE"]],
    ["-p tcp --tcp-flags , SYN", ["UNKNOWN_FLAG"]],
    ["-c 1,x", ["MISSING_VALUE"]],
    ["--s 10.0.0.1", ["AMBIGUOUS_OPTION"]],
    ["-p tcp --dport 022", ["BAD_PORT"]],
    ["-p tcp --dport 1:2:3", ["BAD_PORT"]],
    ["-p tcp --tcp-option 0", ["BAD_NUMBER"]],
    ["-p icmp --icmp-type echo", ["UNKNOWN_ICMP_TYPE"]],
    ["-p icmp --icmp-type 8/256", ["UNKNOWN_ICMP_TYPE"]],
    ["-m state --state SNAT", ["UNKNOWN_STATE"]],
    ["-m comment --comment a --comment b", ["OPTION_TWICE"]],
    ["-j LOG --log-uid --log-uid", ["OPTION_TWICE"]],
    ["-j MARK", ["NEEDS_OPTION"]],
    ["-j MARK --set-mark 1 --or-mark 2", ["OPTION_TWICE"]],
    ["-j MARK --set-mark x", ["BAD_NUMBER"]],
    ["-j CONNMARK --save-mark --mask 1 --nfmask 2", ["OPTION_TWICE"]],
    ["-j CONNMARK --set-mark 1 --mask 2", ["UNEXPECTED_WORD"]],
    ['-i ""', ["MISSING_VALUE"]],
    ["-c 1 x", ["BAD_COUNTERS"]],
    ["-g nowhere", ["GOTO_TARGET"]],
  ])("%s", (rule, expected) => {
    const imported = importText(tableAround(rule), "v4");
    expect(codesOf(imported)).toEqual(expected);
    expect(imported.ruleset).toBeNull();
  });

  test("a loop is an error only where packets can get into it", () => {
    const loop = (start: string) =>
      `*filter\n:INPUT ACCEPT\n:a -\n:b -\n:c -\n-A a -j b\n-A b -g c\n-A c -j a\n${start}COMMIT\n`;
    expect(codesOf(importText(loop(""), "v4"))).toEqual([]);
    const reached = importText(loop("-A INPUT -j b\n"), "v4");
    expect(codesOf(reached)).toEqual(["CHAIN_LOOP"]);
    expect(reached.diagnostics[0]!.args.path).toBe("b -> c -> a -> b");
  });

  test("two ways to one chain are no loop", () => {
    const diamond =
      "*filter\n:INPUT ACCEPT\n:a -\n:b -\n-A INPUT -j a\n-A INPUT -j b\n-A a -j b\n-A b -j DROP\nCOMMIT\n";
    expect(codesOf(importText(diamond, "v4"))).toEqual([]);
  });

  test("ten thousand nested chains do not overflow anything", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `c${index}`);
    const jumps = names.slice(1).map((name, index) => `-A c${index} -j ${name}`);
    const text = [
      "*filter",
      ":INPUT ACCEPT",
      ...names.map((name) => `:${name} -`),
      "-A INPUT -j c0",
      ...jumps,
      "COMMIT",
      "",
    ];
    expect(codesOf(importText(text.join("\n"), "v4"))).toEqual([]);
  });
});
