/** What a walk costs: single rules as they were measured, walks counted by hand, and what stands for the traffic of a chain. */
import { describe, expect, test } from "vitest";
import { measureClasses, type PacketClass, summariseClasses } from "../../src/cost/estimate.ts";
import { KERNEL_COSTS, WARM_RULES } from "../../src/cluster/kernel-costs.ts";
import { filterTable, readRuleset } from "../support/small-tables.ts";

/** Classes of FORWARD, old and new. */
function measure(old: string, now: string): readonly PacketClass[] {
  return measureClasses(readRuleset(old), readRuleset(now, "v4", "new.rules"), 0).filter(
    ({ chain }) => chain === "FORWARD",
  );
}

/** The table's numbers are those of the measurement but for rounding of its parts. */
function expectNear(found: readonly number[], measured: readonly number[]): void {
  const ratios = found.map((cost, at) => cost / measured[at]!);
  expect(Math.min(...ratios), `${found} for ${measured}`).toBeGreaterThan(0.85);
  expect(Math.max(...ratios), `${found} for ${measured}`).toBeLessThan(1.15);
}

/** What one of many equal rules adds to the walk of a packet that is like none but in being tcp. */
function perRule(rule: string): readonly number[] {
  const count = 500;
  const rules = Array.from({ length: count }, () => `-A FORWARD ${rule}`);
  const behind = "-A FORWARD -p tcp -j DROP";
  const old = filterTable([...rules, behind]);
  const now = filterTable([...rules, "-A FORWARD -p udp -j ACCEPT", behind]);
  const found = measure(old, now)
    .filter(({ likeness }) => likeness === "rule")
    .at(-1)!;
  return [found.old.costs.legacy / count, found.old.costs.nft / count];
}

/** Rows of the measurement, as far as a first packet can be steered: ns a rule on legacy and nft. */
test.each([
  ["-s 10.1.1.1/32 -j ACCEPT", 2.9, 4.1],
  ["-i eth7 -j ACCEPT", 3.1, 30],
  ["-p udp -m udp --dport 53 -j ACCEPT", 4.3, 11.6],
  ["-p tcp -m tcp --dport 25 -j ACCEPT", 20.7, 15.3],
  ["-p tcp -m multiport --dports 1,2,3,4,5 -j ACCEPT", 23, 52],
  ["-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 -j ACCEPT", 27, 58],
  ["-m mark --mark 0x7/0x7 -j ACCEPT", 17.5, 12.8],
  ["-j MARK --set-xmark 0x0/0x0", 20, 45],
  ["-m iprange --src-range 10.1.1.1-10.1.1.9 -j ACCEPT", 18, 37],
])("a rule as it was measured: %s", (rule, legacy, nft) => {
  expectNear(perRule(rule), [legacy, nft]);
});

/** The same in each family for addresses of several lengths; only nft minds. */
test.each([
  ["v4", "10.9.0.0/16", 3.3, 4.4],
  ["v4", "10.8.0.0/13", 3.3, 5.4],
  ["v4", "10.9.9.0/24", 3.3, 29.2],
  ["v6", "3001:db8::/32", 4, 5.5],
  ["v6", "2001:db8:9::/64", 4, 31],
  ["v6", "2001:db8:9::/61", 4, 42],
  ["v6", "2001:db8:9::9/128", 4, 30.5],
] as const)("an address as it was measured: %s %s", (family, address, legacy, nft) => {
  const rules = Array.from({ length: 500 }, () => `-A FORWARD -s ${address} -j ACCEPT`);
  const text = (service: string) => filterTable([...rules, `-A FORWARD -p ${service} -j DROP`]);
  const [now, then] = [readRuleset(text("udp"), family, "new.rules"), readRuleset(text("tcp"), family)];
  const isAsked = ({ chain, likeness }: PacketClass) => chain === "FORWARD" && likeness === "none";
  const { costs } = measureClasses(then, now, 0).find(isAsked)!.old;
  expect(Math.abs(costs.legacy / 500 - legacy)).toBeLessThan(1.5);
  expect(Math.abs(costs.nft / 500 - nft)).toBeLessThan(1.5);
});

test.each([
  ["an empty one", [], 11, 25],
  ["one that returns", ["-A SUB -j RETURN"], 11, 45],
])("a call of a chain as it was measured: %s", (_, chain, legacy, nft) => {
  const calls = Array.from({ length: 500 }, () => "-A FORWARD -j SUB");
  const text = (more: readonly string[]) => {
    const made = filterTable([...chain, ...calls, ...more]);
    return chain.length > 0 ? made : made.replace("-A", ":SUB - [0:0]\n-A");
  };
  const { costs } = measure(text([]), text(["-A FORWARD -p udp -j DROP"]))[0]!.old;
  expectNear([costs.legacy / 500, costs.nft / 500], [legacy, nft]);
});

