/**
 * The walk of one packet for a terminal: the verdict first, what is known of the packet, then every rule in the order in which it was tested.
 */
import type {
  ExplainStep,
  Explanation,
  ReturnStep,
  RuleStep,
  WalkedEffect,
} from "../verify/explain/types.ts";
import { describeRun, failedRun, SHOWN_RUN } from "./explain-runs.ts";
import { count } from "./findings.ts";
import { type Paint, paint, printable, type Style, sign, wrapWords } from "./style.ts";

/** The outcome as one sentence. */
export function summariseWalk({ verdict, decidedBy, unknown }: Explanation): string {
  if (unknown !== null) {
    const { line, table, chain, condition, why } = unknown;
    return printable(
      `can't tell: line ${line} (${table} ${chain})${condition && ` asks ${condition}`}: ${why}`,
    );
  }
  const { table, chain, line } = decidedBy!;
  const decider = line === 0 ? `the policy of ${chain} (${table})` : `line ${line} (${table} ${chain})`;
  return printable(`${verdict} by ${decider}`);
}

/** Several lines; ends with a line end. `all` shows every rule, and folds no run of those that do not match. */
export function renderExplanation(walk: Explanation, style: Style, all: boolean): string {
  const { verdict, packet, assumed, groups, effects, notes, mark, connmark } = walk;
  const paragraph = (label: string, words: readonly string[], separator: string): readonly string[] => {
    const text = printable(`${label}: ${words.join(separator)}`);
    return words.length === 0 ? [] : wrapWords(style, text.split(" "), "  ");
  };
  const lines = [
    paint(style, kindOf(verdict), summariseWalk(walk)),
    ...paragraph("packet", pairsOf(packet, Object.keys(packet)), " "),
    ...paragraph("assumed", pairsOf(packet, assumed), " "),
    ...paragraph("groups that match", groups.matched, ", "),
    ...paragraph("groups that do not", groups.notMatched, ", "),
    ...effects.map((effect) => `  effect: ${printable(describeEffect(effect))}`),
    ...paragraph("marks at the end", marksOf(packet, mark, connmark), ", "),
    ...notes.flatMap((note) => paragraph("note", [note], "")),
  ];
  for (const line of renderSteps(walk, style, all)) lines.push(line);
  return `${lines.join("\n")}\n`;
}

function kindOf(verdict: string | null): Paint {
  if (verdict === null) return "warning";
  return /^(DROP|REJECT)\b/.test(verdict) ? "bad" : "good";
}

function pairsOf(packet: Explanation["packet"], names: readonly string[]): readonly string[] {
  return names.map((name) => `${name}=${packet[name]}`);
}

/** Only where they are not what the packet came in with. */
export function marksOf(packet: Explanation["packet"], mark: string, connmark: string): readonly string[] {
  const changed = mark === packet.mark ? [] : [`mark ${mark}`];
  return connmark === (packet.connmark ?? "0x0") ? changed : [...changed, `connmark ${connmark}`];
}

/** Something that others see, in words. */
export function describeEffect({ line, text, mark, perhaps }: WalkedEffect): string {
  const what = text.startsWith("-m ") ? `asked ${text}` : text;
  return `line ${line}: ${perhaps ? "perhaps " : ""}${what}${mark === null ? "" : ` (mark ${mark})`}`;
}

function renderSteps({ steps, tables }: Explanation, style: Style, all: boolean): readonly string[] {
  const verdicts = new Map(tables.map(({ table, verdict }) => [table, verdict]));
  const lines: string[] = [];
  for (let at = 0; at < steps.length; ) {
    const run = failedRun(steps, at);
    if (!all && run.length > SHOWN_RUN) {
      lines.push(renderFold(run, style));
      at += run.length;
    } else lines.push(...renderStep(steps[at++]!, verdicts, style));
  }
  return lines;
}

function renderFold(run: readonly RuleStep[], style: Style): string {
  const which = describeRun(run, sign(style, "times"));
  const text = `${sign(style, "more")} ${count(run.length, "rule")} that do not match, ${which}`;
  return paint(style, "faint", `${indent(run[0]!.depth)}${printable(text)}`);
}

function indent(depth: number): string {
  return "  ".repeat(depth + 2);
}

function renderStep(
  step: ExplainStep,
  verdicts: ReadonlyMap<string, string | null>,
  style: Style,
): readonly string[] {
  switch (step.kind) {
    case "rule":
      return [renderRule(step, style)];
    case "enter": {
      const verdict = verdicts.get(step.table) ?? "can't tell";
      if (step.by === "hook")
        return [paint(style, "heading", printable(`  ${step.table} ${step.chain}: ${verdict}`))];
      return step.by === "goto"
        ? [paint(style, "heading", `${indent(step.depth)}${printable(step.chain)}`)]
        : [];
    }
    case "return":
      return [paint(style, "faint", `${indent(step.depth)}${printable(describeReturn(step))}`)];
  }
}

const RESULTS: Readonly<Record<RuleStep["result"], readonly [word: string, kind: Paint, why: string]>> = {
  matched: ["yes ", "good", ""],
  failed: ["no  ", "faint", "fails: "],
  dropped: ["drop", "bad", "its header can't be read: "],
  unknown: ["?   ", "warning", "no answer: "],
};

function renderRule(
  { result, line, text, condition, mark, connmark, depth }: RuleStep,
  style: Style,
): string {
  const [word, kind, reason] = RESULTS[result];
  const rest = [
    ...(condition === null ? [] : [`${reason}${condition}`]),
    ...(mark === null ? [] : [`mark ${mark}`]),
    ...(connmark === null ? [] : [`connmark ${connmark}`]),
  ];
  const head = `${indent(depth)}${paint(style, kind, word)} line ${line}: ${printable(text)}`;
  return rest.length === 0 ? head : `${head}  ${paint(style, "faint", printable(`[${rest.join(", ")}]`))}`;
}

/** The end of a chain, in words. */
export function describeReturn({ by, chain, to }: ReturnStep): string {
  const end = by === "end" ? `end of ${chain}: ` : "";
  return to === null ? `${end}the policy decides` : `${end}back in ${to}`;
}
