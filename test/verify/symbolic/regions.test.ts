/** Regions against the diagram that they describe, and proofs in slices or another order against the plain one. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Chain, Family } from "../../../src/model/types.ts";
import { packetBits } from "../../../src/verify/bridge.ts";
import { compileTable } from "../../../src/verify/sample/compile.ts";
import { Sampler } from "../../../src/verify/sample/draw.ts";
import { SAME } from "../../../src/verify/symbolic/compare.ts";
import { proveTable } from "../../../src/verify/symbolic/prove.ts";
import { type Cube, findRegions, type Region } from "../../../src/verify/symbolic/regions.ts";
import { TableProof } from "../../../src/verify/symbolic/table-proof.ts";
import { verify } from "../../../src/verify/verify.ts";
import { findOwnBits } from "../../../src/verify/own-bits.ts";
import { rewriteText } from "../../support/small-tables.ts";
import { EFFORT } from "../../support/seed.ts";
import { randomTable } from "../random-rules.ts";
import { filterOf, rulesetOf } from "../samples.ts";
import { NO_BUDGET, SETTINGS } from "./proofs.ts";

function pairOf(seed: number, family: Family, other = seed + 1) {
  const [old, now] = [seed, other].map((each) => rulesetOf(randomTable(each, family), family).tables[0]!);
  return { name: "filter", family, old: old!, new: now! };
}

/** Without the last accepting rule of a chain that is closed behind it. */
function withoutLast(chain: Chain): Chain {
  if (chain.name !== "FORWARD") return chain;
  const at = chain.rules.findLastIndex(({ target }) => target.text === "-j ACCEPT");
  return { ...chain, rules: chain.rules.filter((_, index) => index !== at) };
}

type Bits = (level: number) => number;

function isInside(cubes: readonly Cube[], levels: readonly number[], bits: Bits): boolean {
  return cubes.some(({ value, mask }) =>
    mask.every((bit, at) => bit === 0 || bits(levels[at]!) === value[at]),
  );
}

function holds(region: Region, proof: TableProof, bits: Bits): boolean {
  const { fields } = proof.join.variables;
  return (
    [...region.fields].every(([name, cubes]) => isInside(cubes, fields[name], bits)) &&
    region.others.every(([level, value]) => bits(level) === value)
  );
}

test.each(["destination-first", "interleaved"] as const)(
  "%s: a packet is in a region exactly when it differs, and in one only",
  (order) => {
    let inside = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const pair = pairOf(seed, "v4");
        const proof = new TableProof(pair, { ...SETTINGS, order }, NO_BUDGET);
        const compiled = compileTable(pair, 0);
        for (const hook of compiled.hooks) {
          const { node } = proof.differences(hook.name, false);
          const { list, isCut } = findRegions(proof, node, SAME, 5000);
          if (isCut || list.length === 0) continue;
          const sampler = new Sampler(compiled, hook, seed, "some");
          for (let number = 0; number < 40; number++) {
            sampler.draw(number);
            const bits = packetBits(proof, compiled, sampler.packet, new Map());
            const differs = proof.join.diagram.evaluate(node, bits) !== SAME;
            const isOrdinary = list.every((region) => !region.isBroken);
            // Where ordinary packets differ, only those are listed.
            const isBroken =
              holds({ ...list[0]!, fields: new Map(), others: [] }, proof, bits) &&
              ["fragment", "header"].some((name) => {
                const levels = proof.join.variables.fields[name as "fragment" | "header"];
                const number = levels.reduce((sum, level) => sum * 2 + bits(level), 0);
                return number !== (name === "header" ? 7 : 0);
              });
            if (isOrdinary && isBroken) continue;
            const found = list.filter((region) => holds(region, proof, bits)).length;
            expect(found, `${seed} ${hook.name} ${sampler.packet}`).toBe(differs ? 1 : 0);
            inside += found;
          }
        }
      }),
      { numRuns: 60 * EFFORT },
    );
    expect(inside).toBeGreaterThan(100);
  },
);

describe("small budgets and other orders", () => {
  const limits = { deadline: 1, clock: () => 0 };

  test("slices give the answer of the whole", async () => {
    const text = readFileSync(new URL("../../../corpus/generated/dmz-1k.rules", import.meta.url), "utf8");
    const { old, new: now } = rewriteText(text, "v4");
    const [one, other] = [old, now].map(({ tables }) => tables.find(({ name }) => name === "filter")!);
    const lost = { ...one!, chains: one!.chains.map((chain) => withoutLast(chain)) };
    const settings = { ...SETTINGS, ownBits: findOwnBits(old, now) };
    for (const [second, answer] of [
      [other!, "equal"],
      [lost, "different"],
    ] as const) {
      const pair = { name: "filter", family: "v4", old: one!, new: second } as const;
      const parts = await proveTable(pair, settings, false, { ...limits, nodes: 1 << 16 });
      const forward = parts.find(({ hook }) => hook === "FORWARD")!;
      expect([forward.main.answer, forward.proof]).toEqual([answer, null]);
    }
  });

  test("addresses in turns give the answer of one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, isEqual) => {
        const pair = pairOf(seed, "v4", isEqual ? seed : seed + 1);
        const big = { ...limits, nodes: 20_000_000 };
        const answers = async (order: "destination-first" | "interleaved") =>
          (await proveTable(pair, { ...SETTINGS, order }, false, big)).map(({ main }) => main.answer);
        expect(await answers("interleaved")).toEqual(await answers("destination-first"));
      }),
      { numRuns: 40 * EFFORT },
    );
  });

  test("32 rules of one address bit each: proved", async () => {
    const bit = (at: number): string => [24, 16, 8, 0].map((shift) => ((2 ** at) >>> shift) & 255).join(".");
    const rules = Array.from({ length: 32 }, (_, at) => {
      return `-A FORWARD -s ${bit(at)}/${bit(at)} -d ${bit(at)}/${bit(at)} -j DROP`;
    });
    const [old, now] = [rules, rules.toReversed()].map((list) => rulesetOf(filterOf(list)));
    const result = await verify(old!, now!, { packets: 1000 });
    expect(result).toMatchObject({ result: "equal", basis: "proved" });
  });

  test("out of time, or of memory: unknown, never equal", async () => {
    const pair = pairOf(1, "v4", 1);
    const late = await proveTable(pair, SETTINGS, false, { nodes: 1e6, deadline: 0, clock: () => 1 });
    expect(late.map(({ main }) => main.answer)).toEqual(late.map(() => "unknown"));
  });
});
