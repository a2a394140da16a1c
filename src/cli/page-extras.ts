/**
 * What the report's page is made from, and what it needs to know beside the report and the lines.
 */
import type { LintFinding } from "../lint/types.ts";
import type { PageExtras } from "../report/page-data.ts";
import type { VerifyView } from "../report/verify-view.ts";
import type { GroupsView } from "../report/view.ts";
import { type Rewrites, readProduct } from "./read-back.ts";

/** What a page is about. */
export interface PageSource extends Rewrites {
  readonly view: GroupsView;
  readonly check: VerifyView | null;
  readonly lint: readonly (readonly LintFinding[] | null)[];
}

/** The lines alone do not say what is in sets, nor what they were made from. */
export function extrasOf(source: PageSource, version: string): PageExtras {
  const { plan, rewrites, lint } = source;
  return {
    withSets: rewrites.map(({ sets }, at) => (sets.length === 0 ? null : readProduct(source, version, at))),
    made: plan.inputs.map(({ madeFrom }) => madeFrom !== undefined),
    lint,
  };
}
