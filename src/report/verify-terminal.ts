/**
 * The checker's answer for a terminal: the answer first, the packet that shows a difference with both its paths, then what stands behind it.
 */
import type { WalkOutcome, WalkStep, Witness } from "../verify/types.ts";
import { count } from "./findings.ts";
import { paint, printable, type Style, wrapWords } from "./style.ts";
import type { VerifyView } from "./verify-view.ts";

/** Steps that are shown of each end of a long walk. */
const SHOWN_STEPS = 20;

/** The answer as one sentence. Samples never prove anything, and the sentence doesn't say so. */
export function summariseCheck(view: VerifyView): string {
  if (view.result === "different") return "different: a packet is treated otherwise";
  if (view.result === "unknown") return `can't tell: ${view.reason ?? "a part could not be checked"}`;
  if (view.basis === "proved") return "equal, proved";
  const all = view.checks.every(({ kind }) => kind === "identical");
  return all
    ? "equal: all tables are the same"
    : `no difference in ${view.packets} packets (seed ${view.seed})`;
}

/** Several lines; ends with a line end. */
export function renderVerify(view: VerifyView, style: Style): string {
  const lines = [
    paint(
      style,
      ({ equal: "good", different: "bad", unknown: "warning" } as const)[view.result],
      summariseCheck(view),
    ),
  ];
  if (view.witness !== undefined) for (const line of renderWitness(view.witness, style)) lines.push(line);
  const several = new Set(view.checks.map(({ family }) => family)).size > 1;
  for (const { family, detail } of view.checks) {
    lines.push(...wrapWords(style, printable(several ? `${family} ${detail}` : detail).split(" "), "  "));
  }
  for (const assumption of view.assumptions)
    lines.push(...wrapWords(style, `assumed: ${assumption}`.split(" "), "  "));
  for (const limit of view.limits)
    lines.push(...wrapWords(style, printable(`not covered: ${limit}`).split(" "), "  "));
  return `${lines.join("\n")}\n`;
}

/** The packet, and what each side does with it. */
function renderWitness(witness: Witness, style: Style): readonly string[] {
  const { packet } = witness;
  const fields = Object.entries(packet.fields).map(([name, value]) => printable(`${name}=${value}`));
  return [
    `  packet in ${packet.table} ${packet.hook}, differs in ${witness.differs.join(", ")}:`,
    ...wrapWords(style, fields, "    "),
    ...renderOutcome("old", witness.old, style),
    ...renderOutcome("new", witness.new, style),
  ];
}

function renderOutcome(side: string, outcome: WalkOutcome, style: Style): readonly string[] {
  const effects =
    outcome.effects.length === 0
      ? ""
      : `, ${count(outcome.effects.length, "effect")}: ${outcome.effects.join("; ")}`;
  const head = `  ${side} ${printable(outcome.file)}: ${printable(outcome.verdict)}, mark ${outcome.mark}${printable(effects)}`;
  return [paint(style, "heading", head), ...renderSteps(outcome.steps, style)];
}

/** One line a step; of a long walk the first and the last ones. */
function renderSteps(steps: readonly WalkStep[], style: Style): readonly string[] {
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
