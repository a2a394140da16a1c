/** The walk of an explanation against the sample evaluator: two interpreters, one outcome, on random rulesets and sampled packets. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Family, Table } from "../../src/model/types.ts";
import type { Answers } from "../../src/verify/explain/conditions.ts";
import type { FieldGap, PacketField } from "../../src/verify/explain/packet.ts";
import type { ExplainStep } from "../../src/verify/explain/types.ts";
import { walkTable } from "../../src/verify/explain/walk.ts";
import { compileTable } from "../../src/verify/sample/compile.ts";
import { Sampler } from "../../src/verify/sample/draw.ts";
import { Walker } from "../../src/verify/sample/evaluate.ts";
import { answeredTexts, answerOf, FIELD, MODE } from "../../src/verify/sample/packet.ts";
import type { CompiledHook, CompiledTable } from "../../src/verify/sample/program.ts";
import { Random } from "../../src/verify/sample/random.ts";
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
function walkExplained(
  table: Table,
  family: Family,
  compiled: CompiledTable,
  hook: string,
  fields: Int32Array,
) {
  const numbers = new Map(compiled.texts.map((text, number) => [text, number]));
  const answers: Answers = (text) => {
    const own = answerOf(fields, numbers.get(text.replace(/^-j /, ""))!);
    return own === -1 ? fields[FIELD.MODE] === MODE.TRUE : own === 1;
  };
  const { interfaces, macs } = compiled;
  const packet = { family, fields, interfaces, macs, unset: new Map(), assumed: new Set<never>() };
  const { verdict, state, effects, steps } = walkTable(table, hook, packet, answers);
  expect(effects.every(({ perhaps }) => !perhaps)).toBe(true);
  expectEveryRule(table, steps);
  return {
    verdict,
    mark: state.mark >>> 0,
    connmark: state.connmark >>> 0,
    effects: effects.map(({ text, mark }) => `${text} ${mark}`),
    lines: steps.flatMap((step) => (step.kind === "rule" && step.result === "matched" ? [step.line] : [])),
  };
}

/** Within a visit of a chain the rules stand one after the other: none that was tested is left out. */
function expectEveryRule(table: Table, steps: readonly ExplainStep[]): void {
  const next: number[] = [];
  for (const step of steps) {
    if (step.kind === "enter" && step.by === "goto") next.pop();
    if (step.kind === "enter") next.push(0);
    else if (step.kind === "return") next.pop();
    else {
      const { rules } = table.chains.find(({ name }) => name === step.chain)!;
      expect(rules[next[next.length - 1]!++]!.line).toBe(step.line);
    }
  }
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

const FIELDS: readonly PacketField[] = [
  "in",
  "source",
  "destination",
  "protocol",
  "sourcePort",
  "destinationPort",
  "icmpType",
  "icmpCode",
  "tcpFlags",
  "mac",
];

/** With fields and answers taken away: what is decided all the same has to be what the evaluator says of the whole packet. */
function countDecided(text: string, family: Family, seed: number): { decided: number; stopped: number } {
  const table = rulesetOf(text, family).tables[0]!;
  const compiled = compileTable({ name: "filter", family, old: table, new: table }, 0);
  const random = new Random(seed);
  const counts = { decided: 0, stopped: 0 };
  for (const hook of compiled.hooks) {
    const sampler = new Sampler(compiled, hook, seed, "some");
    for (let number = 0; number < PACKETS; number++) {
      sampler.draw(number);
      const fields = sampler.packet;
      fields[FIELD.ANY_MARK] = fields[FIELD.SHORT] = fields[FIELD.BROKEN] = 0;
      if (fields[FIELD.FRAGMENT] === 1) fields[FIELD.FRAGMENT] = 2;
      const gap = { why: "not given", option: [] };
      const left = FIELDS.filter(() => random.percent(20));
      const unset = new Map<PacketField, FieldGap>(left.map((field) => [field, gap]));
      // Where the protocol is not known, nothing of the header is.
      if (unset.has("protocol")) for (const field of FIELDS.slice(4, 9)) unset.set(field, gap);
      const { interfaces, macs } = compiled;
      const packet = { family, fields, interfaces, macs, unset, assumed: new Set<never>() };
      const walk = walkTable(table, hook.name, packet, () => null);
      counts[walk.verdict === null ? "stopped" : "decided"]++;
      if (walk.verdict === null) continue;
      const sampled = walkSampled(table, compiled, hook, fields);
      const shown = `${text}\n${hook.name} packet ${number} of seed ${seed} without ${[...unset.keys()].join()}`;
      expect(walk.verdict, shown).toBe(sampled.verdict);
      expect([walk.state.mark >>> 0, walk.state.connmark >>> 0], shown).toEqual([
        sampled.mark,
        sampled.connmark,
      ]);
      const certain = walk.effects
        .filter(({ perhaps }) => !perhaps)
        .map(({ text, mark }) => `${text} ${mark}`);
      expect(sampled.effects, shown).toEqual(expect.arrayContaining(certain));
    }
  }
  return counts;
}

test.each(["v4", "v6"] as const)("decides only what is known, on random %s rulesets", (family) => {
  const total = { decided: 0, stopped: 0 };
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { decided, stopped } = countDecided(randomTable(seed, family), family, seed);
      total.decided += decided;
      total.stopped += stopped;
    }),
    { numRuns: 80 * EFFORT },
  );
  expect(total.decided).toBeGreaterThan(1000);
  expect(total.stopped).toBeGreaterThan(1000);
});

test.each(["v4", "v6"] as const)("agrees with the sample evaluator on random %s rulesets", (family) => {
  fc.assert(
    fc.property(fc.integer(), (seed) => compareAll(randomTable(seed, family), family, seed)),
    { numRuns: 80 * EFFORT },
  );
});
