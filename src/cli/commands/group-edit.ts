/**
 * `markify group add` and `markify group remove`: change a group in the plan, prove that exactly that changes, and print the smallest change of a firewall that runs
 * the plan's product already. Nothing is written where the proof fails.
 */
import { addMembers, removeMembers } from "../../plan/change-members.ts";
import { editGroup } from "../../plan/edit-group.ts";
import { ownLists, remarkOnHolders } from "../../plan/includes.ts";
import type { Plan, PlanGroup } from "../../plan/types.ts";
import { makeSourceFile } from "../../text/source.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type EditFormat, endEdit } from "../group-ending.ts";
import { openPlanText } from "../plan-files.ts";
import { findEditable } from "../plan-groups.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { readSource } from "../sources.ts";
import { CommandStop } from "../stop.ts";

/** What is asked for. */
export interface EditRequest {
  readonly verb: "add" | "remove";
  readonly planPath: string;
  /** Name or id of the group. */
  readonly group: string;
  /** In any spelling. */
  readonly members: readonly string[];
  readonly format: EditFormat;
  readonly budget?: number;
}

/** Runs it. */
export async function runGroupEdit(session: Session, request: EditRequest): Promise<ExitCode> {
  const { planPath, format, budget } = request;
  if (planPath === "-")
    throw new CommandStop(EXIT.usage, "the plan is changed in its file; it can't be standard input");
  if (budget === 0)
    throw new CommandStop(
      EXIT.usage,
      "--budget 0 proves nothing, and a change of the policy has to be proved",
    );
  const { file } = await readSource(session.io, planPath);
  const before = await openPlanText(session, planPath, file);
  reportProblems(session, before.diagnostics);
  const fail = (found: typeof before) =>
    endWithErrors(
      session,
      found.diagnostics,
      format === "json",
      `${planPath} can't be carried out; nothing was written`,
    );
  if (before.opened === null) return fail(before);
  const { old, group, text, remarks } = changePlan(before.opened.plan, file.text, request);
  for (const remark of remarks) session.console.say(`note: ${remark}`);
  const source = makeSourceFile(planPath, text, file.encoding);
  const after = await openPlanText(session, planPath, source);
  if (after.opened === null) {
    reportProblems(session, after.diagnostics);
    return fail(after);
  }
  requireLists(after.opened.plan, group, planPath);
  const states = { before: { ...before.opened, planPath }, after: { ...after.opened, planPath } };
  const options = budget === undefined ? {} : { budget };
  return endEdit(session, { old, now: group, source, ...states }, options, format);
}

/** The group as it is to be, and the text that says so. */
function changePlan(
  plan: Plan,
  text: string,
  { verb, planPath, group: name, members }: EditRequest,
): {
  readonly old: PlanGroup;
  readonly group: PlanGroup;
  readonly text: string;
  readonly remarks: readonly string[];
} {
  const old = findEditable(plan, planPath, name);
  const change = verb === "add" ? addMembers(plan, old, members) : removeMembers(plan, old, members);
  if (change.problems !== undefined)
    throw new CommandStop(EXIT.usage, `${change.problems.join("; ")}; nothing was written`);
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  const edited = editGroup(text, old.id, ownLists(change.group, groups));
  if (edited === null) throw stopForText(planPath, old);
  const remarks = [...change.remarks, ...remarkOnHolders(old, plan.groups)];
  return { old, group: change.group, text: edited, remarks };
}

/** The text that was edited has to say what was meant, whatever it looks like. */
function requireLists(plan: Plan, wanted: PlanGroup, planPath: string): void {
  const found = plan.groups.find(({ id }) => id === wanted.id);
  const key = ({ members, added = [], removed = [] }: PlanGroup) =>
    JSON.stringify([members, added, removed].map((list) => [...list].sort()));
  if (found === undefined || key(found) !== key(wanted)) throw stopForText(planPath, wanted);
}

function stopForText(planPath: string, { name }: PlanGroup): CommandStop {
  const message = `${planPath} has the members of ${name} in a form that can't be edited in place; nothing was written`;
  return new CommandStop(
    EXIT.usage,
    message,
    "write each member on a line of its own, or add it by hand under added:",
  );
}
