/**
 * The checker's answer for a terminal: the answer first, the packet that shows a difference with both its paths, then what stands behind it.
 */
import type { WalkOutcome, Witness } from "../verify/types.ts";
import { renderAssertions, summariseAssertions } from "./assertion-terminal.ts";
import type { CostView } from "./cost-view.ts";
import { COST_TITLE, describeChoices, describeCosts } from "./cost-words.ts";
import { renderDifferences } from "./differences-terminal.ts";
import { count, describeChanges } from "./findings.ts";
import { renderSteps } from "./steps-terminal.ts";
import { paint, printable, type Style, wrapWords } from "./style.ts";
import type { PolicyChangeView, VerifyView } from "./verify-view.ts";

/** The answer as one sentence. Samples never prove anything, and the sentence doesn't say so. */
export function summariseCheck(view: VerifyView): string {
  if (view.result === "different") return "different: some packets are treated otherwise";
  if (view.result === "unknown") return `can't tell: ${view.reason ?? "a part could not be checked"}`;
  if (view.policyChange !== undefined)
    return "the policy changes as the plan says and in nothing else, proved for all packets";
  if (view.checks.every(({ kind }) => kind === "identical")) return "equal: all tables are the same";
  if (view.basis !== "proved") return summariseSamples(view);
  return `equal, proved for all packets${view.anyMembers === true ? " and any members of the sets" : ""}`;
}

/** The same with what became of assertions. */
export function summariseAnswer(view: VerifyView): string {
  const promises = summariseAssertions(view.assertions ?? []);
  return promises === "" ? summariseCheck(view) : `${summariseCheck(view)}; ${promises}`;
}

/** What the samples came to, where they found nothing. */
export function summariseSamples({ packets, seed }: VerifyView): string {
  return `no difference in ${packets} packets (seed ${seed})`;
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
  if (view.policyChange !== undefined) lines.push(...renderPolicyChange(view.policyChange, style));
  if (view.witness !== undefined) for (const line of renderWitness(view.witness, style)) lines.push(line);
  if (view.differences !== undefined) {
    lines.push("  what differs:");
    lines.push(...renderDifferences(view.differences, view.moreDifferences === true, style));
  }
  const isChanged = view.policyChange !== undefined && view.result === "equal";
  if (isChanged && view.policyChange !== undefined)
    lines.push(...wrapWords(style, describeChangeProof(view.policyChange).split(" "), "  "));
  const several = new Set(view.checks.map(({ family }) => family)).size > 1;
  for (const { family, detail } of isChanged ? [] : shownChecks(view)) {
    lines.push(...wrapWords(style, printable(several ? `${family} ${detail}` : detail).split(" "), "  "));
  }
  if (view.basis === "proved" && view.result === "equal" && view.packets > 0)
    lines.push(...wrapWords(style, `second opinion: ${describeSamples(view)}`.split(" "), "  "));
  for (const assumption of view.assumptions)
    lines.push(...wrapWords(style, `assumed: ${assumption}`.split(" "), "  "));
  for (const limit of view.limits)
    lines.push(...wrapWords(style, printable(`not covered: ${limit}`).split(" "), "  "));
  if (view.exclusions.length > 0 && view.result !== "different")
    lines.push("  left out: packets that do not exist (exclusions in --json)");
  lines.push(...renderCosts(view.costs ?? [], style), ...renderAssertions(view.assertions ?? [], style));
  return `${lines.join("\n")}\n`;
}

/** What packets cost, and what was chosen for that. */
function renderCosts(costs: readonly CostView[], style: Style): readonly string[] {
  const sentences = describeCosts(costs);
  const wrap = (text: string, indent: string) => wrapWords(style, printable(text).split(" "), indent);
  return [
    ...describeChoices(costs).flatMap((text) => wrap(text, "  ")),
    ...(sentences.length === 0 ? [] : wrap(`${COST_TITLE}:`, "  ")),
    ...sentences.flatMap((text) => wrap(text, "    ")),
  ];
}

/** What the groups get and lose, and the packets for which that matters. */
export function renderPolicyChange(change: PolicyChangeView, style: Style): readonly string[] {
  const { differences, moreDifferences } = change;
  const sentences = describeChanges(change);
  const lines = sentences.flatMap((sentence) => wrapWords(style, printable(sentence).split(" "), "  "));
  if (differences.length === 0) return [...lines, "  no packet fares differently"];
  return [...lines, "  packets that change:", ...renderDifferences(differences, moreDifferences, style)];
}

/** The samples beside a proof, and what was drawn from the proof for rules that they missed. */
function describeSamples(view: VerifyView): string {
  const { coverage } = view;
  if (coverage === undefined) return summariseSamples(view);
  const { rules, sampled, drawn, unreachable, packets } = coverage;
  const words = [
    summariseSamples(view),
    `they matched ${sampled} of ${count(rules, "rule")} (both sides, each hook)`,
  ];
  if (drawn > 0) words.push(`none in ${packets} more drawn from the proof for ${drawn} others`);
  if (unreachable > 0) words.push(`${count(unreachable, "rule")} can't be reached`);
  return words.join("; ");
}

/** Two proofs, since what is compared is neither the old ruleset nor the new one alone. */
function describeChangeProof({ addedRules, removedRules }: PolicyChangeView): string {
  const changes = [
    ...(addedRules.length === 0 ? [] : [`${count(addedRules.length, "rule")} more`]),
    ...(removedRules.length === 0 ? [] : [`${count(removedRules.length, "rule")} fewer`]),
  ];
  if (changes.length === 0) return "proved: the new file is equal to the old ruleset.";
  return `proved: the new file is the old ruleset with ${changes.join(" and ")} (${addedRules.length > 0 ? "addedRules" : "removedRules"} in --json) where the policy rules stand.`;
}

/** Samples that agree with a proof are one line, not one for each hook; those that were cut short by a difference say nothing. */
function shownChecks(view: VerifyView): VerifyView["checks"] {
  const isProof = view.checks.some(({ kind }) => kind.startsWith("proved"));
  if (!isProof) return view.checks;
  return view.checks.filter(
    ({ kind }) => !kind.startsWith("sampled") || (view.basis === "sampled" && view.result === "unknown"),
  );
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
