/** Trees of prefixes: each member is in the tree once, inside the prefixes above it, and no chain is long. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countBranches, isInside, makePrefixTree, type PrefixNode } from "../../src/cluster/prefix-tree.ts";
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
