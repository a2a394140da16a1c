/** A rewritten ruleset comes out of the kernel without markify's comments, chains in another order: its groups and policy rules are found all the same, and nothing is left to do. */
import { expect, test } from "vitest";
import { AXES } from "../../src/model/types.ts";
import type { Plan } from "../../src/plan/types.ts";
import { makeSourceFile } from "../../src/text/source.ts";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { runPipeline } from "../support/pipeline.ts";
import { BACKENDS, describeKernel, loadAndSave } from "./harness.ts";

function describePlan({ markBits, groups, policyRules }: Plan) {
  const lines = [
    ...groups.map(({ name, axis, members }) => `${axis} ${name}: ${members.join(" ")}`),
    ...policyRules.map((rule) => {
      const used = AXES.map((axis) => rule.groups[axis] ?? "-").join(" ");
      // A rest has no chain that would keep its name: it is called after its groups again, with a number where others are.
      const name = rule.restOf === undefined ? rule.name : `the rest of ${rule.restOf}, ${rule.summary}`;
      return `${rule.table} ${rule.chain} ${name}: ${used}`;
    }),
  ];
  return { markBits, lines: lines.sort() };
}

describeKernel("recognised in the kernel's own save", () => {
  for (const file of listOwnCorpus()) {
    for (const backend of BACKENDS) {
      test(`${file.name} with ${backend}`, () => {
        const first = runPipeline(readCorpusFile(file), file.family);
        if (first.plan.policyRules.length === 0) return;
        const { saved, errors } = loadAndSave({ family: file.family, backend, text: first.text });
        expect(errors).toBe("");
        const second = runPipeline(makeSourceFile("saved.rules", saved), file.family);
        expect(describePlan(second.plan)).toEqual(describePlan(first.plan));
        expect(second.rewritten.changed).toBe(false);
        expect(second.text).toBe(saved);
      });
    }
  }
});
