/**
 * Decides what `import` does with a plan file that is there already: a person's work in it is never thrown away unasked.
 */
import { carryEdits, hasSameInputs, hasSameOptions } from "../plan/edits.ts";
import { parsePlan } from "../plan/file.ts";
import type { Plan } from "../plan/types.ts";
import type { ClusterOptions } from "../cluster/types.ts";
import type { SourceFile } from "../text/source.ts";
import { EXIT } from "./exit-codes.ts";
import type { InputHead } from "./find-plan.ts";
import type { Io } from "./io.ts";
import { shellWord } from "./shell.ts";
import { inspectPath, isPassing } from "./sources.ts";
import { CommandStop } from "./stop.ts";
import { type Session, reportProblems } from "./session.ts";

/** The plan to report from. */
export interface ChosenPlan {
  readonly plan: Plan;
  /** False: the file holds this very plan, comments of people included, and stays as it is. */
  readonly write: boolean;
  /** Edits of the old file that have no place in the plan, as sentences. */
  readonly lost: readonly string[];
  /** What became of the file, for the summary: `written`, `kept as it is`, … */
  readonly fate: string;
}

/** What is asked of the choice. */
export interface PlanChoice {
  readonly session: Session;
  readonly path: string;
  /** The file that is there; null for none. */
  readonly existing: SourceFile | null;
  /** The inputs as a new plan would have them, to compare. */
  readonly inputs: readonly InputHead[];
  readonly options: ClusterOptions;
  readonly overwrite: boolean;
  /** Makes the plan anew: the search is done only where its result is needed. */
  readonly makeFresh: () => Plan;
}

/** Where the plan goes: as told, or beside the first input. Never over an input. */
export async function choosePlanPath(
  io: Io,
  paths: readonly string[],
  output: string | undefined,
): Promise<string> {
  const [first] = paths;
  const files = paths.filter((path) => path !== "-");
  if (output === undefined && (first === undefined || first === "-" || (await isPassing(io, first)))) {
    const what = first === undefined || first === "-" ? "standard input" : first;
    const message = `${what} has no name to call the plan after`;
    throw new CommandStop(EXIT.usage, message, `markify import ${shellWord(first ?? "-")} -o PLAN`);
  }
  if (output === "-") {
    throw new CommandStop(EXIT.usage, "the plan is a file that you edit; it can't go to standard output");
  }
  const planPath = output ?? `${first}.markify.yaml`;
  const { identity } = await inspectPath(io, planPath);
  for (const path of files) {
    if ((await inspectPath(io, path)).identity === identity) {
      throw new CommandStop(EXIT.usage, `${planPath} is an input; the plan needs a file of its own`);
    }
  }
  return planPath;
}

/** Chooses; stops with `refused` where only `--overwrite` would do. */
export function choosePlan(choice: PlanChoice): ChosenPlan {
  const { session, path, existing, overwrite } = choice;
  if (existing === null) return { plan: choice.makeFresh(), write: true, lost: [], fate: "written" };
  const parsed = parsePlan(existing);
  if (parsed.plan === null) {
    if (overwrite) return { plan: choice.makeFresh(), write: true, lost: [], fate: "overwritten" };
    reportProblems(session, parsed.diagnostics);
    throw new CommandStop(
      EXIT.refused,
      `${path} is there, and is no plan that can be read; nothing was written`,
      "mend it, or add --overwrite",
    );
  }
  const { plan } = parsed;
  if (hasSameInputs(plan.inputs, choice.inputs)) {
    if (hasSameOptions(plan, choice.options) && hasSamePaths(plan, choice.inputs)) {
      return { plan, write: false, lost: [], fate: "kept as it is" };
    }
  } else if (!overwrite) {
    const message = `${path} is the plan of another input, or of an older state of this one; nothing was written`;
    throw new CommandStop(
      EXIT.refused,
      message,
      "the same command with --overwrite (edits that still fit are kept), or -o ANOTHER",
    );
  }
  const carried = carryEdits(plan, choice.makeFresh());
  return { ...carried, write: true, fate: "written anew, with the edits that it had" };
}

/** A ruleset that was moved has the same digest, but the plan would no longer find it. */
function hasSamePaths(plan: Plan, inputs: PlanChoice["inputs"]): boolean {
  // A text that the plan keeps has no place, whatever it was called.
  return plan.inputs.every((input, at) =>
    input.text === undefined
      ? input.path === inputs[at]?.path && inputs[at]?.text === undefined
      : inputs[at]?.text !== undefined,
  );
}
