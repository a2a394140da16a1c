/**
 * Rewrites a ruleset as its plan says: flat rules that a policy rule merges go, calls of rule chains come in their place, and the chains of groups and
 * policy rules are added. Tables without merged rules keep every byte.
 */
import type { Ruleset } from "../model/types.ts";
import { findOldProducts } from "../plan/tree-rules.ts";
import { formsOf, leaveFlat } from "../plan/layout.ts";
import type { Plan } from "../plan/types.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";
import { findHoisting, type LayoutOf } from "./runs/find-runs.ts";
import { findOwnBits } from "./own-bits.ts";
import { makeFlatForms } from "./flat-form.ts";
import { type ChainUse, type MergedChain, mergeRules } from "./merge.ts";
import { checkBits, checkNames, goneChains } from "./new-chains.ts";
import { rewriteTables } from "./new-text.ts";
import type { Rewritten } from "./types.ts";

/** Null with at least one error where the plan can't be carried out. */
export interface RewriteResult {
  readonly rewritten: Rewritten | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a plan leaves open. */
export interface RewriteChoices {
  readonly layoutOf?: LayoutOf;
  /** Missing: all stays in the order that it has. */
  readonly useOf?: ChainUse;
  /** It is only measured: what a plan that changes the policy means is not written down, and nobody looks whether iptables would take it. */
  readonly isDraft?: boolean;
}

const NO_FORMS = { change: null, diagnostics: [] } as const;

/** Rewrites one input of a plan (its index in `plan.inputs`). */
export function rewriteRuleset(
  ruleset: Ruleset,
  whole: Plan,
  input: number,
  { layoutOf = formsOf(whole, input), useOf, isDraft = false }: RewriteChoices = {},
): RewriteResult {
  const { plan, flatOwners } = leaveFlat(whole, input, layoutOf);
  const { marks, trees } = findOldProducts(ruleset, plan);
  const { chains, diagnostics: merging } = mergeRules(ruleset, plan, input, trees, {
    ...(useOf === undefined ? {} : { useOf }),
    isShared: (table, chain) => layoutOf(table, chain) === "shared",
    // The other layouts ask a group once for all rules of a run.
    hasRests: (table, chain) => layoutOf(table, chain) === "article",
  });
  const gone = goneChains(ruleset, chains);
  const diagnostics = [
    ...merging,
    ...checkNames(ruleset, plan, chains, gone),
    ...checkBits(ruleset, plan, marks),
  ];
  if (hasErrors(diagnostics)) return { rewritten: null, diagnostics };
  const { change, diagnostics: faults } = isDraft ? NO_FORMS : makeFlatForms(ruleset, plan, input, chains);
  if (hasErrors(faults)) return { rewritten: null, diagnostics: [...diagnostics, ...faults] };
  const { runs, chains: ordered, unhoisted } = findHoisting(ruleset, plan, chains, { marks, layoutOf });
  const bits = findOwnBits(ruleset, plan, { chains: ordered, runs, layoutOf, gone });
  const text = rewriteTables(ruleset, plan, { chains: ordered, runs, contextOf: bits.contextOf });
  const rewritten = {
    ...text,
    ...{ unhoisted, markBits: bits.axes, newBits: bits.all, ownBits: (bits.all | marks.own) >>> 0 },
    sharedOwners: bits.shared.map(({ table, chain }) => ({ table, chain })),
    flatOwners,
    rests: restsOf(chains),
    ...{ mergedLines: linesOf(chains), partLines: partLinesOf(chains) },
    ...{ moved: chains.filter(({ isMoved }) => isMoved), policyChange: change },
  };
  return { rewritten, diagnostics };
}

function linesOf(chains: readonly MergedChain[]): ReadonlySet<number> {
  const merged = chains.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.kind === "merged" ? entry.merged.rules : [])),
  );
  return new Set(merged.map(({ line }) => line));
}

function restsOf(chains: readonly MergedChain[]): readonly string[] {
  return chains.flatMap(({ entries }) =>
    entries.flatMap((entry) =>
      entry.kind === "merged" && entry.behind !== undefined ? [entry.merged.policy.name] : [],
    ),
  );
}

function partLinesOf(chains: readonly MergedChain[]): ReadonlySet<number> {
  const flat = chains.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.kind === "flat" && entry.rest !== undefined ? [entry.rule.line] : [])),
  );
  return new Set(flat);
}
