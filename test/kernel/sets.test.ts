/**
 * Sets in the kernel: what `ipset test` says of addresses at the ends of every entry, against the members that were read; and packets through rules with sets,
 * against the evaluator.
 */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { numberOf, readNumber, widthOf, wordsOf } from "../../src/sets/numbers.ts";
import { printHost } from "../../src/model/address.ts";
import { compareWithKernel } from "../../src/verify/kernel/agree.ts";
import { EFFORT, SEED } from "../support/seed.ts";
import { addSetMatches, randomSets, seen, setsOf } from "../support/sets.ts";
import { randomTable } from "../verify/random-rules.ts";
import { rulesetOf } from "../verify/samples.ts";
import { PACKETS } from "./agreement.ts";
import { BACKENDS, describeKernel } from "./harness.ts";

const KINDS: readonly string[] = [
  "create ip hash:ip netmask 28",
  "add ip 10.0.0.20",
  "add ip 10.0.1.0-10.0.1.40",
  "add ip 255.255.255.255",
  "create net hash:net counters comment skbinfo",
  "add net 10.0.0.0-10.0.0.9",
  "add net 10.0.0.4/31 nomatch",
  'add net 192.168.0.0/16 comment "a b"',
  "add net 192.168.7.0/24 nomatch",
  "add net 192.168.7.9",
  "add net 0.0.0.0/1 nomatch",
  "add net 128.0.0.0/1",
  "create map bitmap:ip range 10.0.0.0/16 netmask 24",
  "add map 10.0.9.255-10.0.10.3",
  "add map 10.0.20.0-10.0.22.0",
  "create plain bitmap:ip range 10.0.0.3-10.0.0.77",
  "add plain 10.0.0.3",
  "add plain 10.0.0.64/29",
  "create ip6 hash:ip family inet6 netmask 64",
  "add ip6 2001:db8::5",
  "create net6 hash:net family inet6",
  "add net6 ::/1",
  "add net6 2001:db8::/32 nomatch",
  "add net6 2001:db8::1",
];

/** Addresses that the lines name, and those beside them and beside the ends of their blocks. */
function addressesOf(lines: readonly string[], family: Family): readonly string[] {
  const values = new Set<bigint>();
  const most = (1n << BigInt(widthOf(family))) - 1n;
  for (const word of lines.flatMap((line) => line.split(/[ /-]/u))) {
    const value = readNumber(word, family);
    if (value === null) continue;
    for (const host of [0n, 1n, 15n, 255n, 65535n, (1n << 64n) - 1n, (1n << 96n) - 1n, most >> 1n])
      for (const end of [value & (most ^ host), value | (host & most)])
        for (const near of [end - 1n, end, end + 1n]) if (near > 0n && near <= most) values.add(near);
  }
  return [...values].map((value) => printHost(wordsOf(value, family)));
}

/** For each line `SET ADDRESS`, whether the kernel finds it. */
function askKernel(sets: readonly string[], questions: readonly string[]): readonly boolean[] {
  const script = `ipset restore <<'E'\n${sets.join("\n")}\nE\nwhile read -r set address; do ipset -q test "$set" "$address" && echo y || echo n; done`;
  const run = spawnSync("unshare", ["-n", "sh", "-c", script], {
    input: `${questions.join("\n")}\n`,
    encoding: "utf8",
  });
  if (run.stderr !== "") throw new Error(run.stderr);
  return run.stdout
    .trim()
    .split("\n")
    .map((answer) => answer === "y");
}

describeKernel("sets in the kernel", () => {
  test.each<readonly [string, readonly string[]]>([
    ["of each kind", KINDS],
    ["random, IPv4", randomSets(SEED, "v4")],
    ["random, IPv6", randomSets(SEED, "v6")],
  ])("hold the members that were read: %s", (_name, lines) => {
    const questions: { set: string; address: string; expected: boolean }[] = [];
    for (const set of setsOf(...lines).sets.values()) {
      if (set.kind !== "addresses") continue;
      const own = lines.filter((line) => line.split(" ")[1] === set.name);
      for (const address of addressesOf(own, set.family)) {
        const value = readNumber(address, set.family)!;
        const expected = set.ranges.some(
          ({ first, last }) => numberOf(first) <= value && value <= numberOf(last),
        );
        questions.push({ set: set.name, address, expected });
      }
    }
    const answers = askKernel(
      lines,
      questions.map(({ set, address }) => `${set} ${address}`),
    );
    const wrong = questions.filter(({ expected }, at) => answers[at] !== expected);
    expect(answers).toHaveLength(questions.length);
    expect(wrong).toEqual([]);
    expect(questions.length).toBeGreaterThan(20);
  });

  const kinds = (["v4", "v6"] as const).flatMap((family) => BACKENDS.map((backend) => ({ family, backend })));

  test.each(kinds)(
    "answer packets as the evaluator does: $family with $backend",
    async ({ family, backend }) => {
      let compared = 0;
      for (let at = 0; at < 3 * EFFORT; at++) {
        const seed = 1000 * SEED + at;
        const lines = randomSets(seed, family);
        const text = addSetMatches(randomTable(seed, family), seed);
        const [ruleset] = seen([rulesetOf(text, family)], ...lines).rulesets;
        const found = await compareWithKernel(ruleset!, { backend, packets: PACKETS, seed });
        const shown = `${lines.join("\n")}\n${text}\n${JSON.stringify(found.disagreements[0], null, 1)}`;
        expect(found.disagreements.length, shown).toBe(0);
        compared += found.compared;
      }
      expect(compared).toBeGreaterThan(100);
    },
  );
});
