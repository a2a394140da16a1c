/**
 * The end of an `apply` that writes files, or would have.
 */
import { renderJson } from "../report/json.ts";
import { renderVerify, summariseAnswer } from "../report/verify-terminal.ts";
import { type VerifyView, viewRestore } from "../report/verify-view.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import type { Checked } from "./apply-check.ts";
import { sayDone, sayRefused, sayWarnings } from "./apply-ending.ts";
import type { ApplyOptions } from "./apply-options.ts";
import type { Rewrites } from "./emit-product.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { type Session, viewDiagnostics } from "./session.ts";
import { findStaleSets, setTarget } from "./targets.ts";

/** What is said at the end of an apply that writes files, or would have. */
interface Written extends Checked {
  readonly source: Rewrites;
  readonly targets: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Shows what was checked. */
export function sayCheck({ console }: Session, view: VerifyView): void {
  console.sayBlock(renderVerify(view, console.sideStyle));
}

/** Says it. */
export async function endWritten(
  session: Session,
  { view, products, isRefused, exitCode, source, targets, diagnostics }: Written,
  { output: given, json, live }: ApplyOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  const isGood = exitCode === EXIT.done;
  if (json) {
    const restore = isGood ? { restore: viewRestore(products, targets, setTarget) } : {};
    await console.product(renderJson({ ...view, ...restore, diagnostics: viewDiagnostics(diagnostics) }));
  } else {
    sayCheck(session, view);
    if (isGood && targets.length === 0) for (const { bytes } of products) await console.product(bytes);
  }
  sayWarnings(console, source.rewrites);
  if (isGood)
    for (const path of await findStaleSets(io, products, targets))
      console.say(`warning: ${path} is none of this apply's: the new ruleset needs no sets; remove it`);
  if (isGood) sayDone(console, products, targets, summariseAnswer(view));
  else if (isRefused) sayRefused(console, source.planPath, given, live !== undefined);
  else
    console.close(`nothing was ${live === undefined ? "written" : "touched"}: ${summariseAnswer(view)}`, "");
  return exitCode;
}
