/**
 * `markify review`: the groups report again, from the plan, with the edits that a person made in it.
 */
import { viewCosts } from "../../report/cost-view.ts";
import { renderVerify, summariseAnswer } from "../../report/verify-terminal.ts";
import type { VerifyView } from "../../report/verify-view.ts";
import { ANSWER_EXIT, EXIT, type ExitCode } from "../exit-codes.ts";
import { printGroupReport, type ReportFormat } from "../group-report.ts";
import { nextAfterReport, summariseView } from "../report-ending.ts";
import { openPlan } from "../plan-files.ts";
import { checkProducts } from "../products.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { runWhy } from "./why.ts";

/** Options of `review`. */
export interface ReviewOptions {
  readonly format: ReportFormat;
  /** Show the whole diff. */
  readonly diff: boolean;
  /** Show the report in the pager, where there is a terminal. */
  readonly pager: boolean;
  /** A group or a policy rule to tell about, instead of all of them. */
  readonly why: string | undefined;
  /** Path of a page to write instead. */
  readonly html?: string | undefined;
  /** Seconds for lint. */
  readonly lintBudget?: number | undefined;
  /** Path of a file that tells of the traffic. */
  readonly traffic?: string | undefined;
  /** Prove it as well: for a job that guards plans in version control. */
  readonly check: boolean;
}

/** Runs it. */
export async function runReview(
  session: Session,
  planPath: string,
  options: ReviewOptions,
): Promise<ExitCode> {
  if (options.why !== undefined) return runWhy(session, planPath, options.why, options.format === "json");
  if (options.html !== undefined) {
    const { requirePagePath } = await import("../page-path.ts");
    await requirePagePath(session, options.html);
  }
  const { console } = session;
  const { opened, diagnostics } = await openPlan(
    session,
    planPath,
    options.traffic === undefined ? {} : { traffic: options.traffic },
  );
  reportProblems(session, diagnostics);
  if (opened === null) {
    if (options.format === "sarif") {
      const { printBrokenPlan } = await import("../plan-sarif.ts");
      await printBrokenPlan(session, planPath, diagnostics);
    }
    return endWithErrors(session, diagnostics, options.format === "json", `${planPath} can't be carried out`);
  }
  const costs = viewCosts(opened.rewrites, opened.choices);
  const checked = options.check ? await checkProducts(session, { ...opened, planPath }, {}, false) : null;
  const { check: _, ...shown } = options;
  const proof = checked === null ? {} : { check: checked.view };
  const view = await printGroupReport(session, {
    ...opened,
    planPath,
    diagnostics,
    costs,
    ...shown,
    ...proof,
  });
  if (options.html !== undefined) console.say(`wrote ${options.html}`);
  if (checked === null) {
    console.close(`${planPath}: ${summariseView(view)}`, nextAfterReport(planPath, view));
    return EXIT.done;
  }
  return endChecked(session, planPath, checked.view);
}

/** The code says whether the plan could be carried out as it is: a job in version control goes by it. */
function endChecked({ console }: Session, planPath: string, view: VerifyView): ExitCode {
  console.sayBlock(renderVerify(view, console.sideStyle));
  const isChange = view.result === "equal" && view.policyChange !== undefined;
  const summary = isChange ? "the plan changes the policy" : summariseAnswer(view);
  console.close(`${planPath}: ${summary}`, "");
  return isChange ? EXIT.negative : ANSWER_EXIT[view.result];
}