describe("walks counted by hand", () => {
  const OLD = filterTable([
    "-A FORWARD -s 10.1.1.1/32 -d 10.2.2.2/32 -p tcp -m tcp --dport 80 -j ACCEPT",
    "-A FORWARD -s 10.1.1.1/32 -d 10.2.2.3/32 -p tcp -m tcp --dport 80 -j ACCEPT",
  ]);
  const NEW = filterTable([
    "-A FORWARD -s 10.1.1.1/32 -j SUB",
    "-A SUB -d 10.2.2.2/32 -p tcp -m tcp --dport 80 -j ACCEPT",
    "-A SUB -d 10.2.2.3/32 -p tcp -m tcp --dport 80 -j ACCEPT",
  ]);
  const classes = measure(OLD, NEW);
  const find = (likeness: string, line: number) =>
    classes.find((each) => each.likeness === likeness && each.line === line)!;

  test("a packet that matches nothing: the first condition of each rule, and the policy", () => {
    const { rule, address } = KERNEL_COSTS.nft;
    const found = find("none", 0);
    expect(found.old.costs.nft).toBeCloseTo(3 * rule + 2 * address);
    expect(found.new.costs.nft).toBeCloseTo(2 * rule + address);
    expect([found.old.tests, found.new.tests]).toEqual([3, 2]);
  });

  test("the packet of the second rule: the first one up to its destination, then all of the second", () => {
    const { rule, address, protocol, transport, matched, call } = KERNEL_COSTS.legacy;
    const found = find("rule", 6);
    expect(found.old.costs.legacy).toBeCloseTo(2 * rule + 4 * address + protocol + transport + matched);
    expect(found.new.costs.legacy).toBeCloseTo(
      3 * rule + 3 * address + protocol + transport + 2 * matched + call,
    );
  });

  test("one from its source alone comes back from the chain", () => {
    const { rule, address, matched, call } = KERNEL_COSTS.nft;
    const found = find("source", 6);
    // The call, two rules and the end of SUB, the end of FORWARD.
    expect(found.new.costs.nft).toBeCloseTo(5 * rule + 3 * address + matched + call);
  });

  test("parts of the traffic add up, misses a quarter of it", () => {
    const total = classes.reduce((sum, { weight }) => sum + weight, 0);
    const missed = classes.reduce((sum, { weight, likeness }) => sum + (likeness === "rule" ? 0 : weight), 0);
    expect(total).toBeCloseTo(1);
    expect(missed).toBeCloseTo(0.25);
  });
});

test("a comment costs where its rule is evaluated up to it", () => {
  const rule = "-s 10.1.1.1/32 -m comment --comment x -j ACCEPT";
  const [legacy, nft] = perRule(rule);
  expect([legacy! < 4, nft! < 6]).toEqual([true, true]);
  const every = perRule("-p tcp -m comment --comment x -m tcp --dport 25 -j ACCEPT");
  expect(every[0]).toBeGreaterThan(20.7 + 15);
});

test("rules past those that caches hold cost more", () => {
  const long = (count: number) =>
    filterTable(
      Array.from({ length: count }, (_, at) => `-A FORWARD -s 10.${at >> 8}.${at & 255}.1/32 -j ACCEPT`),
    );
  const cost = (count: number) => measure(long(count), long(count - 1))[0]!.old.costs.nft;
  const { address, cold } = KERNEL_COSTS.nft;
  expect(cost(WARM_RULES)).toBeCloseTo(WARM_RULES * address + cold);
  expect(cost(WARM_RULES + 100) - cost(WARM_RULES)).toBeCloseTo(100 * (address + cold));
});

test("counters say what the traffic is", () => {
  const count = (policy: number, first: number, second: number) =>
    [
      "*filter",
      `:FORWARD DROP [${100 * policy}:9]`,
      `[${100 * first}:9] -A FORWARD -s 10.1.1.1/32 -j ACCEPT`,
      `[${100 * second}:9] -A FORWARD -s 10.1.1.2/32 -j ACCEPT`,
      "COMMIT",
      "",
    ].join("\n");
  const now =
    "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 10.1.1.1/32 -j ACCEPT\n-A FORWARD -s 10.1.1.2/32 -g SUB\nCOMMIT\n"
      .replace("-A", ":SUB - [0:0]\n-A")
      .replace("COMMIT", "-A SUB -j ACCEPT\nCOMMIT");
  const classes = measure(count(10, 60, 30), now);
  const weight = (likeness: string, line: number) =>
    classes.find((each) => each.likeness === likeness && each.line === line)!.weight;
  expect(weight("rule", 3)).toBeCloseTo(0.6);
  expect(weight("rule", 4)).toBeCloseTo(0.3);
  expect(classes.every(({ basis }) => basis.kind === "counters")).toBe(true);
  const [{ old }] = summariseClasses(classes) as [ReturnType<typeof summariseClasses>[number]];
  const [busy] = summariseClasses(measure(count(10, 0, 90), now));
  expect(busy!.old.expected.legacy).toBeGreaterThan(old.expected.legacy);
});

test("nothing is estimated of rulesets that can't be compared, nor of tables that stay", () => {
  const text = filterTable(["-A FORWARD -j DROP"]);
  expect(measure(text, text)).toEqual([]);
  const other = readRuleset(filterTable(["-A FORWARD -j ACCEPT"]), "v6", "new.rules");
  expect(measureClasses(readRuleset(text, "v4"), other, 0)).toEqual([]);
});

test("nor of base chains in which a walk has no end that one could wait for", () => {
  const chains = Array.from({ length: 30 }, (_, at) => [
    `-A C${at} -j C${at + 1}`,
    `-A C${at} -j C${at + 1}`,
  ]);
  const text = (verdict: string) =>
    filterTable(["-A FORWARD -j C0", ...chains.flat(), "-A C30 -p udp -j DROP", `-A FORWARD -j ${verdict}`]);
  expect(measure(text("DROP"), text("ACCEPT"))).toEqual([]);
}, 60_000);
