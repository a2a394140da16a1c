/**
 * `markify import`: reads rulesets, finds groups, writes the plan, prints the groups report.
 */
import { resolve } from "node:path";
import { findGroups } from "../../cluster/find.ts";
import type { ClusterOptions } from "../../cluster/types.ts";
import type { Family } from "../../model/types.ts";
import { printPlan } from "../../plan/file.ts";
import { makePlan, type PlanSource } from "../../plan/make.ts";
import type { Plan } from "../../plan/types.ts";
import type { Diagnostic } from "../../text/diagnostic.ts";
import { choosePlan } from "../choose-plan.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printGroupReport, summariseView } from "../group-report.ts";
import { type ImportInput, importInputs } from "../import-inputs.ts";
import { pathInPlan, rewriteAll } from "../plan-files.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { readIfThere } from "../sources.ts";
import { CommandStop, stopForFile } from "../stop.ts";

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
  options: ImportOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  const planPath = choosePath(session, paths, options);
  const { inputs, diagnostics } = await importInputs(io, paths, options.family);
  reportProblems(session, diagnostics);
  if (inputs === null) return endWithErrors(session, diagnostics, options.json, "no plan was written");
  const all: Diagnostic[] = [...diagnostics];
  const { keepChains, rewriteChains } = options;
  const sources = inputs.map((input) => toPlanSource(session, input, planPath));
  const makeFresh = (): Plan => {
    const made = findPlan(session, inputs, sources, { keepChains, rewriteChains });
    reportProblems(session, made.diagnostics);
    all.push(...made.diagnostics);
    return made.plan;
  };
  const chosen = choosePlan({
    ...{
      session,
      path: planPath,
      overwrite: options.overwrite,
      makeFresh,
      options: { keepChains, rewriteChains },
    },
    existing: (await readIfThere(io, planPath))?.file ?? null,
    inputs: sources.map((source, at) => ({ ...source, family: inputs[at]!.ruleset.family })),
  });
  const { diagnostics: problems, opened } = rewriteAll(
    chosen.plan,
    inputs.map(({ ruleset }) => ruleset),
  );
  if (reportProblems(session, problems) || opened === null) {
    return endWithErrors(session, [...all, ...problems], options.json, `${planPath} can't be carried out`);
  }
  if (chosen.write) await writePlan(session, planPath, chosen.plan);
  for (const sentence of chosen.lost) console.say(`edit not kept: ${sentence}`);
  const format = options.json ? "json" : "terminal";
  const view = printGroupReport(console, {
    ...opened,
    diagnostics: [...all, ...problems],
    format,
    diff: false,
  });
  console.close(
    `${planPath} ${chosen.fate}: ${summariseView(view)}`,
    `markify apply ${planPath} -o NEW.rules`,
  );
  return EXIT.done;
}

function choosePath({ io }: Session, paths: readonly string[], { output }: ImportOptions): string {
  const [first] = paths;
  if (output === undefined && (first === undefined || first === "-")) {
    throw new CommandStop(
      EXIT.usage,
      "standard input has no name to call the plan after",
      "markify import - -o PLAN",
    );
  }
  const planPath = output ?? `${first}.markify.yaml`;
  const isInput = (path: string) => path !== "-" && resolve(io.cwd, path) === resolve(io.cwd, planPath);
  if (paths.some(isInput))
    throw new CommandStop(EXIT.usage, `${planPath} is an input; the plan needs a file of its own`);
  return planPath;
}

function toPlanSource(
  { io }: Session,
  { path, source }: ImportInput,
  planPath: string,
): Omit<PlanSource, "clustering"> {
  const text = path === "-" ? { text: source.file.text } : {};
  return { path: pathInPlan(io, planPath, path), digest: source.digest, ...text };
}

function findPlan(
  { console }: Session,
  inputs: readonly ImportInput[],
  sources: readonly Omit<PlanSource, "clustering">[],
  options: ClusterOptions,
): ReturnType<typeof makePlan> {
  const found = inputs.map(({ ruleset }, at): PlanSource => {
    const onProgress = (done: number, total: number) => console.progress("finding groups", done, total);
    return { ...sources[at]!, clustering: findGroups(ruleset, options, onProgress) };
  });
  return makePlan(found, options);
}

async function writePlan({ io }: Session, planPath: string, plan: Plan): Promise<void> {
  try {
    await io.writeFiles([{ path: resolve(io.cwd, planPath), bytes: Buffer.from(printPlan(plan), "utf8") }]);
  } catch (error) {
    throw stopForFile("write", planPath, error);
  }
}
