/**
 * The last words of the page: what the plan's file has, and what follows.
 */
import type { EndAnswer } from "../../edit-state.ts";

/** Says it. */
export function describeEnd({ next, state: { planPath, blocked, lost } }: EndAnswer): string {
  if (next === null)
    return `Ended, but ${planPath} can't be carried out as it is: ${blocked.join("; ")}. Nothing here was proved for it.`;
  const edits =
    lost.length === 0
      ? `Done. ${planPath} has all edits.`
      : `Ended, but ${planPath} was changed by something else, and does not have these edits made here: ${lost.join("; ")}.`;
  return `${edits} Next: ${next}`;
}
