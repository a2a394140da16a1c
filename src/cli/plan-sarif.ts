/**
 * `review --sarif`: what a person has to look at before a plan is carried out, at the lines of its inputs.
 */
import { dirname, join } from "node:path";
import type { Plan } from "../plan/types.ts";
import { checkFindings, diagnosticFindings, planFindings } from "../report/sarif-findings.ts";
import type { VerifyView } from "../report/verify-view.ts";
import type { GroupsView } from "../report/view.ts";
import type { Rewritten } from "../rewrite/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { printSarif } from "./print-sarif.ts";
import type { Session } from "./session.ts";

/** A plan, and what is known of it. */
interface SeenPlan {
  readonly plan: Plan;
  readonly planPath: string;
  /** In the order of the plan's inputs. */
  readonly rewrites: readonly Rewritten[];
  readonly diagnostics: readonly Diagnostic[];
  /** What the proof says, where it was asked for. */
  readonly check?: VerifyView;
}

/** Prints the findings of a report. */
export async function printPlanSarif(
  session: Session,
  { findings }: GroupsView,
  { plan, planPath, rewrites, diagnostics, check }: SeenPlan,
): Promise<void> {
  const folder = dirname(planPath);
  const inputs = new Map(
    plan.inputs.map(({ path, text }, at) => [
      path,
      // Paths in a plan are relative to it.
      {
        path: text !== undefined || path === "-" ? null : path.startsWith("/") ? path : join(folder, path),
        file: rewrites[at]!.ruleset.file,
      },
    ]),
  );
  await printSarif(session, {
    findings: [
      ...diagnosticFindings(diagnostics, planPath),
      ...(check === undefined ? [] : checkFindings(check, planPath)),
      ...planFindings(findings, { plan: planPath, inputs }),
    ],
    open: [],
    isWhole: true,
  });
}

/** Prints what is wrong with a plan that can't be carried out. */
export async function printBrokenPlan(
  session: Session,
  planPath: string,
  diagnostics: readonly Diagnostic[],
): Promise<void> {
  await printSarif(session, {
    findings: diagnosticFindings(diagnostics, planPath),
    open: [],
    isWhole: false,
  });
}
