/**
 * `markify import`: reads rulesets, finds groups, writes the plan, prints the groups report.
 */
import type { ClusterOptions } from "../../cluster/types.ts";
import type { Family } from "../../model/types.ts";
import type { Plan } from "../../plan/types.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import { choosePlan, choosePlanPath } from "../choose-plan.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { describeInputs, findPlan, writePlan } from "../find-plan.ts";
import { nextAfterReport, printGroupReport, summariseView } from "../group-report.ts";
import { importInputs } from "../import-inputs.ts";
import { rewriteAll } from "../rewrite-all.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { readIfThere } from "../sources.ts";

/** Options of `import`. */
export interface ImportOptions extends ClusterOptions {
  readonly output?: string;
  readonly json: boolean;
  readonly overwrite: boolean;
  readonly family?: Family;
}

/** Runs it. */
export async function runImport(
  session: Session,
  paths: readonly string[],
  settings: ImportOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  const { json, overwrite, keepChains, rewriteChains } = settings;
  const planPath = await choosePlanPath(io, paths, settings.output);
  const { inputs, diagnostics } = await importInputs(io, paths, settings.family);
  reportProblems(session, diagnostics);
  if (inputs === null) return endWithErrors(session, diagnostics, json, "no plan was written");
  const heads = describeInputs(io, inputs, planPath);
  const options: ClusterOptions = { keepChains, rewriteChains };
  const all: Diagnostic[] = [...diagnostics];
  const makeFresh = (): Plan => {
    const made = findPlan(console, inputs, heads, options);
    reportProblems(session, made.diagnostics);
    all.push(...made.diagnostics);
    return made.plan;
  };
  const existing = (await readIfThere(io, planPath))?.file ?? null;
  const chosen = choosePlan({
    session,
    path: planPath,
    existing,
    inputs: heads,
    options,
    overwrite,
    makeFresh,
  });
  const rulesets = inputs.map(({ ruleset }) => ruleset);
  const { diagnostics: problems, opened } = rewriteAll(chosen.plan, rulesets);
  all.push(...problems);
  reportProblems(session, problems);
  if (opened === null) return endWithErrors(session, all, json, `${planPath} can't be carried out`);
  if (chosen.write) await writePlan(io, planPath, chosen.plan);
  for (const sentence of chosen.lost) console.say(`edit not kept: ${sentence}`);
  const format = json ? "json" : "terminal";
  const view = await printGroupReport(console, { ...opened, diagnostics: all, format, diff: false });
  console.close(
    `${planPath} ${chosen.fate}: ${summariseView(view)}`,
    nextAfterReport(planPath, inputs.length),
  );
  return EXIT.done;
}
