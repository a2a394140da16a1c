/** The compiled evaluator against the naive interpreter, on random rulesets and sampled packets. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family } from "../../src/model/types.ts";
import { nameOccurrences } from "../../src/verify/occurrences.ts";
import { compileTable } from "../../src/verify/sample/compile.ts";
import { Sampler } from "../../src/verify/sample/draw.ts";
import { Walker } from "../../src/verify/sample/evaluate.ts";
import { FIELD, MODE } from "../../src/verify/sample/packet.ts";
import type { CompiledHook, CompiledTable } from "../../src/verify/sample/program.ts";
import { evaluateConditions, makeTruth } from "../../src/verify/sample/truth.ts";
import { EFFORT } from "../support/seed.ts";
import { interpret, type NaiveOutcome } from "./naive.ts";
import { randomTable } from "./random-rules.ts";
import { naivePacket, rulesetOf } from "./samples.ts";

const PACKETS = 60;

function walkCompiled(table: CompiledTable, hook: CompiledHook, packet: Int32Array): NaiveOutcome {
  const truth = makeTruth(table);
  const walker = new Walker(table, 0, truth);
  evaluateConditions(table, packet, truth);
  const effects: string[] = [];
  walker.walk(hook, packet, {
    step: () => {},
    hotdrop: () => {},
    effect: (text, mark) => effects.push(table.texts[text]! + (mark === null ? "" : ` @${mark >>> 0}`)),
  });
  return {
    verdict: table.texts[walker.verdict]!,
    mark: walker.mark >>> 0,
    connmark: walker.connmark >>> 0,
    effects,
  };
}

function compareAll(text: string, family: Family, seed: number): void {
  const table = rulesetOf(text, family).tables[0]!;
  const compiled = compileTable({ name: "filter", family, old: table, new: table }, 0);
  const names = nameOccurrences(table, table);
  for (const hook of compiled.hooks) {
    const sampler = new Sampler(compiled, hook, seed, "some");
    for (let number = 0; number < PACKETS; number++) {
      sampler.draw(number);
      const { packet } = sampler;
      if (packet[FIELD.MODE] === MODE.RANDOM) packet[FIELD.MODE] = MODE.TRUE;
      const naive = naivePacket(compiled, packet);
      const shown = `${text}\n${hook.name} ${JSON.stringify(naive)}`;
      expect(walkCompiled(compiled, hook, packet), shown).toEqual(interpret(table, hook.name, naive, names));
    }
  }
}

test.each(["v4", "v6"] as const)("agrees with the naive interpreter on random %s rulesets", (family) => {
  fc.assert(
    fc.property(fc.integer(), (seed) => compareAll(randomTable(seed, family), family, seed)),
    { numRuns: 250 * EFFORT },
  );
});
