/**
 * Takes what people wrote in an old plan file over into a plan that was made anew.
 */
import type { Ruleset } from "../model/types.ts";
import { carryMarkBits } from "../plan/carry-bits.ts";
import { printWithComments } from "../plan/comments.ts";
import { carryEdits } from "../plan/edits.ts";
import { printLineRanges } from "../plan/line-ranges.ts";
import { usedMarkBits } from "../cluster/marks/used-bits.ts";
import { findMarkedRules } from "../plan/marks.ts";
import { reservedBits } from "../plan/reservation.ts";
import type { Plan } from "../plan/types.ts";
import type { SourceFile } from "../text/source.ts";

/** The plan to report from. */
export interface ChosenPlan {
  readonly plan: Plan;
  /** What to write; null where the file holds this very plan, comments of people included, and stays as it is. */
  readonly text: string | null;
  /** The old file goes beside the new one: something that people wrote is not in that. */
  readonly keepOld: boolean;
  /** What changes beside the groups, as sentences: options, edits and comments that have no place in the plan. */
  readonly remarks: readonly string[];
  /** What became of the file, for the summary: `written`, `kept as it is`, … */
  readonly fate: string;
}

/** A fresh plan with the edits and comments of the old one; `changes` are remarks that go first. */
export function carryOver(
  old: Plan,
  file: SourceFile,
  fresh: Plan,
  rulesets: readonly Ruleset[],
  changes: readonly string[],
): ChosenPlan {
  const used = usedMarkBits(rulesets, findMarkedRules(rulesets, fresh));
  const usedBeside = (plan: Plan) => (used | reservedBits(plan)) >>> 0;
  const { markBits, moved } = carryMarkBits(old.markBits, fresh.markBits, usedBeside(fresh), usedBeside(old));
  const { plan, lost, kept, renamed } = carryEdits(old, { ...fresh, markBits });
  const { text, lost: lines } = printWithComments(plan, file.text, renamed);
  const remarks = [
    ...changes,
    ...moved,
    ...kept.map((sentence) => `edit kept: ${sentence}`),
    ...lost.map((sentence) => `edit not kept: ${sentence}`),
  ];
  if (lines.length > 0) remarks.push(`comments not kept: lines ${printLineRanges(lines)} of the old plan`);
  const keepOld = lost.length > 0 || lines.length > 0;
  const edits = lost.length === 0 ? "the edits that it had" : "those edits that still fit";
  return { plan, text, keepOld, remarks, fate: `written anew, with ${edits}` };
}
