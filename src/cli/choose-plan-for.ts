/**
 * The plan that `import` goes on with: the search is done with the options and names that were given, where a plan that is there doesn't do.
 */
import type { ClusterOptions } from "../cluster/types.ts";
import type { NameBase } from "../plan/naming/sources.ts";
import type { Plan } from "../plan/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { ChosenPlan } from "./carry-plan.ts";
import { choosePlan } from "./choose-plan.ts";
import { describeInputs, findIdlePatterns, findPlan } from "./find-plan.ts";
import type { ImportInput } from "./import-inputs.ts";
import { reportProblems, type Session } from "./session.ts";
import type { ReadSource } from "./sources.ts";

/** What decides about the plan. */
export interface PlanSettings {
  readonly overwrite: boolean;
  /** Missing where the option was not given; an empty pattern stands for none. */
  readonly keepChain?: readonly string[];
  readonly rewriteChain?: readonly string[];
}

/** The plan to go on with, and what was to say on the way (which is said already). `names`: files that were given to look names up in. */
export function choosePlanFor(
  session: Session,
  path: string,
  inputs: readonly ImportInput[],
  existing: ReadSource | null,
  { keepChain, rewriteChain, overwrite }: PlanSettings,
  names: NameBase,
): { readonly chosen: ChosenPlan; readonly diagnostics: readonly Diagnostic[] } {
  const heads = describeInputs(session.io, inputs, path);
  const diagnostics: Diagnostic[] = [];
  const makeFresh = (options: ClusterOptions, previous: Plan | null) => {
    const made = findPlan(session.console, inputs, heads, options, { ...names, previous });
    diagnostics.push(...made.diagnostics);
    return made.plan;
  };
  const some = (patterns: readonly string[] = []) => patterns.filter((pattern) => pattern !== "");
  const isGiven = keepChain !== undefined || rewriteChain !== undefined;
  const options = isGiven ? { keepChains: some(keepChain), rewriteChains: some(rewriteChain) } : null;
  const chosen = choosePlan({
    ...{ session, path, overwrite, options, makeFresh },
    isRenamed: Object.keys(names).length > 0,
    existing: existing?.file ?? null,
    inputs: heads,
    rulesets: inputs.map(({ ruleset }) => ruleset),
  });
  diagnostics.push(...findIdlePatterns(inputs, chosen.plan));
  reportProblems(session, diagnostics);
  return { chosen, diagnostics };
}
