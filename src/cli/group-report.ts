/**
 * Prints the groups report in the form that was asked for; `import` and `review` share it.
 */
import { renderJson } from "../report/json.ts";
import { makeGroupsView, type ReportSource } from "../report/make-view.ts";
import { renderMarkdown } from "../report/markdown.ts";
import { renderTerminal } from "../report/terminal.ts";
import type { GroupsView } from "../report/view.ts";
import type { VerifyView } from "../report/verify-view.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { lintInputs } from "./lint-step.ts";
import { type Session, viewDiagnostics } from "./session.ts";

/** What is printed. */
export type ReportFormat = "terminal" | "json" | "markdown" | "sarif";

/** A report and what it is about. */
export interface GroupReport extends Omit<ReportSource, "lint"> {
  readonly planPath: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly format: ReportFormat;
  /** Seconds for lint in each input; where nobody gave any, it has few. */
  readonly lintBudget?: number | undefined;
  /** Path of a page to write instead. */
  readonly html?: string | undefined;
  /** Show the whole diff. */
  readonly diff: boolean;
  /** On a terminal, in the person's pager. */
  readonly pager: boolean;
  /** What the proof says, where it was asked for. */
  readonly check?: VerifyView;
  /** What packets cost, where that is to be told. */
  readonly costs?: NonNullable<GroupsView["costs"]>;
}

/** Prints the report to stdout, and gives its data for the summary. */
export async function printGroupReport(session: Session, report: GroupReport): Promise<GroupsView> {
  const { console } = session;
  const { plan, rewrites, findings = [], lintBudget } = report;
  const rulesets = rewrites.map(({ ruleset }) => ruleset);
  const lint = await lintInputs(session, plan.inputs, rulesets, report.format === "sarif" ? 0 : lintBudget);
  const costs = report.costs === undefined ? {} : { costs: report.costs };
  const view = { ...makeGroupsView({ plan, rewrites, findings, lint: lint.summaries }), ...costs };
  if (report.html !== undefined) {
    const { writePage } = await import("./page-file.ts");
    const source = { ...report, view, check: report.check ?? null, lint: lint.findings };
    await writePage(session, report.html, source);
  } else if (report.format === "json") {
    const check = report.check === undefined ? {} : { check: report.check };
    await console.product(
      renderJson({ ...view, ...check, diagnostics: viewDiagnostics(report.diagnostics) }),
    );
  } else if (report.format === "markdown") {
    await console.product(renderMarkdown(view));
  } else if (report.format === "sarif") {
    const { printPlanSarif } = await import("./plan-sarif.ts");
    await printPlanSarif(session, view, report);
  } else {
    const text = renderTerminal({ view, rewrites, wholeDiff: report.diff }, console.style);
    await (report.pager ? console.document(text) : console.product(text));
  }
  return view;
}
