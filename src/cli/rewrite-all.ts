/**
 * Rewrites everything that a plan is about.
 */
import type { Ruleset } from "../model/types.ts";
import type { Plan } from "../plan/types.ts";
import { rewriteRuleset } from "../rewrite/rewrite.ts";
import type { Rewritten } from "../rewrite/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";

/** A plan that can be carried out, or the reasons why not. */
export interface OpenedPlan {
  readonly diagnostics: readonly Diagnostic[];
  /** Null when a diagnostic is an error. */
  readonly opened: { readonly plan: Plan; readonly rewrites: readonly Rewritten[] } | null;
}

/** Rewrites all inputs of a plan; `rulesets` in the order of its inputs. */
export function rewriteAll(plan: Plan, rulesets: readonly Ruleset[]): OpenedPlan {
  const results = rulesets.map((ruleset, input) => rewriteRuleset(ruleset, plan, input));
  const diagnostics = results.flatMap((result) => result.diagnostics);
  const rewrites = results.flatMap(({ rewritten }) => rewritten ?? []);
  return { diagnostics, opened: rewrites.length === results.length ? { plan, rewrites } : null };
}
