/**
 * Long runs of rules that do not match, in the walk of a packet: what is folded, and the words for it. The terminal and the page fold alike.
 */
import type { ExplainStep, RuleStep } from "../verify/explain/types.ts";

/** Longest run of rules that do not match which is shown rule by rule. */
export const SHOWN_RUN = 3;

/** Rules that do not match, from a step on, one after the other in one chain. */
export function failedRun(steps: readonly ExplainStep[], start: number): readonly RuleStep[] {
  const run: RuleStep[] = [];
  for (let at = start; at < steps.length; at++) {
    const step = steps[at]!;
    if (step.kind !== "rule" || step.result !== "failed") break;
    run.push(step);
  }
  return run;
}

/** Which rules of a run failed at what: `lines 4 to 90 (-s ×80, -p ×7)`. At least one. */
export function describeRun(run: readonly RuleStep[], times: string): string {
  const kinds = new Map<string, number>();
  for (const { condition } of run) {
    const kind = /^(?:! )?(-m \S+|\S+)/.exec(condition ?? "")?.[1] ?? "";
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const why = [...kinds].map(([kind, number]) => `${kind} ${times}${number}`).join(", ");
  return `lines ${run[0]!.line} to ${run.at(-1)!.line} (${why})`;
}
