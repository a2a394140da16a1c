/**
 * The plan that `import` goes on with: the search is done with the options and names that were given, where a plan that is there doesn't do.
 */
import type { ClusterOptions } from "../cluster/types.ts";
import type { NameBase } from "../plan/naming/sources.ts";
import { describeLostNames, namesOfPlan } from "../plan/plan-names.ts";
import type { MarkReservation, Plan, PlanOptions } from "../plan/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { ChosenPlan } from "./carry-plan.ts";
import { choosePlan } from "./choose-plan.ts";
import { describeInputs, findPlan } from "./find-plan.ts";
import { findIdlePatterns } from "./idle-patterns.ts";
import type { ImportInput } from "./import-inputs.ts";
import { reportProblems, type Session } from "./session.ts";
import type { ReadSource } from "./sources.ts";

/** What decides about the plan. */
export interface PlanSettings {
  readonly overwrite: boolean;
  /** Missing where the option was not given; an empty pattern stands for none. */
  readonly keepChain?: readonly string[];
  readonly rewriteChain?: readonly string[];
  readonly tolerance?: number;
  readonly tables?: readonly string[];
  readonly members?: string;
  readonly aggregate?: boolean;
  readonly compiledChains?: boolean;
}

/** What else was read: files to look names up in, marks of others (null where no option told of any). */
export interface PlanBase {
  readonly names: NameBase;
  readonly marks: MarkReservation | null;
}

/** The plan to go on with, and what was to say on the way (which is said already). */
export function choosePlanFor(
  session: Session,
  path: string,
  inputs: readonly ImportInput[],
  existing: ReadSource | null,
  settings: PlanSettings,
  { names, marks }: PlanBase,
): { readonly chosen: ChosenPlan; readonly diagnostics: readonly Diagnostic[] } {
  const heads = describeInputs(session.io, inputs, path);
  const diagnostics: Diagnostic[] = [];
  const lostNames: string[] = [];
  const makeFresh = (options: PlanOptions, previous: Plan | null) => {
    const known = names.known ?? (previous === null ? null : namesOfPlan(previous));
    const made = findPlan(session.console, inputs, heads, options, { ...names, known, previous });
    diagnostics.push(...made.diagnostics);
    if (names.known === undefined && previous !== null)
      lostNames.push(...describeLostNames(previous, made.plan));
    return made.plan;
  };
  const some = (patterns: readonly string[]) => patterns.filter((pattern) => pattern !== "");
  const { keepChain, rewriteChain, tolerance, aggregate, compiledChains, tables } = settings;
  const options: Partial<ClusterOptions> = {
    ...(keepChain === undefined ? {} : { keepChains: some(keepChain) }),
    ...(rewriteChain === undefined ? {} : { rewriteChains: some(rewriteChain) }),
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(aggregate === undefined ? {} : { aggregate }),
    ...(compiledChains === undefined ? {} : { compiledChains }),
    ...(tables === undefined ? {} : { rewriteTables: tables }),
  };
  const chosen = choosePlan({
    ...{ session, path, options, marks, makeFresh },
    ...{ overwrite: settings.overwrite, storage: settings.members },
    isRenamed: Object.keys(names).length > 0,
    existing: existing?.file ?? null,
    inputs: heads,
    rulesets: inputs.map(({ ruleset }) => ruleset),
  });
  diagnostics.push(...findIdlePatterns(inputs, chosen.plan));
  reportProblems(session, diagnostics);
  return { chosen: { ...chosen, remarks: [...chosen.remarks, ...lostNames] }, diagnostics };
}
