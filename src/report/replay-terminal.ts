/**
 * How traffic fares under two rulesets, for a terminal: what differs first, then the verdicts, what could not be judged, and which rules and groups are used.
 */
import type { RulePlace } from "../replay/rule-numbers.ts";
import type { Counted, ReplayDifference, ReplayEnding, ReplayView, VerdictPair } from "../replay/view.ts";
import { count } from "./findings.ts";
import { type Paint, paint, printable, type Style, sign, wrapWords } from "./style.ts";

/** Differences, and rules and groups, that are shown; JSON has all of them. */
const MOST_DIFFERENCES = 20;
const MOST_USED = 10;

/** The outcome as one sentence. */
export function summariseReplay({ judged, different, perhaps, unjudged }: ReplayView): string {
  const left = unjudged.reduce((sum, { packets }) => sum + packets, 0);
  const rest = left === 0 ? "" : `; ${number(left)} could not be judged`;
  if (judged === 0)
    return left === 0 ? "no packet that a rule would see" : `none of ${packetsOf(left)} could be judged`;
  const of = `of ${packetsOf(judged)}`;
  if (different > 0) {
    const more = perhaps === 0 ? "" : `, and ${number(perhaps)} may`;
    return `${number(different)} ${of} ${different === 1 ? "fares" : "fare"} otherwise${more}${rest}`;
  }
  if (perhaps > 0) return `${number(perhaps)} ${of} may fare otherwise: not enough is known of them${rest}`;
  return `none ${of} fares otherwise${rest}`;
}

/** Several lines; ends with a line end. */
export function renderReplay(view: ReplayView, style: Style): string {
  const kinds: Readonly<Record<ReplayView["result"], Paint>> = {
    same: "good",
    different: "bad",
    unknown: "warning",
  };
  const lines = [
    paint(style, kinds[view.result], printable(summariseReplay(view))),
    ...section(style, "", differenceLines(view.differences, style)),
    ...section(
      style,
      "verdicts",
      view.verdicts.map((pair) => verdictLine(pair, style)),
    ),
    ...section(style, "not known, and of no consequence", countLines(view.open, style)),
    ...section(style, "not judged", countLines(view.unjudged, style)),
    ...section(style, "seen by no rule", countLines(view.passed, style)),
    ...section(style, "rules of the new ruleset that decide most", usedLines(view)),
    ...section(style, "groups with most packets", groupLines(view)),
    ...view.notes.flatMap((note) => wrapWords(style, printable(`note: ${note}`).split(" "), "  ")),
  ];
  return `${lines.join("\n")}\n`;
}

function section(style: Style, title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0 || title === "") return lines;
  return [paint(style, "heading", `  ${title}`), ...lines];
}

function differenceLines(differences: readonly ReplayDifference[], style: Style): readonly string[] {
  const shown = differences.slice(0, MOST_DIFFERENCES);
  const lines = shown.flatMap((difference) => differenceBlock(difference, style));
  const rest = differences.length - shown.length;
  return rest === 0
    ? lines
    : [...lines, `  ${sign(style, "more")} and ${rest} more kinds (--json has all of them)`];
}

function differenceBlock(each: ReplayDifference, style: Style): readonly string[] {
  const { packets, isCertain, packet, old, new: now, differs, open } = each;
  const head = `${packetsOf(packets)} ${isCertain ? "" : "perhaps "}${old.verdict} ${sign(style, "to")} ${now.verdict}`;
  const beside = differs.filter((name) => name !== "verdict").map((name) => `${WORDS[name] ?? name} differ`);
  const words = Object.entries(packet).map(([name, value]) => `${name}=${value}`);
  const wrapped = (label: string, text: string): readonly string[] =>
    wrapWords(style, printable(`${label}: ${text}`).split(" "), "    ");
  return [
    paint(style, isCertain ? "bad" : "warning", printable(`  ${[head, ...beside].join(", ")}`)),
    ...wrapped("such as", words.join(" ")),
    ...wrapped("old", endingText(old)),
    ...wrapped("new", endingText(now)),
    ...(open.length === 0 ? [] : wrapped("not known", open.join(", "))),
  ];
}

const WORDS: Readonly<Record<string, string>> = {
  effects: "what is logged or counted does",
  mark: "the mark does",
  connmark: "the connection mark does",
};

function endingText({ verdict, decidedBy }: ReplayEnding): string {
  return `${verdict} by ${placeOf(decidedBy)}`;
}

function placeOf({ table, chain, line, text }: RulePlace): string {
  if (table === "") return "no table";
  return line === 0 ? `the policy of ${chain} (${table})` : `line ${line} (${table}): ${text}`;
}

function verdictLine({ old, new: now, packets, isSame }: VerdictPair, style: Style): string {
  const names = `${old.join(" or ")} ${sign(style, "to")} ${now.join(" or ")}`;
  const both = isSame === "yes" && old.length > 1 ? ", the same for each" : "";
  const perhaps = isSame === "perhaps" ? ", perhaps otherwise" : "";
  const text = printable(`    ${number(packets).padStart(12)}  ${names}${both}${perhaps}`);
  return isSame === "yes" ? text : paint(style, isSame === "no" ? "bad" : "warning", text);
}

function countLines(counts: readonly Counted[], style: Style): readonly string[] {
  return counts.flatMap(({ what, packets }) => {
    const [first = "", ...more] = wrapWords(style, printable(what).split(" "), " ".repeat(18));
    return [`    ${number(packets).padStart(12)}  ${first.trimStart()}`, ...more];
  });
}

function usedLines({ rules }: ReplayView): readonly string[] {
  const used = rules.new
    .filter(({ decided }) => decided > 0)
    .sort((one, other) => other.decided - one.decided);
  return used
    .slice(0, MOST_USED)
    .map((rule) => printable(`    ${number(rule.decided).padStart(12)}  ${placeOf(rule)}`));
}

function groupLines({ groups }: ReplayView): readonly string[] {
  return groups
    .slice(0, MOST_USED)
    .map(({ table, chain, packets }) =>
      printable(`    ${number(packets).padStart(12)}  ${chain} (${table})`),
    );
}

/** With commas: these numbers are long. */
function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function packetsOf(packets: number): string {
  return packets === 1 ? count(1, "packet") : `${number(packets)} packets`;
}
