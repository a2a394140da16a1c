/** Which chains of exceptions are policy rules with negated groups, and which only look like one. */
import { describe, expect, test } from "vitest";
import { findGroups } from "../../src/cluster/find.ts";
import { findTrees } from "../../src/cluster/trees.ts";
import { summarise } from "../../src/plan/draft-policy.ts";
import { filterTable, NO_OPTIONS, planOf, product, readRuleset } from "../support/small-tables.ts";

const CALL = "-A INPUT -p tcp -m tcp --dport 22 -j GUARD";
const PLAIN = "-A INPUT -i eth0 -j GUARD";
const SOURCES = ["-A GUARD -s 10.0.0.1/32 -j RETURN", "-A GUARD -s 10.0.0.2/32 -j RETURN"];
const PORTS = ["-A GUARD -p tcp -m tcp --dport 22 -j RETURN", "-A GUARD -p udp -m udp --dport 53 -j RETURN"];
const DROP = "-A GUARD -j DROP";

/** Each as its summary with groups called by their axes, and how many members these have. */
function describeExclusions(rules: readonly string[]): string[] {
  const [table] = readRuleset(filterTable(rules), "v4").tables;
  return findTrees(table!, "v4", NO_OPTIONS).flatMap(({ variants }) =>
    variants.flatMap((variant) => {
      if (variant.negated === undefined) return [];
      const names = Object.fromEntries(
        variant.sets.map(({ axis, members }) => [axis, `${axis}:${members.length}`]),
      );
      return [summarise(variant, names)];
    }),
  );
}

describe("chains of exceptions", () => {
  test.each<[string, string[], string]>([
    ["behind a service", [CALL, ...SOURCES, DROP], "-p tcp -m tcp --dport 22 ! -s source:2 -j DROP"],
    [
      "with a rule that tests more",
      [PLAIN, ...SOURCES, DROP.replace("-j", "-d 10.9.0.1/32 -p tcp -m tcp --dport 22 -j")],
      "! -s source:2 -d 10.9.0.1/32 -i eth0 -p tcp -m tcp --dport 22 -j DROP",
    ],
    [
      "with all combinations of other groups",
      [
        PLAIN,
        ...SOURCES,
        ...product(
          "-A GUARD",
          ["-d 10.9.0.1/32", "-d 10.9.0.2/32"],
          "-p tcp -m tcp",
          ["--dport 22", "--dport 80"],
          "-j ACCEPT",
        ),
      ],
      "! -s source:2 -d destination:2 -i eth0 service:2 -j ACCEPT",
    ],
    [
      "of interfaces",
      [
        CALL.replace("INPUT", "FORWARD"),
        ...SOURCES.map((rule, at) => rule.replace(/-s \S+/, `-o eth${at}`)),
        DROP,
      ],
      "-p tcp -m tcp --dport 22 ! -o out:2 -j DROP",
    ],
    [
      "of two kinds",
      [PLAIN, ...SOURCES, ...SOURCES.map((rule) => rule.replace("-s", "-d")), DROP],
      "! -s source:2 ! -d destination:2 -i eth0 -j DROP",
    ],
    ["of services", [PLAIN, ...PORTS, DROP], "-i eth0 not service:2 -j DROP"],
    [
      "of services behind addresses",
      [PLAIN, ...SOURCES, ...PORTS, DROP],
      "! -s source:2 -i eth0 not service:2 -j DROP",
    ],
    [
      "of one member beside another list",
      [PLAIN, "-A GUARD -d 10.9.0.1/32 -j RETURN", ...SOURCES, DROP],
      "! -d 10.9.0.1/32 ! -s source:2 -i eth0 -j DROP",
    ],
    [
      "with an address in the call and in the rule",
      [PLAIN.replace("-i eth0", "-d 10.9.0.0/16"), ...SOURCES, DROP.replace("-j", "-s 10.0.0.0/8 -j")],
      "-s 10.0.0.0/8 ! -s source:2 -d 10.9.0.0/16 -j DROP",
    ],
    [
      "that test an address behind the ports of the call",
      [CALL, ...SOURCES, DROP.replace("-j", "-d 10.9.0.1/32 -j")],
      "-p tcp -m tcp --dport 22 ! -s source:2 -d 10.9.0.1/32 -j DROP",
    ],
    [
      "behind several services",
      [CALL, CALL.replace("22", "80"), ...SOURCES, DROP.replace("-j", "-d 10.9.0.1/32 -j")],
      "! -s source:2 service:2 -d 10.9.0.1/32 -j DROP",
    ],
    [
      "behind several addresses",
      [
        PLAIN.replace("eth0", "eth0 -d 10.9.0.1/32"),
        PLAIN.replace("eth0", "eth0 -d 10.9.0.2/32"),
        ...SOURCES,
        DROP,
      ],
      "-i eth0 ! -s source:2 -d destination:2 -j DROP",
    ],
  ])("%s", (_, rules, expected) => expect(describeExclusions(rules)).toEqual([expected]));

  test.each<[string, string[]]>([
    ["a single exception", [CALL, SOURCES[0]!, DROP]],
    ["exceptions that test more", [CALL, ...SOURCES.map((rule) => rule.replace("-j", "-i eth1 -j")), DROP]],
    [
      "exceptions that count",
      [CALL, ...SOURCES.map((rule) => rule.replace("-j", "-m limit --limit 1/s -j")), DROP],
    ],
    ["exceptions that are negated", [CALL, ...SOURCES.map((rule) => rule.replace("-s", "! -s")), DROP]],
    ["a call from elsewhere", [CALL, PLAIN, ...SOURCES, DROP]],
    ["a goto", [CALL.replace("-j", "-g"), ...SOURCES, DROP]],
    ["a log before the verdict", [CALL, ...SOURCES, "-A GUARD -j LOG", DROP]],
    ["two verdicts", [CALL, ...SOURCES, "-A GUARD -i eth1 -j ACCEPT", DROP]],
    [
      "an exception behind the verdict",
      [CALL, ...SOURCES, "-A GUARD -i eth1 -j DROP", "-A GUARD -s 10.0.0.3/32 -j RETURN"],
    ],
    ["nothing but exceptions", [CALL, ...SOURCES, "-A GUARD -j RETURN"]],
    [
      "combinations of which one is missing",
      [
        PLAIN,
        ...SOURCES,
        ...product("-A GUARD", ["-d 10.9.0.1/32", "-d 10.9.0.2/32"], ["-o eth1", "-o eth2"], "-j DROP").slice(
          1,
        ),
      ].map((rule) => rule.replace("INPUT", "FORWARD")),
    ],
    ["services between addresses", [PLAIN, SOURCES[0]!, ...PORTS, SOURCES[1]!, DROP]],
    ["services before an address of the verdict", [PLAIN, ...PORTS, DROP.replace("-j", "-s 10.0.0.0/8 -j")]],
    [
      "services that read headers in different ways",
      [PLAIN, PORTS[0]!, "-A GUARD -p tcp -m multiport --dports 80,443 -j RETURN", DROP],
    ],
    [
      "two tests of one address that a line can't have",
      [PLAIN.replace("-i eth0", "-s 10.0.0.0/8"), ...SOURCES, DROP.replace("-j", "-s 10.0.0.0/16 -j")],
    ],
  ])("not: %s", (_, rules) => expect(describeExclusions(rules)).toEqual([]));

  test("of chains that are kept nothing is read", () => {
    const { tables } = readRuleset(filterTable([CALL, ...SOURCES, DROP]), "v4");
    expect(findTrees(tables[0]!, "v4", { ...NO_OPTIONS, keepChains: ["GUARD"] })).toEqual([]);
  });
});

