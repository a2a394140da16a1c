/**
 * `markify apply`: rewrites the inputs of a plan, checks what came out, and writes restore files. Nothing is written when the check fails.
 */
import { renderJson } from "../../report/json.ts";
import { renderVerify, summariseCheck } from "../../report/verify-terminal.ts";
import { viewRestore } from "../../report/verify-view.ts";
import type { VerifyOptions } from "../../verify/types.ts";
import { ANSWER_EXIT, EXIT, type ExitCode } from "../exit-codes.ts";
import { sayDone, sayWarnings } from "../apply-ending.ts";
import { openPlan } from "../plan-files.ts";
import { checkProducts } from "../products.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import { shellWord } from "../shell.ts";
import { CommandStop } from "../stop.ts";
import { chooseTargets, writeProducts } from "../targets.ts";

/** Options of `apply`. */
export interface ApplyOptions extends Partial<Pick<VerifyOptions, "seed" | "packets" | "budget">> {
  readonly output?: string;
  readonly json: boolean;
  /** Write also where the proof was not finished and the samples found nothing. */
  readonly acceptSampled: boolean;
}

/** Runs it. */
export async function runApply(session: Session, planPath: string, options: ApplyOptions): Promise<ExitCode> {
  const { io, console } = session;
  const { output: given, json, acceptSampled, ...checking } = options;
  const output = given === "-" ? undefined : given;
  const { opened, diagnostics } = await openPlan(io, planPath);
  reportProblems(session, diagnostics);
  if (opened === null) {
    return endWithErrors(session, diagnostics, json, `${planPath} can't be carried out; nothing was written`);
  }
  if (opened.rewrites.length > 1 && output === undefined && !json) {
    const message = "this plan gives two files, and standard output takes one";
    throw new CommandStop(EXIT.usage, message, `markify apply ${shellWord(planPath)} -o NEW`);
  }
  const targets = await chooseTargets(io, planPath, opened, output);
  const { view, products, isAccepted } = await checkProducts(
    session,
    { ...opened, planPath },
    checking,
    acceptSampled,
  );
  const isGood = view.result === "equal" || isAccepted;
  if (isGood) await writeProducts(io, products, targets);
  if (json) {
    const restore = isGood ? { restore: viewRestore(products, targets) } : {};
    await console.product(renderJson({ ...view, ...restore, diagnostics: viewDiagnostics(diagnostics) }));
  } else {
    console.sayBlock(renderVerify(view, console.sideStyle));
    if (isGood && output === undefined) for (const { bytes } of products) await console.product(bytes);
  }
  sayWarnings(console, opened.rewrites);
  if (isGood) sayDone(console, products, targets, summariseCheck(view));
  else console.close(`nothing was written: ${summariseCheck(view)}`, "");
  return isAccepted ? EXIT.done : ANSWER_EXIT[view.result];
}
