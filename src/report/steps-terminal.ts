/**
 * The rules that a packet met, for a terminal: one line a step; of a long walk the first and the last ones.
 */
import type { WalkStep } from "../verify/types.ts";
import { count } from "./findings.ts";
import { paint, printable, type Style } from "./style.ts";

/** Steps that are shown of each end of a long walk. */
const SHOWN_STEPS = 20;

/** Indented by four blanks. */
export function renderSteps(steps: readonly WalkStep[], style: Style): readonly string[] {
  const left = steps.length - 2 * SHOWN_STEPS;
  // A cut that hides one line would save none.
  if (left < 2) return steps.map((step) => renderStep(step, style));
  return [
    ...steps.slice(0, SHOWN_STEPS).map((step) => renderStep(step, style)),
    `    … ${count(left, "step")} …`,
    ...steps.slice(-SHOWN_STEPS).map((step) => renderStep(step, style)),
  ];
}

function renderStep({ line, chain, text, mark }: WalkStep, style: Style): string {
  const place = line === 0 ? `${chain} policy` : `line ${line}`;
  return `    ${printable(`${place}: ${text}`)}${paint(style, "faint", `  mark ${mark}`)}`;
}