/** Hosts that are excluded in each of some chains. */
function guards(count: number, hosts: number): string[] {
  const list = Array.from({ length: hosts }, (_, at) => `-s 10.0.0.${at + 1}/32 -j RETURN`);
  return Array.from({ length: count }, (_, at) => [
    `-A INPUT -p tcp -m tcp --dport ${at + 1000} -j GUARD${at}`,
    ...list.map((words) => `-A GUARD${at} ${words}`),
    `-A GUARD${at} -j DROP`,
  ]).flat();
}

test("they are taken where that pays: alone never, from a few chains with one list on", () => {
  const plan = (count: number, hosts: number) => planOf(readRuleset(filterTable(guards(count, hosts)), "v4"));
  expect(plan(1, 12).policyRules).toEqual([]);
  expect(plan(3, 3).policyRules).toEqual([]);
  const { groups, policyRules } = plan(3, 12);
  expect(groups.map(({ axis, members }) => `${axis} ${members.length}`)).toEqual(["source 12"]);
  expect(policyRules.map(({ name, negated, summary }) => ({ name, negated, summary }))).toEqual(
    [0, 1, 2].map((at) => ({
      name: `GUARD${at}`,
      negated: ["source"],
      summary: `-p tcp -m tcp --dport ${at + 1000} ! -s ${groups[0]!.id} -j DROP`,
    })),
  );
});

test("a group that flat rules have, too", () => {
  const hosts = Array.from({ length: 12 }, (_, at) => `-s 10.0.0.${at + 1}/32`);
  const rules = [
    ...guards(1, 12),
    ...product("-A FORWARD", hosts, "-p tcp -m tcp", ["--dport 22", "--dport 80"], "-j ACCEPT"),
  ];
  const found = findGroups(readRuleset(filterTable(rules), "v4"), NO_OPTIONS);
  expect(found.products.map(({ chain, negated }) => `${chain} ${negated}`)).toEqual([
    "INPUT source",
    "FORWARD undefined",
  ]);
});
