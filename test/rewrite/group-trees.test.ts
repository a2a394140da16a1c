/** Groups of many networks as trees of chains: equal, read again as they are, and open to one more line. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findMarkRules } from "../../src/cluster/marks/find.ts";
import { chainDepths } from "../../src/cluster/segments.ts";
import type { Family } from "../../src/model/types.ts";
import { verify } from "../../src/verify/verify.ts";
import { randomPolicies } from "../support/random-networks.ts";
import { EFFORT } from "../support/seed.ts";
import {
  filterTable,
  NO_OPTIONS,
  planOf,
  product,
  readRuleset,
  rewriteOf,
  rewriteText,
} from "../support/small-tables.ts";

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  test("random policies: equal, and nothing is left to do", async () => {
    let trees = 0;
    const property = fc.asyncProperty(randomPolicies(family), fc.nat(), async (text, seed) => {
      const first = rewriteText(text, family);
      trees += [...first.text.matchAll(/^:\S+\/\S+ - /gm)].length;
      const result = await verify(first.old, first.new, { packets: 1000, seed, demandAnyMark: true });
      expect(result.result, `${text}\n---\n${first.text}\n${JSON.stringify(result.witness, null, 1)}`).toBe(
        "equal",
      );
      const second = rewriteOf(first.new, planOf(first.new));
      const third = rewriteText(second.text, family);
      expect(third.rewritten.changed, `${first.text}\n---\n${second.text}\n---\n${third.text}`).toBe(false);
      const odd = findMarkRules(first.new, NO_OPTIONS).odd;
      expect(odd, first.text).toEqual([]);
    });
    await fc.assert(property, { numRuns: 25 * EFFORT });
    expect(trees).toBeGreaterThan(25);
  }, 600_000);
});

const HOSTS = Array.from({ length: 40 }, (_, at) => `-s 10.${at % 4}.${at}.7/32`);
const SERVERS = ["-d 192.0.2.1/32", "-d 192.0.2.2/32", "-d 192.0.2.3/32"];
const OLD = filterTable(product("-A FORWARD", HOSTS, SERVERS, "-j ACCEPT"), { FORWARD: "DROP" });

function groupOf(text: string): string {
  return /^:(S-\S+?) - /m.exec(text)![1]!;
}

describe("one group", () => {
  const { text, plan } = rewriteText(OLD);
  const name = groupOf(text);

  test("each branch is a chain that says whose it is and for which prefix", () => {
    const branches = [...text.matchAll(/^-A (\S+) -s (\S+) -j (\S+)$/gm)].filter(
      ([, , , to]) => to !== "MARK",
    );
    expect(branches.length).toBeGreaterThan(2);
    for (const [, from, prefix, to] of branches) {
      expect(from!.startsWith(name)).toBe(true);
      expect(to!.startsWith(`${name}/`)).toBe(true);
      expect(prefix!.startsWith(to!.slice(name.length + 1).replace(/\/\d+$/, ""))).toBe(true);
    }
    expect(text).toContain(`# ${name}: source group, sets mark bit 0x1, by prefix: ${name}/...\n`);
  });

  test("its members are read again, and it is left as it is", () => {
    const again = readRuleset(text);
    const second = planOf(again);
    const sorted = (each: typeof plan) =>
      each.groups.map(({ name: own, members }) => [own, [...members].sort()]);
    expect(sorted(second)).toEqual(sorted(plan));
    expect(rewriteOf(again, second).rewritten.changed).toBe(false);
  });

  test.each(["-s 10.2.99.1/32", "-s 172.16.0.0/12", "-s 10.2.0.0/16"])(
    "a line appended to its chain works like a member: %s",
    async (source) => {
      const line = `-A ${name} ${source} -j MARK --set-xmark 0x1/0x1\n`;
      const grown = readRuleset(text.replace(/^COMMIT$/m, `${line}COMMIT`));
      const wanted = readRuleset(
        OLD.replace("COMMIT", `${product("-A FORWARD", source, SERVERS, "-j ACCEPT").join("\n")}\nCOMMIT`),
      );
      expect((await verify(wanted, grown, { packets: 2000 })).result).toBe("equal");
      const second = planOf(grown);
      expect(second.groups.find((group) => group.name === name)?.members).toContain(source.slice(3));
      // Sorted into the tree by the next rewrite.
      const tidy = readRuleset(rewriteOf(grown, second).text);
      expect((await verify(grown, tidy, { packets: 2000, ownBits: 0x3, demandAnyMark: true })).result).toBe(
        "equal",
      );
    },
  );

  test("a line in a chain that its packets don't come to is named, and the group stays as it is", () => {
    const part = /^-A (\S+\/\S+) -s \S+ -j MARK .*$/m.exec(text)!;
    const line = `-A ${part[1]} -s 192.0.2.77/32 -j MARK --set-xmark 0x1/0x1\n`;
    const odd = findMarkRules(readRuleset(text.replace(/^COMMIT$/m, `${line}COMMIT`)), NO_OPTIONS).odd;
    const number = text.split("\n").indexOf("COMMIT") + 1;
    expect(odd).toContainEqual(
      expect.objectContaining({
        chain: name,
        why: `line ${number} is for packets that don't come to its chain`,
      }),
    );
  });
});

/** FORWARD calls C1, that C2, and so on; the last has the policy rules. */
function nested(depth: number): string {
  const calls = Array.from(
    { length: depth },
    (_, at) => `-A ${at === 0 ? "FORWARD" : `C${at}`} -j C${at + 1}`,
  );
  const many = Array.from({ length: 600 }, (_, at) => `-s 10.${at % 200}.${(at * 37) % 250}.${at % 250}/32`);
  const rules = product(`-A ${depth === 0 ? "FORWARD" : `C${depth}`}`, many, SERVERS, "-j ACCEPT");
  return filterTable([...calls, ...rules]);
}

test.each([0, 5, 10, 11, 12, 13])("no chain is deeper than nft allows below one at depth %i", (depth) => {
  const { new: now, rewritten } = rewriteText(nested(depth));
  expect(rewritten.changed).toBe(true);
  const [filter] = now.tables;
  const deepest = Math.max(...chainDepths(filter!).values());
  expect(deepest).toBeLessThanOrEqual(15);
  const hasTree = rewritten.newChains.some((chain) => chain.includes("/"));
  expect(hasTree).toBe(depth < 13);
});
