/**
 * Rewrites everything that a plan is about.
 */
import { rewriteChosen } from "../cost/choose-order.ts";
import type { Traffic } from "../cost/traffic/types.ts";
import type { Choices } from "../cost/types.ts";
import type { Ruleset } from "../model/types.ts";
import { findIdleChanges } from "../plan/idle-changes.ts";
import type { Plan } from "../plan/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { type Diagnostic, hasErrors } from "../text/diagnostic.ts";

/** A plan that can be carried out, or the reasons why not. */
export interface OpenedPlan {
  readonly diagnostics: readonly Diagnostic[];
  /** Null when a diagnostic is an error. */
  readonly opened: {
    readonly plan: Plan;
    readonly rewrites: readonly Rewritten[];
    /** What was chosen for each input where the plan leaves it open, and the traffic that it was chosen by. */
    readonly choices: readonly Choices[];
  } | null;
}

/** Rewrites all inputs of a plan; `rulesets`, and their traffic where somebody told of it, in the order of its inputs. */
export function rewriteAll(
  plan: Plan,
  rulesets: readonly Ruleset[],
  traffics: readonly Traffic[] = [],
): OpenedPlan {
  const results = rulesets.map((ruleset, input) =>
    rewriteChosen(ruleset, plan, input, traffics[input] ?? null),
  );
  const diagnostics = [
    ...findIdleChanges(plan, rulesets),
    ...results.flatMap((result) => result.diagnostics),
  ];
  const rewrites = results.flatMap(({ rewritten }) => rewritten ?? []);
  const choices = results.map(({ choices: layouts, orders }, input) => ({
    ...{ layouts, orders, traffic: traffics[input] ?? null },
  }));
  const isWhole = rewrites.length === results.length && !hasErrors(diagnostics);
  return { diagnostics, opened: isWhole ? { plan, rewrites, choices } : null };
}
