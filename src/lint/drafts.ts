/**
 * Findings in the making: rules where a finding has lines, and words for lists of them.
 */
import type { Rule } from "../model/types.ts";
import { printLineRanges } from "../plan/line-ranges.ts";
import type { LintFinding } from "./types.ts";

/** A finding that still knows its rules; what is missing is empty. */
export interface Draft
  extends Pick<LintFinding, "kind" | "severity" | "table" | "chain" | "message" | "advice"> {
  /** Lines that it is about, where they are no rules (the declaration of a chain). */
  readonly lines?: readonly number[];
  readonly rules?: readonly Rule[];
  readonly because?: readonly Rule[];
  readonly removes?: readonly Rule[];
  readonly missing?: readonly string[];
}

/** Lines, or runs of them, that are named one by one in a sentence. */
const MOST_NAMED = 5;

/** `line 3`, `lines 3, 5 and 7-9`; of many only the first ones, and how many there are. */
export function nameLines(lines: readonly number[]): string {
  const ordered = ascending(lines);
  const ranges = printLineRanges(ordered).split(", ");
  if (ranges.length <= MOST_NAMED) return `line${ordered.length === 1 ? "" : "s"} ${nameAll(ranges)}`;
  return `lines ${ranges.slice(0, MOST_NAMED).join(", ")} … (${ordered.length} lines)`;
}

/** `a`, `a and b`, `a, b and c`. */
export function nameAll(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Lines of rules, ascending, each once. */
export function linesOf(rules: readonly Rule[]): readonly number[] {
  return ascending(rules.map(({ line }) => line));
}

function ascending(lines: readonly number[]): readonly number[] {
  return [...new Set(lines)].sort((left, right) => left - right);
}

/** A draft with lines in place of rules. */
export function finishDraft(draft: Draft): LintFinding {
  const { rules = [], because = [], removes = [], lines = [], ...rest } = draft;
  return {
    ...rest,
    lines: ascending([...lines, ...linesOf(rules)]),
    because: linesOf(because),
    removes: linesOf(removes),
  };
}
