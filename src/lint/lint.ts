/**
 * Finds what is wrong, or for nothing, in one ruleset. What rules do is proved with the diagrams of `verify`; what can't be proved is said to be unsettled, and never guessed.
 */
import type { Ruleset } from "../model/types.ts";
import { setAssumptions } from "../verify/assumptions.ts";
import { MOST_NODES } from "../verify/proving.ts";
import { findTrackers, LAST_TRACKER } from "./conntrack.ts";
import { type Draft, finishDraft } from "./drafts.ts";
import { findMarkMistakes } from "./mark-findings.ts";
import { findInTable } from "./table-findings.ts";
import { findSetMistakes } from "./set-mistakes.ts";
import type { LintResult } from "./types.ts";

/** What lint may use. */
export interface LintOptions {
  /** Seconds for proofs, over all tables. Default 60. */
  readonly budget: number;
  /** Milliseconds, from any start; without a clock there is no time limit. */
  readonly clock: () => number;
}

/** What `lint` does when it isn't told otherwise. */
export const DEFAULT_LINT_OPTIONS: LintOptions = Object.freeze({ budget: 60, clock: () => 0 });

/** Finds; the same ruleset and enough time give the same findings. */
export function lint(ruleset: Ruleset, options: Partial<LintOptions> = {}): LintResult {
  const { budget, clock } = { ...DEFAULT_LINT_OPTIONS, ...options };
  const limits = budget === 0 ? null : { nodes: MOST_NODES, deadline: clock() + budget * 1000, clock };
  const tables = ruleset.tables.map((table) => findInTable(table, ruleset, limits));
  const drafts = [
    ...tables.flatMap((found) => found.drafts),
    ...findMarkMistakes(ruleset),
    ...findSetMistakes(ruleset),
  ];
  const findings = warnOfTracking(ruleset, drafts).map(finishDraft);
  findings.sort((left, right) => left.lines[0]! - right.lines[0]! || left.kind.localeCompare(right.kind));
  const unsettled = tables.flatMap((found) => found.unsettled);
  return { findings, unsettled, assumptions: setAssumptions([ruleset], ruleset.tables) };
}

/** Adds what becomes of connection tracking to advice that takes the last rules out that ask for it. */
function warnOfTracking(ruleset: Ruleset, drafts: readonly Draft[]): readonly Draft[] {
  const trackers = findTrackers(ruleset);
  const removed = new Set(drafts.flatMap(({ removes = [] }) => removes));
  if ([...trackers].some((rule) => !removed.has(rule))) return drafts;
  return drafts.map((draft) =>
    draft.removes?.some((rule) => trackers.has(rule)) === true
      ? { ...draft, advice: `${draft.advice}; ${LAST_TRACKER}` }
      : draft,
  );
}
