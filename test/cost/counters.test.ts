/** Counters of rules: which of them say what the traffic is, and of whose. */
import { describe, expect, test } from "vitest";
import { measureClasses } from "../../src/cost/estimate.ts";
import { filterTable, readRuleset } from "../support/small-tables.ts";

const RULES = ["-A FORWARD -s 10.1.1.1/32 -j ACCEPT", "-A FORWARD -s 10.1.1.2/32 -j DROP"];

/** Classes of a base chain of a file whose counters are given by line of the table; null: the rule has none. */
function classesOf(
  rules: readonly string[],
  counts: readonly (number | null)[],
  { policies = {}, chain = "FORWARD" }: { policies?: Record<string, number>; chain?: string } = {},
) {
  const table = filterTable(rules).split("\n");
  const start = table.findIndex((line) => line.startsWith("-A"));
  const counted = table.map((line, at) => {
    const count = counts[at - start];
    const policy = /^:(\S+) ACCEPT/.exec(line)?.[1];
    if (policy !== undefined) return line.replace("[0:0]", `[${policies[policy] ?? 0}:0]`);
    return line.startsWith("-A") && count !== null && count !== undefined ? `[${count}:0] ${line}` : line;
  });
  const old = readRuleset(counted.join("\n"));
  const now = readRuleset(filterTable([...rules, `-A ${chain} -p udp -j DROP`]), "v4", "new.rules");
  const classes = measureClasses(old, now, 0).filter((each) => each.chain === chain);
  const hits = classes.filter(({ likeness }) => likeness === "rule");
  return { basis: classes[0]!.basis, weights: hits.map(({ weight }) => weight) };
}

describe("what counters are good for", () => {
  test("enough packets: they say how much each rule and the policy are", () => {
    const { basis, weights } = classesOf(RULES, [6000, 3000], { policies: { FORWARD: 1000 } });
    expect(basis).toEqual({ kind: "counters", counters: "good", packets: 10_000 });
    expect(weights).toEqual([expect.closeTo(0.6), expect.closeTo(0.3)]);
  });

  test("iptables-save without -c prints the policies' counters all the same: not all traffic is missed", () => {
    const { basis, weights } = classesOf(RULES, [null, null], { policies: { FORWARD: 5_000_000 } });
    expect(basis).toMatchObject({ kind: "rules", counters: "none" });
    expect(weights).toEqual([expect.closeTo(0.375), expect.closeTo(0.375)]);
  });

  test.each([
    ["none was seen", [0, 0], 0],
    ["few were", [500, 400], 99],
  ])("%s: they tell nothing", (_, counts, policy) => {
    const { basis, weights } = classesOf(RULES, counts, { policies: { FORWARD: policy } });
    const packets = counts.reduce((sum, count) => sum + count, policy);
    expect(basis).toEqual({ kind: "rules", counters: "few", packets });
    expect(weights).toEqual([expect.closeTo(0.375), expect.closeTo(0.375)]);
  });

  test("rules without counters among others: a file that was written, and never loaded", () => {
    const { basis } = classesOf(RULES, [6000, null]);
    expect(basis).toMatchObject({ kind: "rules", counters: "incomplete" });
  });
});

test("a chain that two base chains call: the counters of the calls say whose packets it has seen", () => {
  const rules = [
    "-A INPUT -s 10.1.1.9/32 -j ACCEPT",
    "-A INPUT -j SUB",
    "-A FORWARD -s 10.1.1.9/32 -j ACCEPT",
    "-A FORWARD -j SUB",
    "-A SUB -s 10.1.1.1/32 -j ACCEPT",
  ];
  // Of 10,000 packets in SUB three quarters came from INPUT.
  const counts = [4500, 7500, 2500, 2500, 10_000];
  expect(classesOf(rules, counts).weights).toEqual([expect.closeTo(0.5), expect.closeTo(0.5)]);
  expect(classesOf(rules, counts, { chain: "INPUT" }).weights).toEqual([
    expect.closeTo(0.375),
    expect.closeTo(0.625),
  ]);
});
