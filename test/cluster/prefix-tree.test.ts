/** Trees of prefixes: each member is in the tree once, inside the prefixes above it, and packets are compared with little that is dear. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countBranches, isInside, makePrefixTree, type PrefixNode } from "../../src/cluster/prefix-tree.ts";
import { BACKENDS, KERNEL_COSTS, priceOfAddress } from "../../src/cluster/kernel-costs.ts";
import { maskOfPrefix } from "../../src/model/address.ts";
import type { Family } from "../../src/model/types.ts";
import { randomNetwork } from "../support/random-networks.ts";
import { EFFORT } from "../support/seed.ts";

/** Calls `visit` for each node with its level and the nodes above it. */
function walk(node: PrefixNode, visit: (node: PrefixNode, above: readonly PrefixNode[]) => void): void {
  const down = (each: PrefixNode, above: readonly PrefixNode[]): void => {
    visit(each, above);
    for (const branch of each.branches) down(branch, [...above, each]);
  };
  down(node, []);
}

describe.each<Family>(["v4", "v6"])("%s", (family) => {
  const networks = fc.uniqueArray(randomNetwork(family), { minLength: 16, maxLength: 300 });

  test("every member once, inside all prefixes above it, and never too deep", () => {
    fc.assert(
      fc.property(networks, fc.integer({ min: 1, max: 6 }), (keys, levels) => {
        const tree = makePrefixTree("source", keys, family, levels);
        expect(tree).not.toBeNull();
        const found: string[] = [...tree!.others];
        walk(tree!, (node, above) => {
          expect(above.length).toBeLessThanOrEqual(levels);
          for (const outer of above) expect(isInside(node, outer)).toBe(true);
          for (const member of node.members) {
            expect(isInside(member, node)).toBe(true);
            found.push(member.key);
          }
        });
        expect(found.sort()).toEqual([...keys].sort());
        expect(countBranches(tree!)).toBeLessThan(keys.length / 2);
      }),
      { numRuns: 200 * EFFORT },
    );
  });

  test("the order of members makes no difference", () => {
    fc.assert(
      fc.property(networks, (keys) => {
        const one = makePrefixTree("destination", keys, family, 13);
        const other = makePrefixTree("destination", [...keys].reverse(), family, 13);
        expect(other).toEqual(one);
      }),
      { numRuns: 50 * EFFORT },
    );
  });
});

test("no branch is for all addresses: it would keep nobody out, and iptables-save prints its line without a match", () => {
  const hosts = (net: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${net}.${(at * 37) % 200}.${(at * 11) % 250}/32`);
  for (const [few, many] of [
    [2, 40],
    [8, 8],
    [30, 30],
  ] as const) {
    for (const use of ["whole", "half"] as const) {
      const keys = [...hosts("10.70", many), ...hosts("10.99", many), ...hosts("192.168", few)];
      const lengths: number[] = [];
      walk(makePrefixTree("source", keys, "v4", 6, use)!, (node, above) => {
        if (above.length > 0) lengths.push(node.length);
      });
      expect(Math.min(...lengths)).toBeGreaterThan(0);
    }
  }
});

test("a packet is compared with few lines where addresses are spread", () => {
  const keys = Array.from(
    { length: 1000 },
    (_, at) => `10.${(at * 7) % 256}.${(at * 13) % 256}.${(at * 29) % 256}/32`,
  );
  const tree = makePrefixTree("source", keys, "v4", 13)!;
  let deepest = 0;
  walk(tree, ({ members, branches }, above) => {
    deepest = Math.max(deepest, above.length);
    // Eight lines, and one more where a block of two is not worth a chain.
    expect(members.length + branches.length).toBeLessThanOrEqual(16);
  });
  expect(deepest).toBeLessThanOrEqual(5);
});

test.each([
  ["fewer than sixteen members", "source", 15, 13],
  ["no addresses", "in", 40, 13],
  ["no room below", "source", 40, 0],
] as const)("no tree: %s", (_, axis, size, levels) => {
  const keys = Array.from({ length: size }, (__, at) => `10.0.${at}.0/24`);
  expect(makePrefixTree(axis, keys, "v4", levels)).toBeNull();
});

/** What a test of a prefix of that length costs on both backends. */
function priceOf(length: number, family: Family): number {
  const mask = maskOfPrefix(length, family);
  return BACKENDS.reduce(
    (sum, backend) => sum + KERNEL_COSTS[backend].rule + priceOfAddress(KERNEL_COSTS[backend], mask),
    0,
  );
}

/** What a packet of each member pays on its way, together: all lines of its chains, and the calls. */
function costOf(node: PrefixNode, family: Family): { readonly size: number; readonly cost: number } {
  const call = BACKENDS.reduce((sum, backend) => {
    const { rule, matched, call: own } = KERNEL_COSTS[backend];
    return sum + rule + matched + own;
  }, 0);
  const below = node.branches.map((branch) => costOf(branch, family));
  const size = node.members.length + below.reduce((sum, each) => sum + each.size, 0);
  const lines = [...node.members, ...node.branches].reduce(
    (sum, { length }) => sum + priceOf(length, family),
    0,
  );
  return { size, cost: size * lines + below.reduce((sum, each) => sum + each.cost + each.size * call, 0) };
}

test.each([
  ["hosts", "v4", (at: number) => `10.${at % 7}.${(at * 13) % 16}.${at % 250}/32`, 3],
  ["networks of three bytes, which nft reads slowly", "v4", (at: number) => `10.${at % 7}.${at}.0/24`, 4],
  ["hosts of IPv6", "v6", (at: number) => `2001:db8:${at % 7}:${at % 16}::${at}/128`, 4],
] as const)("a tree costs a fraction of a line after the other: %s", (_, family, keyOf, factor) => {
  const keys = [...new Set(Array.from({ length: 150 }, (__, at) => keyOf(at)))];
  const tree = makePrefixTree("source", keys, family, 13)!;
  const { size, cost } = costOf(tree, family);
  const linear = size * keys.reduce((sum, key) => sum + priceOf(Number(key.split("/")[1]), family), 0);
  expect(size).toBe(keys.length);
  expect(cost * factor).toBeLessThan(linear);
});

test("a branch is tested for fewer bits where these are cheaper and say the same", () => {
  const keys = ["10.1.2", "10.1.9", "10.1.17", "10.1.65"].flatMap((net) =>
    Array.from({ length: 40 }, (_, at) => `${net}.${at * 5 + 2}/32`),
  );
  const lengths = new Set<number>();
  walk(makePrefixTree("source", keys, "v4", 13)!, ({ length }) => void lengths.add(length));
  // Three bytes are what nft has no short way for.
  expect(lengths).not.toContain(24);
  expect(lengths).toContain(23);
});

test("on the side that leads, where a packet meets half of a chain, chains are longer", () => {
  const keys = Array.from(
    { length: 1000 },
    (_, at) => `10.${(at * 7) % 256}.${(at * 13) % 256}.${at % 256}/32`,
  );
  const [whole, half] = (["whole", "half"] as const).map(
    (use) => makePrefixTree("source", keys, "v4", 13, use)!,
  );
  expect(countBranches(half!)).toBeLessThan(countBranches(whole!));
});
