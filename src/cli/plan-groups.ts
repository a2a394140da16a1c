/**
 * Reads the groups of a plan alone, and finds them by name: the rulesets that the plan was made from need not be there.
 */
import { parsePlan } from "../plan/file.ts";
import { findDefinition } from "../plan/twins.ts";
import type { Plan, PlanGroup } from "../plan/types.ts";
import { didYouMean } from "../plan/yaml-reader.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { EXIT } from "./exit-codes.ts";
import { reportProblems, type Session } from "./session.ts";
import { readSource } from "./sources.ts";
import { CommandStop } from "./stop.ts";

/** A plan, or the mistakes in it, which are told by then. */
export async function readPlan(
  session: Session,
  planPath: string,
): Promise<{ readonly plan: Plan | null; readonly diagnostics: readonly Diagnostic[] }> {
  const { file } = await readSource(session.io, planPath);
  const { plan, diagnostics } = parsePlan(file);
  reportProblems(session, diagnostics);
  return { plan, diagnostics };
}

/** The group of a name, or of the id that it was found under; stops where there is none. */
export function findGroup({ groups }: Plan, planPath: string, name: string): PlanGroup {
  const found = groups.find((group) => group.name === name) ?? groups.find(({ id }) => id === name);
  if (found !== undefined) return found;
  const help = didYouMean(
    name,
    groups.map((group) => group.name),
  );
  throw new CommandStop(
    EXIT.usage,
    `${planPath} has no group ${name}${help === undefined ? "" : `; ${help}`}`,
  );
}

/** The group in whose entry the members of a group change: of one that is the same as another, the other one. */
export function findEditable(plan: Plan, planPath: string, name: string): PlanGroup {
  return findDefinition(findGroup(plan, planPath, name), plan.groups);
}
