/**
 * Finds what is wrong, or for nothing, in one ruleset. What rules do is proved with the diagrams of `verify`; what can't be proved is said to be unsettled, and never guessed.
 */
import type { Rule, Ruleset, Table } from "../model/types.ts";
import { reasonOf } from "../verify/symbolic/findings.ts";
import { MOST_NODES } from "../verify/proving.ts";
import { findIdleChains } from "./chain-findings.ts";
import { findTrackers, LAST_TRACKER } from "./conntrack.ts";
import { type Draft, finishDraft } from "./drafts.ts";
import { findFlips } from "./mark-flips.ts";
import { findMarkMistakes } from "./mark-findings.ts";
import { findIdleRules } from "./rule-findings.ts";
import { findRoles, type TableRoles } from "./rule-roles.ts";
import { findSetMistakes } from "./set-mistakes.ts";
import type { LintResult, Unsettled } from "./types.ts";

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
  const limits = { nodes: MOST_NODES, deadline: clock() + budget * 1000, clock };
  const unsettled: Unsettled[] = [];
  const drafts: Draft[] = [];
  for (const table of ruleset.tables) {
    const roles = budget === 0 ? notAsked(table) : findRoles(table, ruleset.family, limits);
    unsettled.push(...roles.unsettled);
    drafts.push(...findIdleRules(roles), ...findIdleChains(table, roles.unreached), ...flipsOf(roles));
  }
  drafts.push(...findMarkMistakes(ruleset), ...findSetMistakes(ruleset));
  const findings = warnOfTracking(ruleset, withoutRepeats(drafts)).map(finishDraft);
  findings.sort((left, right) => left.lines[0]! - right.lines[0]! || left.kind.localeCompare(right.kind));
  return { findings, unsettled };
}

function notAsked({ name, chains }: Table): TableRoles {
  const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0);
  const unsettled =
    rules === 0 ? [] : [{ table: name, chain: null, rules, reason: "no proof was asked for" }];
  return { reach: null, rules: [], unreached: [], unsettled };
}

/** Where there is no time left, nothing is found. */
function flipsOf({ reach }: TableRoles): readonly Draft[] {
  if (reach === null) return [];
  try {
    return findFlips(reach);
  } catch (error) {
    reasonOf(error);
    return [];
  }
}

/** A rule of which something more exact is known need not be called redundant, too. */
function withoutRepeats(drafts: readonly Draft[]): readonly Draft[] {
  const exact = drafts.filter(({ kind }) => kind === "empty-chain" || kind === "mark-reset");
  const named = new Set<Rule>(exact.flatMap(({ rules = [] }) => rules));
  return drafts.filter(
    ({ kind, rules = [] }) =>
      (kind !== "redundant" && kind !== "generalised") || !rules.some((rule) => named.has(rule)),
  );
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
