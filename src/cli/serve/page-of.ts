/**
 * The data of the page for each state of a plan. What lint says is asked once for the same inputs.
 */
import { viewCosts } from "../../report/cost-view.ts";
import { makeGroupsView } from "../../report/make-view.ts";
import { makePageData, type PageData } from "../../report/page-data.ts";
import { type LintedInputs, lintInputs } from "../lint-step.ts";
import { extrasOf } from "../page-extras.ts";
import type { Session } from "../session.ts";
import type { Opened } from "./served-plan.ts";

/** Makes what makes it; `lintBudget` as of `review`. */
export function makePageOf(
  session: Session,
  planPath: string,
  lintBudget: number | undefined,
): (opened: Opened) => Promise<PageData> {
  const { version } = session.io;
  let last: { readonly key: string; readonly linted: LintedInputs } | null = null;
  return async ({ plan, rewrites, choices }) => {
    const rulesets = rewrites.map(({ ruleset }) => ruleset);
    // With digests: a ruleset that was imported again is another one.
    const key = JSON.stringify(plan.inputs);
    if (last?.key !== key)
      last = { key, linted: await lintInputs(session, plan.inputs, rulesets, lintBudget) };
    const { summaries, findings } = last.linted;
    const costs = viewCosts(rewrites, choices);
    const view = { ...makeGroupsView({ plan, rewrites, lint: summaries }), costs };
    const extras = extrasOf({ planPath, plan, rewrites, view, check: null, lint: findings }, version);
    return makePageData(version, view, null, rewrites, extras);
  };
}
