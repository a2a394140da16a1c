/**
 * What must hold for every ruleset of the corpus: it prints back, models, no rule is lost, the rewrite is equal to it, and a second import finds
 * nothing. One test a check and file; exceptions are in `exceptions.ts`.
 */
import { afterAll, describe, expect, test } from "vitest";
import { importRuleset } from "../../src/import/import.ts";
import { printTree } from "../../src/syntax/print.ts";
import { verify } from "../../src/verify/verify.ts";
import { type CorpusFile, readCorpusFile } from "../support/corpus.ts";
import { importOrThrow, importRewritten, type PipelineRun, runPipeline } from "../support/pipeline.ts";
import { EXCEPTIONS } from "./exceptions.ts";

/** Packets for each file: the whole corpus has to go through in minutes. */
const PACKETS = 10_000;

const SEED = 20_240_607;

/** What a check gets: the file, and the run of all stages, made when it is first asked for. */
export interface Subject {
  readonly file: CorpusFile;
  readonly run: () => PipelineRun;
}

/** The checks in order; each throws where the file does not pass. */
export const CHECKS = {
  "prints back": ({ file }) => {
    const source = readCorpusFile(file);
    expect(printTree(importRuleset(source, { family: file.family }).tree) === source.text).toBe(true);
  },
  models: ({ file }) => {
    const source = readCorpusFile(file);
    const lines = ruleLines(source.text);
    const ruleset = importOrThrow(source, file.family);
    const modelled = ruleset.tables.flatMap(({ chains }) =>
      chains.flatMap(({ rules }) => rules.map(({ line }) => line)),
    );
    expect(modelled.sort((a, b) => a - b)).toEqual(lines);
  },
  "finds its family": ({ file }) => {
    expect(importRuleset(readCorpusFile(file)).ruleset?.family).toBe(file.family);
  },
  "accounts for every rule": ({ run }) => {
    const { ruleset, plan } = run();
    const merged = new Set(plan.policyRules.flatMap(({ lines }) => lines));
    const flat = plan.flat.flatMap(({ lines }) => lines);
    expect(new Set(flat).size, "a rule that stays flat stands in the plan once").toBe(flat.length);
    expect(
      flat.filter((line) => merged.has(line)),
      "no rule is both merged and flat",
    ).toEqual([]);
    const all = [...merged, ...flat].sort((a, b) => a - b);
    expect(all, "every rule is merged or flat").toEqual(ruleLines(ruleset.file.text));
  },
  "rewrites where it pays": ({ run }) => {
    const { ruleset, plan, rewritten, text } = run();
    expect(rewritten.rulesBefore).toBe(ruleLines(ruleset.file.text).length);
    expect(rewritten.rulesAfter).toBe(ruleLines(text).length);
    if (!rewritten.changed)
      expect(text === ruleset.file.text, "an unchanged file keeps its bytes").toBe(true);
    const uses = plan.policyRules.flatMap(({ groups }) => Object.values(groups));
    const isShared = new Set(uses).size < uses.length;
    expect(rewritten.rulesBefore - rewritten.rulesAfter).toBeGreaterThanOrEqual(
      rewritten.changed && !isShared ? 1 : 0,
    );
  },
  "is equal after the rewrite": async ({ run }) => {
    const result = await verify(run().ruleset, importRewritten(run()), {
      packets: PACKETS,
      seed: SEED,
      demandAnyMark: true,
    });
    const detail = JSON.stringify({ seed: SEED, reason: result.reason, witness: result.witness }, null, 1);
    expect(result.result, detail).toBe("equal");
    if (run().rewritten.changed) expect(result.packets).toBeGreaterThanOrEqual(PACKETS);
  },
  "finds nothing more": ({ run }) => {
    // Its own groups are found again, and what is written for them is what is there.
    const { plan, ruleset } = run();
    const again = runPipeline(importRewritten(run()).file, ruleset.family);
    const sizes = ({ groups, policyRules }: typeof plan) => [groups.length, policyRules.length];
    expect(sizes(again.plan)).toEqual(sizes(plan));
    expect(again.plan.policyRules.filter(({ replaces }) => replaces === undefined)).toEqual([]);
    expect(again.rewritten.changed).toBe(false);
  },
} as const satisfies Readonly<Record<string, (subject: Subject) => void | Promise<void>>>;

/** Name of a check. */
export type CheckName = keyof typeof CHECKS;

/** In the order in which they run. */
export const CHECK_NAMES: readonly CheckName[] = [
  "prints back",
  "models",
  "finds its family",
  "accounts for every rule",
  "rewrites where it pays",
  "is equal after the rewrite",
  "finds nothing more",
];

/** A file that does not model can't be asked anything further. */
const WITHOUT_MODEL: readonly CheckName[] = ["prints back", "models"];

/** Numbers of the lines that hold a rule, found without markify's parser. */
function ruleLines(text: string): readonly number[] {
  return text
    .split("\n")
    .flatMap((line, at) => (/^(\[\d+:\d+\] )?(-A|--append) /.test(line) ? [at + 1] : []));
}

/** The tests of some files. */
export function testConformance(files: readonly CorpusFile[]): void {
  for (const file of files) {
    describe(file.name, () => {
      let made: PipelineRun | null = null;
      const run = () => (made ??= runPipeline(readCorpusFile(file), file.family));
      afterAll(() => {
        made = null;
      });
      const exceptions = EXCEPTIONS.filter((exception) => exception.file === file.name);
      const isRefused = exceptions.some(({ check }) => check === "models");
      for (const check of isRefused ? WITHOUT_MODEL : CHECK_NAMES) {
        const exception = exceptions.find((candidate) => candidate.check === check);
        if (exception === undefined) test(check, () => CHECKS[check]({ file, run }));
        else test(`${check}: not yet, ${exception.reason}`, () => expectFailure(check, { file, run }));
      }
    });
  }
}

async function expectFailure(check: CheckName, subject: Subject): Promise<void> {
  const passes = await Promise.resolve()
    .then(() => CHECKS[check](subject))
    .then(() => true)
    .catch(() => false);
  expect(passes, `${subject.file.name} passes "${check}" now: take its exception out`).toBe(false);
}

/** Exceptions for files that are not among these: a slip of the pen in the list. */
export function findStrayExceptions(files: readonly CorpusFile[], prefix: string): readonly string[] {
  const names = new Set(files.map(({ name }) => name));
  return EXCEPTIONS.filter(({ file }) => file.startsWith(prefix) && !names.has(file)).map(({ file }) => file);
}
