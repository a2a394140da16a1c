/** Which calls and chains are a product already, and which only look like one. */
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { findTrees } from "../../src/cluster/trees.ts";
import { importRuleset } from "../../src/import/import.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { filterTable, NO_OPTIONS, readRuleset } from "../support/small-tables.ts";

const SOURCES = ["-A T0 -s 10.0.0.1/32 -j T1", "-A T0 -s 10.0.0.2/32 -j T1"];
const TARGETS = ["-A T1 -d 10.9.0.1/32 -j ACCEPT", "-A T1 -d 10.9.0.2/32 -j ACCEPT"];
const CALL = "-A FORWARD -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -j T0";

function treesOf(rules: readonly string[], keepChains: readonly string[] = []) {
  const { tables } = readRuleset(filterTable(rules), "v4");
  return findTrees(tables[0]!, "v4", { ...NO_OPTIONS, keepChains }).filter(
    ({ chain }) => chain === "FORWARD",
  );
}

/** `source 2 x destination 2 -> -j ACCEPT, without T0 T1` for each reading of each tree. */
function describeTrees(...parameters: Parameters<typeof treesOf>): string[] {
  return treesOf(...parameters).flatMap(({ variants }) =>
    variants.map(({ sets, template, replaces }) => {
      const product = sets.map(({ axis, members }) => `${axis} ${members.length}`).join(" x ");
      return `${product} -> ${template.rule.target.text}, without ${replaces.join(" ")}`;
    }),
  );
}

