/**
 * Rewrites everything that a plan is about.
 */
import { rewriteCheapest } from "../cost/choose-layout.ts";
import type { LayoutChoice } from "../cost/types.ts";
import type { Ruleset } from "../model/types.ts";
import type { Plan } from "../plan/types.ts";
import { rewriteRuleset } from "../rewrite/rewrite.ts";
import type { Rewritten } from "../rewrite/types.ts";
import type { Diagnostic } from "../text/diagnostic.ts";

/** A plan that can be carried out, or the reasons why not. */
export interface OpenedPlan {
  readonly diagnostics: readonly Diagnostic[];
  /** Null when a diagnostic is an error. */
  readonly opened: {
    readonly plan: Plan;
    readonly rewrites: readonly Rewritten[];
    /** What was chosen for each input, where the plan leaves the layout open; else empty. */
    readonly choices: readonly (readonly LayoutChoice[])[];
  } | null;
}

/** Rewrites all inputs of a plan; `rulesets` in the order of its inputs. */
export function rewriteAll(plan: Plan, rulesets: readonly Ruleset[]): OpenedPlan {
  const results = rulesets.map((ruleset, input) =>
    plan.layout === "auto"
      ? rewriteCheapest(ruleset, plan, input)
      : { ...rewriteRuleset(ruleset, plan, input), choices: [] },
  );
  const diagnostics = results.flatMap((result) => result.diagnostics);
  const rewrites = results.flatMap(({ rewritten }) => rewritten ?? []);
  const choices = results.map((result) => result.choices);
  return { diagnostics, opened: rewrites.length === results.length ? { plan, rewrites, choices } : null };
}
