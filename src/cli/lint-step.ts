/**
 * What lint finds in the inputs of a plan, for the groups report. A report should not take much longer for it, so it has little time, and none where the ruleset is
 * large (`markify lint` has as much as it needs).
 */
import type { LintFinding } from "../lint/types.ts";
import type { Ruleset } from "../model/types.ts";
import type { PlanInput } from "../plan/types.ts";
import { type LintSummary, summariseLinted } from "../report/lint-summary.ts";
import type { Session } from "./session.ts";
import { shellWord } from "./shell.ts";

/** Seconds for the proofs of one input. */
const SECONDS = 2;

/** Rules past which nobody looks without being asked: the searches beside the proofs take longer, too. */
const MOST_RULES = 3000;

/** What was found in the inputs, in their order: in short, and all of it (null where nobody looked). */
export interface LintedInputs {
  readonly summaries: readonly LintSummary[];
  readonly findings: readonly (readonly LintFinding[] | null)[];
}

/** Looks; `budget`: seconds that somebody gave for each input, however large it is (0: none). `rulesets` in the order of the inputs. */
export async function lintInputs(
  { io, console }: Session,
  inputs: readonly PlanInput[],
  rulesets: readonly Ruleset[],
  budget: number | undefined,
): Promise<LintedInputs> {
  const summaries: LintSummary[] = [];
  const findings: (readonly LintFinding[] | null)[] = [];
  for (const [at, input] of inputs.entries()) {
    const ruleset = rulesets[at]!;
    const isWanted = budget === undefined ? input.rules <= MOST_RULES : budget > 0;
    if (isWanted) console.progress("looking for rules that do nothing", at, inputs.length);
    const options = { clock: io.now, budget: budget ?? SECONDS };
    // What was made from something else can't be named in one word.
    const isItself = input.text === undefined && input.path !== "-";
    const command = isItself ? { command: `markify lint ${shellWord(ruleset.file.path)}` } : {};
    // Read in only where it is wanted, with all the proofs that it takes.
    const linted = isWanted ? { ruleset, result: (await loadLint()).lint(ruleset, options) } : null;
    summaries.push(summariseLinted({ file: input.path, family: input.family, ...command, linted }));
    findings.push(linted?.result.findings ?? null);
  }
  return { summaries, findings };
}

function loadLint(): Promise<typeof import("../lint/lint.ts")> {
  return import("../lint/lint.ts");
}