describe("trees", () => {
  test.each<[string, string[], string[]]>([
    [
      "of two levels",
      [CALL, ...SOURCES, ...TARGETS],
      ["source 2 x destination 2 -> -j ACCEPT, without T0 T1"],
    ],
    [
      "of three levels",
      [
        CALL,
        ...SOURCES,
        ...TARGETS.map((rule) => rule.replace("ACCEPT", "T2")),
        "-A T2 -o eth0 -j DROP",
        "-A T2 -o eth1 -j DROP",
      ],
      ["source 2 x destination 2 x out 2 -> -j DROP, without T0 T1 T2"],
    ],
    ["with a level of one member", [CALL, ...SOURCES, TARGETS[0]!], ["source 2 -> -j ACCEPT, without T0 T1"]],
    [
      "with ports in a list",
      [CALL.replace("-m tcp --dport 22", "-m tcp -m multiport --dports 22,80"), ...SOURCES, ...TARGETS],
      [
        "source 2 x destination 2 -> -j ACCEPT, without T0 T1",
        "source 2 x destination 2 x service 2 -> -j ACCEPT, without T0 T1",
      ],
    ],
    [
      "of several calls with a service each",
      [CALL, CALL.replace("22", "80"), CALL.replace(/tcp/g, "udp"), ...SOURCES, ...TARGETS],
      ["source 2 x destination 2 x service 3 -> -j ACCEPT, without T0 T1"],
    ],
    [
      "of several calls with an address each",
      [
        "-A FORWARD -d 10.9.0.1/32 -i eth0 -j T0",
        "-A FORWARD -d 10.9.0.2/32 -i eth0 -j T0",
        "-A T0 -s 10.0.0.1/32 -j ACCEPT",
        "-A T0 -s 10.0.0.2/32 -j ACCEPT",
      ],
      ["source 2 x destination 2 -> -j ACCEPT, without T0"],
    ],
    [
      "that end in a chain with a log",
      [
        CALL,
        ...SOURCES,
        ...TARGETS.map((rule) => rule.replace("ACCEPT", "RULE_6")),
        "-A RULE_6 -j LOG",
        "-A RULE_6 -j ACCEPT",
      ],
      ["source 2 x destination 2 -> -j RULE_6, without T0 T1"],
    ],
    [
      "that end in a chain with exceptions",
      [CALL, ...SOURCES, "-A T1 -d 10.9.0.1/32 -j RETURN", "-A T1 -j LOG", "-A T1 -j ACCEPT"],
      ["source 2 -> -j T1, without T0"],
    ],
    [
      "that are calls alone",
      [
        "-A FORWARD -s 10.0.0.1/32 -j RULE_0",
        "-A FORWARD -s 10.0.0.2/32 -j RULE_0",
        "-A INPUT -j RULE_0",
        "-A RULE_0 -j LOG",
        "-A RULE_0 -j DROP",
      ],
      ["source 2 -> -j RULE_0, without "],
    ],
  ])("%s", (_, rules, expected) => expect(describeTrees(rules)).toEqual(expected));

  test.each<[string, string[]]>([
    ["a chain that others call, too", [CALL, "-A INPUT -j T0", ...SOURCES, ...TARGETS]],
    ["a chain that others go to", [CALL, "-A INPUT -g T0", ...SOURCES, ...TARGETS]],
    ["a rule that tests something else", [CALL, ...SOURCES, ...TARGETS, "-A T0 -p udp -j T1"]],
    ["a rule that counts", [CALL, "-A T0 -m limit --limit 1/s -s 10.0.0.3/32 -j T1", ...SOURCES, ...TARGETS]],
    ["a rule without a target", [CALL, ...SOURCES, ...TARGETS, "-A T0 -s 10.0.0.3/32"]],
    ["a call that counts", [CALL.replace("NEW", "NEW -m limit --limit 1/s"), ...SOURCES, ...TARGETS]],
    [
      "a chain that ends in RETURN",
      [CALL, "-A T0 -s 10.0.0.1/32 -j RETURN", "-A T0 -s 10.0.0.2/32 -j RETURN"],
    ],
    ["a negated member", [CALL, "-A T0 ! -s 10.0.0.1/32 -j ACCEPT", "-A T0 ! -s 10.0.0.2/32 -j ACCEPT"]],
    ["a goto", [CALL.replace("-j T0", "-g T0"), ...SOURCES, ...TARGETS]],
    [
      "a last chain that logs what it sends back",
      [CALL, ...SOURCES, "-A T1 -j LOG", "-A T1 -d 10.9.0.1/32 -j ACCEPT"],
    ],
    [
      "a last chain that marks and returns",
      [
        CALL,
        ...SOURCES,
        "-A T1 -j MARK --set-xmark 0x100/0x100",
        "-A T1 -d 10.9.0.1/32 -j RETURN",
        "-A T1 -j ACCEPT",
      ],
    ],
    [
      "a last chain with a module that nobody knows",
      [CALL, ...SOURCES, "-A T1 -m somewhat --else 1 -j DROP", "-A T1 -j ACCEPT"],
    ],
    [
      "calls whose services need headers of different length",
      [
        CALL,
        CALL.replace("-m tcp --dport 22", "-m tcp -m multiport --dports 80,443"),
        ...SOURCES,
        ...TARGETS,
      ],
    ],
    [
      "calls that differ in an address and read a header",
      [
        "-A FORWARD -d 10.9.0.1/32 -p tcp -m tcp --dport 22 -j T0",
        "-A FORWARD -d 10.9.0.2/32 -p tcp -m tcp --dport 22 -j T0",
        "-A T0 -s 10.0.0.1/32 -j ACCEPT",
        "-A T0 -s 10.0.0.2/32 -j ACCEPT",
      ],
    ],
    [
      "a call with a rule between",
      [
        "-A FORWARD -s 10.0.0.1/32 -j T0",
        "-A FORWARD -j LOG",
        "-A FORWARD -s 10.0.0.2/32 -j T0",
        "-A T0 -d 10.9.0.1/32 -j ACCEPT",
        "-A T0 -d 10.9.0.2/32 -j ACCEPT",
      ],
    ],
  ])("are not: %s", (_, rules) => expect(describeTrees(rules)).toEqual([]));

  test("chains that are kept are no part of them", () => {
    expect(describeTrees([CALL, ...SOURCES, ...TARGETS], ["T1"])).toEqual([]);
    expect(describeTrees([CALL, ...SOURCES, ...TARGETS], ["FORWARD"])).toEqual([]);
  });

  test("rings, which the kernel takes where nothing leads to them, and endless rows of chains end the search", () => {
    const ring = [
      "-A LOST -s 10.0.0.1/32 -j R0",
      "-A LOST -s 10.0.0.2/32 -j R0",
      "-A R0 -j R1",
      "-A R1 -j R0",
    ];
    const row = Array.from({ length: 5000 }, (_, at) => `-A R${at} -j R${at + 1}`);
    for (const rules of [ring, [...ring.slice(0, 2), ...row, "-A R5000 -j DROP"]]) {
      const { tables } = readRuleset(filterTable(rules), "v4");
      expect(findTrees(tables[0]!, "v4", NO_OPTIONS)).toEqual([]);
    }
  });
});

test("without a name a chain for one set stays as it is; with one it is taken apart", () => {
  const rules = [CALL, ...Array.from({ length: 20 }, (_, at) => `-A T0 -s 10.0.0.${at}/32 -j ACCEPT`)];
  const ruleset = readRuleset(filterTable(rules), "v4");
  expect(findGroups(ruleset, NO_OPTIONS).products).toEqual([]);
  const { products } = findGroups(ruleset, NO_OPTIONS, undefined, (axis) => axis === "source");
  expect(products.map(({ chain, replaces }) => [chain, replaces])).toEqual([["FORWARD", ["T0"]]]);
});

test("none beside a rule that can't be read: it may jump into any chain", () => {
  const text = filterTable([CALL, ...SOURCES, ...TARGETS, "-A INPUT --nonsense T1"]);
  const { ruleset } = importRuleset(makeSourceFile("test.rules", text), { family: "v4", keepUnparsed: true });
  expect(findTrees(ruleset!.tables[0]!, "v4", NO_OPTIONS)).toEqual([]);
  const { products, flat } = findGroups(ruleset!, NO_OPTIONS);
  expect(products).toEqual([]);
  expect(new Set(flat.map(({ reason }) => reason))).toEqual(new Set(["unparsed", "beside-unparsed"]));
});
