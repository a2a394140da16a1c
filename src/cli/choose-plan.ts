/**
 * Decides what `import` does with a plan file that is there already: a person's work in it is never thrown away unasked.
 */
import type { Ruleset } from "../model/types.ts";
import { auditPlan } from "../plan/audit.ts";
import { compareOptions, hasSameInputs, withOptions } from "../plan/edits.ts";
import { parsePlan, printPlan } from "../plan/file.ts";
import type { MarkReservation, Plan, PlanOptions } from "../plan/types.ts";
import type { ClusterOptions } from "../cluster/types.ts";
import type { SourceFile } from "../text/source.ts";
import { type ChosenPlan, carryOver } from "./carry-plan.ts";
import { EXIT } from "./exit-codes.ts";
import type { InputHead } from "./find-plan.ts";
import { CommandStop } from "./stop.ts";
import { type Session, refuseWith } from "./session.ts";

/** What is asked of the choice. */
export interface PlanChoice {
  readonly session: Session;
  readonly path: string;
  /** The file that is there; null for none. */
  readonly existing: SourceFile | null;
  /** The inputs as a new plan would have them, to compare. */
  readonly inputs: readonly InputHead[];
  readonly rulesets: readonly Ruleset[];
  /** Options that the user gave; those of the plan stay where they say nothing. */
  readonly options: Partial<ClusterOptions>;
  /** Mark bits of others, where options told of some; null for none: then those of the plan stay. */
  readonly marks: MarkReservation | null;
  /** Where groups are to keep their members, where that was said. */
  readonly storage: string | undefined;
  readonly overwrite: boolean;
  /** Names for groups were given: the plan is made anew, with the edits that it has. */
  readonly isRenamed: boolean;
  /** Makes the plan anew, in the place of `previous`: the search is done only where its result is needed. */
  readonly makeFresh: (options: PlanOptions, previous: Plan | null) => Plan;
}

const NO_OPTIONS: ClusterOptions = { keepChains: [], rewriteChains: [] };

/** Chooses; stops with `refused` where only `--overwrite` would do. */
export function choosePlan(choice: PlanChoice): ChosenPlan {
  const { session, path, existing, overwrite } = choice;
  if (existing === null) return chooseFresh(choice, "written", false);
  const { plan, place, diagnostics } = parsePlan(existing);
  if (plan === null) {
    if (overwrite) return chooseFresh(choice, "overwritten", true);
    refuseWith(
      session,
      diagnostics,
      `${path} is there, and is no plan that can be read; nothing was written`,
    );
  }
  const options = withOptions(plan, choice.options, choice.marks, choice.storage);
  const changes = compareOptions(plan, options);
  let faulty = false;
  if (hasSameInputs(plan.inputs, choice.inputs)) {
    if (changes.length === 0 && hasSameHeads(plan, choice.inputs)) {
      const faults = auditPlan(plan, place, choice.rulesets);
      if (faults.length > 0 && !overwrite) {
        refuseWith(session, faults, `${path} has edits that can't be carried out; nothing was written`);
      }
      if (faults.length === 0 && !choice.isRenamed) {
        return { plan, text: null, keepOld: false, remarks: [], fate: "kept as it is" };
      }
      faulty = faults.length > 0;
    }
  } else if (!overwrite) {
    const message = `${path} is the plan of another input, or of an older state of this one; nothing was written`;
    throw new CommandStop(
      EXIT.refused,
      message,
      "the same command with --overwrite (edits that still fit are kept), or -o ANOTHER",
    );
  }
  const fresh = choice.makeFresh(options, plan);
  const chosen = carryOver(plan, existing, fresh, choice.rulesets, changes);
  if (chosen.text === existing.text) return { ...chosen, text: null, keepOld: false, fate: "kept as it is" };
  // What can't be an edit is somebody's work all the same.
  return { ...chosen, keepOld: chosen.keepOld || faulty };
}

function chooseFresh(choice: PlanChoice, fate: string, keepOld: boolean): ChosenPlan {
  const { makeFresh, options, marks, storage } = choice;
  const stored = storage === undefined ? {} : { storage };
  const plan = makeFresh({ ...NO_OPTIONS, ...options, ...marks, ...stored }, null);
  return { plan, text: printPlan(plan), keepOld, remarks: [], fate };
}

/** A ruleset that was moved has the same digest, but the plan would no longer find it; and what is missing in it has to stand in the plan. */
function hasSameHeads(plan: Plan, inputs: PlanChoice["inputs"]): boolean {
  return plan.inputs.every((input, at) => {
    const now = inputs[at];
    if (now === undefined || input.partial?.join("\n") !== now.partial?.join("\n")) return false;
    if (input.sets?.path !== now.sets?.path) return false;
    // A text that the plan keeps has no place, whatever it was called.
    return input.text === undefined
      ? input.path === now.path && now.text === undefined
      : now.text !== undefined;
  });
}
