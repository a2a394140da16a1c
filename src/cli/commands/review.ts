/**
 * `markify review`: the groups report again, from the plan, with the edits that a person made in it.
 */
import { viewCosts } from "../../report/cost-view.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { nextAfterReport, printGroupReport, type ReportFormat, summariseView } from "../group-report.ts";
import { openPlan } from "../plan-files.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { runWhy } from "./why.ts";

/** Options of `review`. */
export interface ReviewOptions {
  readonly format: ReportFormat;
  /** Show the whole diff. */
  readonly diff: boolean;
  /** A group or a policy rule to tell about, instead of all of them. */
  readonly why: string | undefined;
  /** Seconds for lint. */
  readonly lintBudget?: number | undefined;
  /** Path of a file that tells of the traffic. */
  readonly traffic?: string | undefined;
}

/** Runs it. */
export async function runReview(
  session: Session,
  planPath: string,
  options: ReviewOptions,
): Promise<ExitCode> {
  if (options.why !== undefined) return runWhy(session, planPath, options.why, options.format === "json");
  const { console } = session;
  const { opened, diagnostics } = await openPlan(
    session,
    planPath,
    options.traffic === undefined ? {} : { traffic: options.traffic },
  );
  reportProblems(session, diagnostics);
  if (opened === null) {
    return endWithErrors(session, diagnostics, options.format === "json", `${planPath} can't be carried out`);
  }
  const costs = viewCosts(opened.rewrites, opened.choices);
  const view = await printGroupReport(session, { ...opened, diagnostics, costs, ...options });
  console.close(`${planPath}: ${summariseView(view)}`, nextAfterReport(planPath, view));
  return EXIT.done;
}
