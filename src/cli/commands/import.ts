/**
 * `markify import`: reads rulesets, finds groups, writes the plan, prints the groups report.
 */
import type { ClusterOptions } from "../../cluster/types.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import type { ChosenPlan } from "../carry-plan.ts";
import { choosePlan } from "../choose-plan.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { describeInputs, findIdlePatterns, findPlan } from "../find-plan.ts";
import { nextAfterReport, printGroupReport, summariseView } from "../group-report.ts";
import { type ImportInput, type InputCommandOptions, importInputs } from "../import-inputs.ts";
import { choosePlanPath, writePlan } from "../plan-path.ts";
import { rewriteAll } from "../rewrite-all.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { type ReadSource, readIfThere } from "../sources.ts";

/** Options of `import`. */
export interface ImportOptions extends InputCommandOptions {
  readonly output?: string;
  readonly json: boolean;
  readonly overwrite: boolean;
  /** Missing where the option was not given; an empty pattern stands for none. */
  readonly keepChain?: readonly string[];
  readonly rewriteChain?: readonly string[];
}

/** Runs it. */
export async function runImport(
  session: Session,
  paths: readonly string[],
  settings: ImportOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  const { json } = settings;
  const planPath = await choosePlanPath(io, paths, settings.output);
  const { inputs, diagnostics } = await importInputs(session, paths, settings);
  reportProblems(session, diagnostics);
  if (inputs === null) return endWithErrors(session, diagnostics, json, "no plan was written");
  const existing = await readIfThere(io, planPath);
  const { chosen, diagnostics: found } = choose(session, planPath, inputs, existing, settings);
  const { diagnostics: problems, opened } = rewriteAll(
    chosen.plan,
    inputs.map(({ ruleset }) => ruleset),
  );
  reportProblems(session, problems);
  const all = [...diagnostics, ...found, ...problems];
  if (opened === null) return endWithErrors(session, all, json, `${planPath} can't be carried out`);
  await writeChosen(session, planPath, chosen, existing);
  const format = json ? "json" : "terminal";
  const view = await printGroupReport(console, { ...opened, diagnostics: all, format, diff: false });
  console.close(
    `${planPath} ${chosen.fate}: ${summariseView(view)}`,
    nextAfterReport(planPath, inputs.length),
  );
  return EXIT.done;
}

/** The plan to go on with, and what was to say on the way (which is said already). */
function choose(
  session: Session,
  path: string,
  inputs: readonly ImportInput[],
  existing: ReadSource | null,
  { keepChain, rewriteChain, overwrite }: ImportOptions,
): { readonly chosen: ChosenPlan; readonly diagnostics: readonly Diagnostic[] } {
  const heads = describeInputs(session.io, inputs, path);
  const diagnostics: Diagnostic[] = [];
  const makeFresh = (options: ClusterOptions) => {
    const made = findPlan(session.console, inputs, heads, options);
    diagnostics.push(...made.diagnostics);
    return made.plan;
  };
  const some = (patterns: readonly string[] = []) => patterns.filter((pattern) => pattern !== "");
  const isGiven = keepChain !== undefined || rewriteChain !== undefined;
  const options = isGiven ? { keepChains: some(keepChain), rewriteChains: some(rewriteChain) } : null;
  const chosen = choosePlan({
    ...{ session, path, overwrite, options, makeFresh },
    existing: existing?.file ?? null,
    inputs: heads,
    rulesets: inputs.map(({ ruleset }) => ruleset),
  });
  diagnostics.push(...findIdlePatterns(inputs, chosen.plan));
  reportProblems(session, diagnostics);
  return { chosen, diagnostics };
}

/** Writes the plan where it isn't there already, and says what is different in it. */
async function writeChosen(
  { io, console }: Session,
  planPath: string,
  { text, keepOld, remarks }: ChosenPlan,
  existing: ReadSource | null,
): Promise<void> {
  if (text === null) return;
  const kept = await writePlan(io, planPath, text, keepOld ? (existing?.bytes ?? null) : null);
  for (const remark of remarks) console.say(remark);
  if (kept !== null) console.say(`the old plan is kept as ${kept}`);
}
