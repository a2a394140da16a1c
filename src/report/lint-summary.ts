/**
 * What lint finds, in short, for the groups report: how many of each kind, and the first few. `markify lint` has all of them.
 */
import type { LintKind } from "../lint/types.ts";
import type { Family } from "../model/types.ts";
import { type LintFindingView, type LintedRuleset, makeLintView } from "./lint-view.ts";

/** What was found in one input. */
export interface LintSummary {
  /** As in the plan. */
  readonly file: string;
  readonly family: Family;
  /** The command that shows all; missing where the input can't be read again just so. */
  readonly command?: string;
  /** Null where nobody looked. */
  readonly found: {
    readonly findings: number;
    /** Most frequent first. */
    readonly kinds: readonly { readonly kind: LintKind; readonly findings: number }[];
    /** Warnings before notes, in the order of the file. */
    readonly first: readonly LintFindingView[];
    /** Rules of which it is not known whether they do anything. */
    readonly unsettled: number;
  } | null;
}

/** Findings that are listed of each input. */
const MOST_LISTED = 3;

/** An input of a plan, with what lint found in it; `linted` null: it was not asked. */
export interface LintedInput extends Pick<LintSummary, "file" | "family" | "command"> {
  readonly linted: LintedRuleset | null;
}

/** Counts. */
export function summariseLinted({ linted, ...input }: LintedInput): LintSummary {
  if (linted === null) return { ...input, found: null };
  const { findings, unsettled } = makeLintView([linted]);
  const counts = new Map<LintKind, number>();
  for (const { kind } of findings) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].map(([kind, number]) => ({ kind, findings: number }));
  kinds.sort((one, other) => other.findings - one.findings || one.kind.localeCompare(other.kind));
  const warnings = findings.filter(({ severity }) => severity === "warning");
  const notes = findings.filter(({ severity }) => severity === "note");
  const first = [...warnings, ...notes].slice(0, MOST_LISTED);
  const open = unsettled.reduce((sum, { rules }) => sum + rules, 0);
  return { ...input, found: { findings: findings.length, kinds, first, unsettled: open } };
}
