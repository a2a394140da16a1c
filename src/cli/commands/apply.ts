/**
 * `markify apply`: rewrites the inputs of a plan, checks what came out, and writes restore files. Nothing is written when the check fails.
 */
import { renderJson } from "../../report/json.ts";
import { renderVerify, summariseAnswer } from "../../report/verify-terminal.ts";
import { viewRestore } from "../../report/verify-view.ts";
import type { VerifyOptions } from "../../verify/types.ts";
import { addAssertions, exitOf, readAssertions } from "../assertion-step.ts";
import { readBack } from "../read-back.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { addCosts, sayDone, sayRefused, sayWarnings } from "../apply-ending.ts";
import { openPlan } from "../plan-files.ts";
import { checkProducts, requireProof } from "../products.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import {
  chooseTargets,
  findStaleSets,
  keepLayout,
  requireTarget,
  setTarget,
  writeProducts,
} from "../targets.ts";

/** Options of `apply`. */
export interface ApplyOptions extends Partial<Pick<VerifyOptions, "seed" | "packets" | "budget">> {
  readonly output?: string;
  readonly json: boolean;
  /** Write also where the proof was not finished and the samples found nothing. */
  readonly acceptSampled: boolean;
  /** Write also where the plan changes the policy. */
  readonly allowPolicyChange: boolean;
  /** What is to be otherwise than the plan says; a layout and an order are kept in the plan where the file is written. */
  readonly overrides?: Parameters<typeof openPlan>[2];
  /** Path of a file of assertions. */
  readonly assert?: string;
}

/** Runs it. */
export async function runApply(session: Session, planPath: string, options: ApplyOptions): Promise<ExitCode> {
  const { io, console } = session;
  const { output: given, json, acceptSampled, allowPolicyChange, assert, overrides, ...checking } = options;
  requireProof(checking.budget, acceptSampled);
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
  if (!json) requireTarget(planPath, opened, output);
  const targets = await chooseTargets(io, planPath, opened, output);
  const source = { ...opened, planPath };
  const checked = await checkProducts(session, source, checking, acceptSampled);
  const { products, isAccepted } = checked;
  const news = () => products.map((product, at) => readBack(product, opened.rewrites[at]!.ruleset));
  const view = addAssertions(io, addCosts(checked.view, opened), promised.assertions, news, options.budget);
  const answered = isAccepted ? exitOf(view, EXIT.done) : exitOf(view);
  const isRefused = answered === EXIT.done && view.policyChange !== undefined && !allowPolicyChange;
  const exitCode = isRefused ? EXIT.refused : answered;
  const isGood = exitCode === EXIT.done;
  if (isGood) await writeProducts(io, products, targets);
  if (isGood) await keepLayout(session, planPath, overrides ?? {});
  if (json) {
    const restore = isGood ? { restore: viewRestore(products, targets, setTarget) } : {};
    await console.product(renderJson({ ...view, ...restore, diagnostics: viewDiagnostics(diagnostics) }));
  } else {
    console.sayBlock(renderVerify(view, console.sideStyle));
    if (isGood && output === undefined) for (const { bytes } of products) await console.product(bytes);
  }
  sayWarnings(console, opened.rewrites);
  if (isGood)
    for (const path of await findStaleSets(io, products, targets))
      console.say(`warning: ${path} is none of this apply's: the new ruleset needs no sets; remove it`);
  if (isGood) sayDone(console, products, targets, summariseAnswer(view));
  else if (isRefused) sayRefused(console, planPath, given);
  else console.close(`nothing was written: ${summariseAnswer(view)}`, "");
  return exitCode;
}
