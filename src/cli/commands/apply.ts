/**
 * `markify apply`: rewrites the inputs of a plan, checks what came out, and writes restore files or loads them. Nothing is written or loaded when the check fails.
 */
import { checkAll } from "../apply-check.ts";
import { sayWarnings } from "../apply-ending.ts";
import type { ApplyOptions } from "../apply-options.ts";
import { endWritten, sayCheck } from "../apply-written.ts";
import { readAssertions } from "../assertion-step.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { endLive } from "../live/end-live.ts";
import { beginLive, finishLive } from "../live/live-apply.ts";
import { openPlan } from "../plan-files.ts";
import { requireProof } from "../products.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { chooseTargets, keepLayout, keepLoadedLayout, requireTarget, writeProducts } from "../targets.ts";

/** Runs it. */
export async function runApply(session: Session, planPath: string, options: ApplyOptions): Promise<ExitCode> {
  const { io } = session;
  const { output: given, json, acceptSampled, assert, overrides, live } = options;
  requireProof(options.budget, acceptSampled);
  const output = given === "-" ? undefined : given;
  const { opened, diagnostics: found } = await openPlan(session, planPath, overrides);
  // Without the plan's groups, the names of an assertion would look like mistakes.
  const promised = await readAssertions(io, opened === null ? undefined : assert, opened?.plan.groups);
  const diagnostics = [...found, ...promised.diagnostics];
  reportProblems(session, diagnostics);
  if (opened === null || promised.assertions === null) {
    const what = opened === null ? `${planPath} can't be carried out` : `${assert} can't be read`;
    return endWithErrors(session, diagnostics, json, `${what}; nothing was written`);
  }
  if (!json && live === undefined) requireTarget(planPath, opened, output);
  const targets = await chooseTargets(io, planPath, opened, output);
  const source = { ...opened, planPath };
  const stage = live === undefined ? null : await beginLive(session, source, live);
  if (stage !== null && "exitCode" in stage) return await endLive(session, stage, {}, json);
  const checked = await checkAll(session, source, promised.assertions, options);
  const isGood = checked.exitCode === EXIT.done;
  if (isGood) await writeProducts(io, checked.products, targets);
  if (isGood && live === undefined) await keepLayout(session, planPath, overrides ?? {});
  if (isGood && live !== undefined && stage !== null) {
    if (!json) sayCheck(session, checked.view);
    sayWarnings(session.console, opened.rewrites);
    for (const target of targets) session.console.say(`written: ${target}`);
    const end = await finishLive(session, stage, { source, ...checked }, live);
    if (end.view.outcome === "confirmed" || end.view.outcome === "waiting")
      await keepLoadedLayout(session, planPath, overrides ?? {});
    return await endLive(session, end, checked.view, json);
  }
  return await endWritten(session, { ...checked, source, targets, diagnostics }, options);
}
