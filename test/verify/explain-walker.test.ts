/** The walk of an explanation against the sample evaluator: two interpreters, one outcome, on random rulesets and sampled packets. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family, Table } from "../../src/model/types.ts";
import type { Answers } from "../../src/verify/explain/conditions.ts";
import { walkTable } from "../../src/verify/explain/walk.ts";
import { compileTable } from "../../src/verify/sample/compile.ts";
import { Sampler } from "../../src/verify/sample/draw.ts";
import { Walker } from "../../src/verify/sample/evaluate.ts";
import { answeredTexts, answerOf, FIELD, MODE } from "../../src/verify/sample/packet.ts";
import type { CompiledHook, CompiledTable } from "../../src/verify/sample/program.ts";
import { evaluateConditions, makeTruth } from "../../src/verify/sample/truth.ts";
import { EFFORT } from "../support/seed.ts";
import { randomTable } from "./random-rules.ts";
import { rulesetOf } from "./samples.ts";

const PACKETS = 60;

/** What both interpreters can tell; rules that matched by their line. */
interface Outcome {
  readonly verdict: string | null;
  readonly mark: number;
  readonly connmark: number;
  readonly effects: readonly string[];
  readonly lines: readonly number[];
}

function hexOf(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`;
}

function walkSampled(table: Table, compiled: CompiledTable, hook: CompiledHook, packet: Int32Array): Outcome {
  const rules = table.chains.flatMap((chain) => [...chain.rules, undefined]);
  const truth = makeTruth(compiled);
  const walker = new Walker(compiled, 0, truth);
  evaluateConditions(compiled, packet, truth);
  const effects: string[] = [];
  const lines: number[] = [];
  walker.walk(hook, packet, {
    step: (rule) => lines.push(...(rule === -1 ? [] : [rules[rule]!.line])),
    hotdrop: () => {},
    effect: (text, mark) =>
      effects.push(`${compiled.texts[text]!.replace(/ #\d+$/, "")} ${mark === null ? null : hexOf(mark)}`),
  });
  const verdict = compiled.texts[walker.verdict]!;
  return { verdict, mark: walker.mark >>> 0, connmark: walker.connmark >>> 0, effects, lines };
}

/** The same packet, with everything known. */
function walkExplained(table: Table, family: Family, compiled: CompiledTable, hook: string, fields: Int32Array) {
  const numbers = new Map(compiled.texts.map((text, number) => [text, number]));
  const answers: Answers = (text) => {
    const own = answerOf(fields, numbers.get(text.replace(/^-j /, ""))!);
    return own === -1 ? fields[FIELD.MODE] === MODE.TRUE : own === 1;
  };
  const { interfaces, macs } = compiled;
  const packet = { family, fields, interfaces, macs, unset: new Map(), assumed: new Set<never>() };
  const { verdict, state, effects, steps } = walkTable(table, hook, packet, answers);
  expect(effects.every(({ perhaps }) => !perhaps)).toBe(true);
  return {
    verdict,
    mark: state.mark >>> 0,
    connmark: state.connmark >>> 0,
    effects: effects.map(({ text, mark }) => `${text} ${mark}`),
    lines: steps.flatMap((step) => (step.kind === "rule" && step.result === "matched" ? [step.line] : [])),
  };
}

function compareAll(text: string, family: Family, seed: number): void {
  const table = rulesetOf(text, family).tables[0]!;
  const compiled = compileTable({ name: "filter", family, old: table, new: table }, 0);
  for (const hook of compiled.hooks) {
    const sampler = new Sampler(compiled, hook, seed, "some");
    for (let number = 0; number < PACKETS; number++) {
      sampler.draw(number);
      const { packet } = sampler;
      if (packet[FIELD.MODE] === MODE.RANDOM) packet[FIELD.MODE] = MODE.TRUE;
      packet[FIELD.ANY_MARK] = 0;
      const sampled = walkSampled(table, compiled, hook, packet);
      const shown = `${text}\n${hook.name} packet ${number} of seed ${seed}: ${answeredTexts(packet).join()}`;
      expect(walkExplained(table, family, compiled, hook.name, packet), shown).toEqual(sampled);
    }
  }
}

test.each(["v4", "v6"] as const)("agrees with the sample evaluator on random %s rulesets", (family) => {
  fc.assert(
    fc.property(fc.integer(), (seed) => compareAll(randomTable(seed, family), family, seed)),
    { numRuns: 150 * EFFORT },
  );
});
