/**
 * `markify import`: reads rulesets, finds groups, writes the plan, prints the groups report.
 */
import type { ChosenPlan } from "../carry-plan.ts";
import { choosePlanFor, type PlanSettings } from "../choose-plan-for.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printGroupReport } from "../group-report.ts";
import { nextAfterReport, summariseView } from "../report-ending.ts";
import { type InputCommandOptions, importInputs } from "../import-inputs.ts";
import { choosePlanPath, writePlan } from "../plan-path.ts";
import { describeNames, type NameOptions, readNames } from "../read-names.ts";
import { type MarkOptions, readMarkOptions } from "../read-marks.ts";
import { rewriteAll } from "../rewrite-all.ts";
import { endWithErrors, hasErrors, reportProblems, type Session } from "../session.ts";
import { type ReadSource, readIfThere } from "../sources.ts";

/** Options of `import`. */
export interface ImportOptions extends InputCommandOptions, PlanSettings, NameOptions, MarkOptions {
  readonly output?: string;
  /** Seconds for lint in each input. */
  readonly lintBudget?: number;
  readonly json: boolean;
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
  const { inputs, findingsOf, diagnostics: inputProblems } = await importInputs(session, paths, settings);
  const { base, diagnostics: nameProblems } = await readNames(io, settings);
  const { marks, diagnostics: markProblems } = await readMarkOptions(
    session,
    settings,
    (inputs ?? []).map(({ ruleset }) => ruleset),
  );
  const diagnostics = [...inputProblems, ...nameProblems, ...markProblems];
  reportProblems(session, diagnostics);
  if (inputs === null || hasErrors([...nameProblems, ...markProblems]))
    return endWithErrors(session, diagnostics, json, "no plan was written");
  const existing = await readIfThere(io, planPath);
  const { chosen, diagnostics: found } = choosePlanFor(session, planPath, inputs, existing, settings, {
    names: base,
    marks,
  });
  if (hasErrors(found))
    return endWithErrors(session, [...diagnostics, ...found], json, "no plan was written");
  const { diagnostics: problems, opened } = rewriteAll(
    chosen.plan,
    inputs.map(({ ruleset }) => ruleset),
  );
  reportProblems(session, problems);
  const all = [...diagnostics, ...found, ...problems];
  if (opened === null) return endWithErrors(session, all, json, `${planPath} can't be carried out`);
  await writeChosen(session, planPath, chosen, existing);
  for (const sentence of describeNames(chosen.plan, settings)) console.say(sentence);
  const format = json ? "json" : "terminal";
  const { lintBudget } = settings;
  const { plan: made, rewrites } = opened;
  const report = { plan: made, planPath, rewrites, findings: findingsOf(made), diagnostics: all, lintBudget };
  const view = await printGroupReport(session, { ...report, format, diff: false, pager: false });
  console.close(`${planPath} ${chosen.fate}: ${summariseView(view)}`, nextAfterReport(planPath, view));
  return EXIT.done;
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
