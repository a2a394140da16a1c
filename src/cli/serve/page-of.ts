/**
 * The data of the page for each state of a plan. What lint says of the inputs is the same in all of them, so it is asked once.
 */
import { viewCosts } from "../../report/cost-view.ts";
import type { LintSummary } from "../../report/lint-summary.ts";
import { makeGroupsView } from "../../report/make-view.ts";
import { makePageData, type PageData } from "../../report/page-data.ts";
import { lintInputs } from "../lint-step.ts";
import type { Session } from "../session.ts";
import type { Opened } from "./served-plan.ts";

/** Makes what makes it; `lintBudget` as of `review`. */
export function makePageOf(
  session: Session,
  lintBudget: number | undefined,
): (opened: Opened) => Promise<PageData> {
  let linted: Promise<readonly LintSummary[]> | null = null;
  return async ({ plan, rewrites, choices }) => {
    const rulesets = rewrites.map(({ ruleset }) => ruleset);
    linted ??= lintInputs(session, plan.inputs, rulesets, lintBudget);
    const view = {
      ...makeGroupsView({ plan, rewrites, lint: await linted }),
      costs: viewCosts(rewrites, choices),
    };
    return makePageData(session.io.version, view, null, rewrites);
  };
}
