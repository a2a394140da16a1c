/**
 * What lint finds in the inputs of a plan, for the groups report. A report should not take much longer for it, so it has little time, and none where the ruleset is
 * large (`markify lint` has as much as it needs).
 */
import { lint } from "../lint/lint.ts";
import type { Ruleset } from "../model/types.ts";
import type { PlanInput } from "../plan/types.ts";
import { type LintSummary, summariseLinted } from "../report/lint-summary.ts";
import type { Session } from "./session.ts";
import { shellWord } from "./shell.ts";

/** Seconds for the proofs of one input. */
const SECONDS = 2;

/** Rules past which nobody looks without being asked: the searches beside the proofs take longer, too. */
const MOST_RULES = 3000;

/** Looks; `budget`: seconds that somebody gave for each input, however large it is (0: none). `rulesets` in the order of the inputs. */
export function lintInputs(
  { io, console }: Session,
  inputs: readonly PlanInput[],
  rulesets: readonly Ruleset[],
  budget: number | undefined,
): readonly LintSummary[] {
  return inputs.map((input, at) => {
    const ruleset = rulesets[at]!;
    const isWanted = budget === undefined ? input.rules <= MOST_RULES : budget > 0;
    if (isWanted) console.progress("looking for rules that do nothing", at, inputs.length);
    const options = { clock: io.now, budget: budget ?? SECONDS };
    // What was made from something else can't be named in one word.
    const isItself = input.text === undefined && input.path !== "-";
    return summariseLinted({
      ...{ file: input.path, family: input.family },
      ...(isItself ? { command: `markify lint ${shellWord(ruleset.file.path)}` } : {}),
      linted: isWanted ? { ruleset, result: lint(ruleset, options) } : null,
    });
  });
}
