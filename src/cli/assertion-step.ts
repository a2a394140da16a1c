/**
 * `--assert`: reads assertions, checks them on the rulesets that a command ends with, and says what that means for its ending.
 */
import type { Assertion } from "../model/assertion.ts";
import type { Ruleset } from "../model/types.ts";
import { type ParsedAssertions, parseAssertions } from "../plan/assertions.ts";
import type { PlanGroup } from "../plan/types.ts";
import { judgePromises, withAssertions } from "../report/assertion-view.ts";
import type { VerifyView } from "../report/verify-view.ts";
import { checkAssertions } from "../verify/assert/check.ts";
import { ANSWER_EXIT, EXIT, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";

export { summariseAnswer } from "../report/verify-terminal.ts";

/** Reads the file of `--assert`, with the names of a plan's groups; without the option there are no assertions. */
export async function readAssertions(
  io: Io,
  path: string | undefined,
  groups: readonly PlanGroup[] = [],
): Promise<ParsedAssertions> {
  if (path === undefined) return { assertions: [], diagnostics: [] };
  // Standard input is the place of a ruleset.
  if (path === "-") throw new CommandStop(EXIT.usage, "--assert reads a file, not standard input");
  const { file } = await readSource(io, path);
  return parseAssertions(file, groups);
}

/** The view with the assertions checked on each ruleset; as it is where there are none. */
export function addAssertions<View extends VerifyView>(
  io: Io,
  view: View,
  assertions: readonly Assertion[],
  rulesets: () => readonly Ruleset[],
  budget: number | undefined,
): View {
  if (assertions.length === 0) return view;
  const limits = { clock: io.now, ...(budget === undefined ? {} : { budget }) };
  const checked = rulesets().map((ruleset) => {
    return { family: ruleset.family, check: checkAssertions(ruleset, assertions, limits) };
  });
  return withAssertions(view, checked);
}

/** How a command ends: with the worse of `checked`, what the comparison comes to, and of the assertions. */
export function exitOf(view: VerifyView, checked: ExitCode = ANSWER_EXIT[view.result]): ExitCode {
  const promised = judgePromises(view);
  if (promised === "broken" || checked === EXIT.negative) return EXIT.negative;
  return promised === "unknown" ? EXIT.unknown : checked;
}
