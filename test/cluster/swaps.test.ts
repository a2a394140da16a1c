/** Rules that may swap may swap: the proof finds no packet that fares differently behind it, broken and short ones included. */
import { expect, test } from "vitest";
import { areInConflict } from "../../src/cluster/conflicts.ts";
import { cutTable } from "../../src/cluster/segments.ts";
import type { Family, Ruleset } from "../../src/model/types.ts";
import { pairTables } from "../../src/verify/pairs.ts";
import { Random } from "../../src/verify/sample/random.ts";
import { SAME } from "../../src/verify/symbolic/compare.ts";
import { TableProof } from "../../src/verify/symbolic/table-proof.ts";
import { randomMovable } from "../support/random-pairs.ts";
import { EFFORT, SEED } from "../support/seed.ts";
import { filterTable, NO_OPTIONS, readRuleset } from "../support/small-tables.ts";
import { NO_BUDGET, SETTINGS } from "../verify/symbolic/proofs.ts";

const FAMILIES = ["v4", "v6"] as const;

function forward(rules: readonly string[], family: Family): Ruleset {
  const lines = rules.map((rule) => `-A FORWARD ${rule}`);
  return readRuleset(filterTable(lines, { FORWARD: "DROP" }), family);
}

function maySwap(ruleset: Ruleset): boolean {
  const pieces = cutTable(ruleset.tables[0]!, ruleset, NO_OPTIONS).flatMap((chain) => chain.pieces);
  const [one, two] = pieces.flatMap((piece) => (piece.kind === "segment" ? piece.rules : []));
  return !areInConflict(one!, two!);
}

/** Also of packets of a connection that have lost a part of their headers. */
function isSame(old: Ruleset, now: Ruleset): boolean {
  const { pair } = pairTables(old, now)[0]!;
  const proof = new TableProof({ ...pair, cutsHeaders: true }, SETTINGS, NO_BUDGET);
  return proof.differences("FORWARD", false).node === SAME;
}

test.each<readonly [Family, string, string]>([
  [
    "v4",
    "-p tcp -m tcp --dport 22 -m iprange --src-range 10.0.0.1-10.0.0.2 -j ACCEPT",
    "-s 10.0.1.0/24 -j ACCEPT",
  ],
  [
    "v4",
    "-p tcp -m multiport --dports 22 -m iprange --dst-range 10.0.0.1-10.0.0.2 -j DROP",
    "-d 10.0.1.0/24 -p tcp -j ACCEPT",
  ],
  ["v6", "-p tcp -m iprange --src-range 2001:db8::1-2001:db8::2 -j DROP", "-s 2001:db8:1::/64 -j ACCEPT"],
])("a range behind a test that may drop the packet keeps no rule apart (%s)", (family, one, two) => {
  expect(maySwap(forward([one, two], family))).toBe(false);
  expect(isSame(forward([one, two], family), forward([two, one], family))).toBe(false);
});

test("a range in front of it does", () => {
  const one = "-p tcp -m iprange --src-range 10.0.0.1-10.0.0.2 -m tcp --dport 22 -j ACCEPT";
  expect(maySwap(forward([one, "-s 10.0.1.0/24 -j DROP"], "v4"))).toBe(true);
});

test.each(FAMILIES)("random pairs (%s)", { timeout: 300_000 * EFFORT }, (family) => {
  const counts = { free: 0, held: 0 };
  for (let number = 0; number < 1200 * EFFORT; number++) {
    const random = new Random(SEED * 1_000_003 + number);
    const [one, two] = [randomMovable(random, family), randomMovable(random, family)];
    const old = forward([one, two], family);
    if (!maySwap(old)) {
      counts.held++;
      continue;
    }
    counts.free++;
    expect(isSame(old, forward([two, one], family)), `${one}\n${two}`).toBe(true);
  }
  console.log(family, JSON.stringify(counts));
  expect(counts.free).toBeGreaterThan(300 * EFFORT);
});
