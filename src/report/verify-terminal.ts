/**
 * The checker's answer for a terminal: the answer first, the packet that shows a difference with both its paths, then what stands behind it.
 */
import type { WalkOutcome, Witness } from "../verify/types.ts";
import { count } from "./findings.ts";
import { paint, printable, type Style, wrapWords } from "./style.ts";
import type { VerifyView } from "./verify-view.ts";

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
  if (view.witness !== undefined) lines.push(...renderWitness(view.witness, style));
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
  const steps = outcome.steps.map(({ line, chain, text, mark }) => {
    const place = line === 0 ? `${chain} policy` : `line ${line}`;
    return `    ${printable(`${place}: ${text}`)}${paint(style, "faint", `  mark ${mark}`)}`;
  });
  return [paint(style, "heading", head), ...steps];
}
