/** The checks themselves: each of them fails on a run that was spoilt for it, and passes on the same run before. */
import { describe, expect, test } from "vitest";
import { listOwnCorpus, readCorpusFile } from "../support/corpus.ts";
import { type PipelineRun, runPipeline } from "../support/pipeline.ts";
import { CHECK_NAMES, CHECKS, type CheckName } from "./checks.ts";

const file = listOwnCorpus().find(({ name }) => name === "corpus/example.rules")!;
const good = runPipeline(readCorpusFile(file), file.family);

const passes = (check: CheckName, run: PipelineRun): Promise<boolean> =>
  Promise.resolve()
    .then(() => CHECKS[check]({ file, run: () => run }))
    .then(
      () => true,
      () => false,
    );

/** The run with its restore file changed; the change has to be one. */
function spoilText(from: string, to: string): PipelineRun {
  expect(good.text).toContain(from);
  return { ...good, text: good.text.replace(from, to) };
}

const spoilt: readonly (readonly [CheckName, string, () => PipelineRun])[] = [
  [
    "accounts for every rule",
    "a flat rule is lost",
    () => ({ ...good, plan: { ...good.plan, flat: good.plan.flat.slice(1) } }),
  ],
  [
    "accounts for every rule",
    "a flat rule is there twice",
    () => ({ ...good, plan: { ...good.plan, flat: [...good.plan.flat, good.plan.flat[0]!] } }),
  ],
  [
    "accounts for every rule",
    "a policy rule is lost",
    () => ({ ...good, plan: { ...good.plan, policyRules: good.plan.policyRules.slice(1) } }),
  ],
  [
    "rewrites where it pays",
    "the count is off by one",
    () => ({ ...good, rewritten: { ...good.rewritten, rulesAfter: good.rewritten.rulesAfter + 1 } }),
  ],
  [
    "is equal after the rewrite",
    "a member is left out",
    () => spoilText("-s 192.168.11.0/24 -j MARK", "-s 192.168.11.0/32 -j MARK"),
  ],
  ["is equal after the rewrite", "a policy is another one", () => spoilText(":INPUT DROP", ":INPUT ACCEPT")],
  ["finds nothing more", "nothing was rewritten", () => ({ ...good, text: good.ruleset.file.text })],
];

describe("the conformance checks", () => {
  test.each(CHECK_NAMES.map((name) => [name]))("%s: passes on a good run", async (check) => {
    expect(await passes(check, good)).toBe(true);
  });

  test.each(spoilt)("%s: fails where %s", async (check, _, spoil) => {
    expect(await passes(check, spoil())).toBe(false);
  });
});
