/** However a proof is cut up or ordered, it says the same: slices by destination together, addresses in turns, one backend at a time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family } from "../../../src/model/types.ts";
import { Random } from "../../../src/verify/sample/random.ts";
import { SAME } from "../../../src/verify/symbolic/compare.ts";
import { type ProofPair, type ProofSettings, TableProof } from "../../../src/verify/symbolic/table-proof.ts";
import { EFFORT } from "../../support/seed.ts";
import { randomTable } from "../random-rules.ts";
import { rulesetOf } from "../samples.ts";
import { NO_BUDGET, SETTINGS } from "./proofs.ts";

const SLICES = [0, 1, 2, 3, 4, 5, 6, 7].map((number) =>
  [4, 2, 1].map((bit) => ((number & bit) === 0 ? 0 : 1)),
) as (0 | 1)[][];

/** A table and another one, or itself with two of its rules in the other order or one of them gone. */
function makePair(seed: number, family: Family): ProofPair & { readonly text: string } {
  const random = new Random(seed);
  const lines = randomTable(seed, family).split("\n");
  const rules = lines.flatMap((line, at) => (line.startsWith("-A") ? [at] : []));
  const changed = random.percent(40) ? randomTable(seed + 1, family).split("\n") : [...lines];
  const at = rules[random.below(rules.length)] ?? 0;
  if (changed.join() !== lines.join()) return pairOf(lines, changed, family);
  if (rules.includes(at + 1) && random.percent(60)) changed.splice(at, 2, lines[at + 1]!, lines[at]!);
  else if (rules.length > 0) changed.splice(at, 1);
  return pairOf(lines, changed, family);
}

function pairOf(lines: readonly string[], changed: readonly string[], family: Family) {
  const [old, now] = [lines, changed].map((text) => rulesetOf(text.join("\n"), family).tables[0]!);
  return {
    name: "filter",
    family,
    old: old!,
    new: now!,
    text: `${lines.join("\n")}---\n${changed.join("\n")}`,
  };
}

/** For each hook, whether all packets fare the same. */
function answers(pair: ProofPair, change: Partial<ProofSettings>): readonly boolean[] {
  const proof = new TableProof(pair, { ...SETTINGS, ...change }, NO_BUDGET);
  const anyMark = change.anyMark === true;
  return ["INPUT", "OUTPUT"].map((hook) => proof.differences(hook, anyMark).node === SAME);
}

function together(lists: readonly (readonly boolean[])[]): readonly boolean[] {
  return lists[0]!.map((_, hook) => lists.every((list) => list[hook]));
}

test.each<Family>(["v4", "v6"])("%s: parts and orders agree with the whole", (family) => {
  const counts = { same: 0, different: 0 };
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), (seed, anyMark) => {
      const pair = makePair(seed, family);
      const base = { anyMark, ownBits: 0x80000001 | 0 };
      const whole = answers(pair, base);
      for (const isSame of whole) counts[isSame ? "same" : "different"]++;
      const sliced = SLICES.map((slice) => answers(pair, { ...base, slice }));
      expect(together(sliced), pair.text).toEqual(whole);
      expect(answers(pair, { ...base, order: "interleaved" }), pair.text).toEqual(whole);
      const backends = (["legacy", "nft"] as const).map((backend) => answers(pair, { ...base, backend }));
      expect(together(backends), pair.text).toEqual(whole);
    }),
    { numRuns: 25 * EFFORT },
  );
  expect(counts.same).toBeGreaterThan(10);
  expect(counts.different).toBeGreaterThan(10);
});
