/** The diagrams of random tables against the compiled evaluator, packet by packet. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family } from "../../../src/model/types.ts";
import { CrossChecker } from "../../../src/verify/cross-check.ts";
import { compileTable } from "../../../src/verify/sample/compile.ts";
import { Sampler } from "../../../src/verify/sample/draw.ts";
import { TableProof } from "../../../src/verify/symbolic/table-proof.ts";
import { EFFORT } from "../../support/seed.ts";
import { randomTable } from "../random-rules.ts";
import { rulesetOf } from "../samples.ts";
import { NO_BUDGET, SETTINGS } from "./proofs.ts";

const PACKETS = 60;

function compareAll(family: Family, seed: number): void {
  const [oldText, newText] = [randomTable(seed, family), randomTable(seed + 1, family)];
  const [old, now] = [rulesetOf(oldText, family), rulesetOf(newText, family)];
  const pair = { name: "filter", family, old: old.tables[0]!, new: now.tables[0]! };
  const compiled = compileTable(pair, 0);
  const proof = new TableProof(pair, SETTINGS, NO_BUDGET);
  const checker = new CrossChecker(proof, compiled);
  for (const hook of compiled.hooks) {
    const sampler = new Sampler(compiled, hook, seed, "some");
    for (let number = 0; number < PACKETS; number++) {
      sampler.draw(number);
      for (const side of [0, 1] as const) {
        const { evaluated, proved } = checker.check(hook, sampler.packet, side);
        expect(proved, `${side === 0 ? oldText : newText}\n${hook.name} ${sampler.packet}`).toEqual(
          evaluated,
        );
      }
    }
  }
}

test.each<Family>(["v4", "v6"])("%s: the diagrams say what the evaluator does", (family) => {
  fc.assert(
    fc.property(fc.integer(), (seed) => compareAll(family, seed)),
    { numRuns: 150 * EFFORT },
  );
});
