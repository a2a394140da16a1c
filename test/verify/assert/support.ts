/** Assertions on rulesets, both from text. */
import type { Assertion } from "../../../src/model/assertion.ts";
import type { Family } from "../../../src/model/types.ts";
import { parseAssertions } from "../../../src/plan/assertions.ts";
import { makeSourceFile } from "../../../src/text/source.ts";
import { type AssertionLimits, checkAssertions } from "../../../src/verify/assert/check.ts";
import { rulesetOf } from "../samples.ts";

/** One assertion from its sentence, such as `never: any -> any tcp/22`. */
export function assertionOf(sentence: string): Assertion {
  const file = makeSourceFile("a.yaml", `assertions:\n  - ${sentence}\n`);
  const { assertions, diagnostics } = parseAssertions(file);
  if (assertions === null)
    throw new Error(`${sentence}: ${JSON.stringify(diagnostics.map(({ args }) => args))}`);
  return assertions[0]!;
}

/** What becomes of sentences on a ruleset. */
export function checkText(
  ruleset: string,
  sentences: readonly string[],
  family: Family = "v4",
  limits: AssertionLimits = {},
) {
  return checkAssertions(rulesetOf(ruleset, family), sentences.map(assertionOf), limits);
}
