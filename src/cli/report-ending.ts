/**
 * The last words of a command that showed the groups report.
 */
import { count } from "../report/findings.ts";
import type { GroupsView } from "../report/view.ts";
import { shellWord } from "./shell.ts";

/** The command that follows on a report. */
export function nextAfterReport(planPath: string, { inputs, findings }: GroupsView): string {
  const flag = findings.some(({ kind }) => kind === "policy-change") ? " --allow-policy-change" : "";
  return `${nextApply(planPath, inputs.length)}${flag}`;
}

/** How a plan with so many inputs is carried out. */
export function nextApply(planPath: string, inputs: number): string {
  return `markify apply ${shellWord(planPath)} -o ${inputs === 1 ? "NEW.rules" : "NEW"}`;
}

/** The outcome as one sentence for the end of a command. */
export function summariseView(view: GroupsView): string {
  const { rulesBefore, rulesAfter, policyRules } = view;
  if (view.inputs.every(({ tablesChanged }) => tablesChanged.length === 0)) return "nothing to rewrite";
  const groups = view.groups.filter(({ uses }) => uses > 0).length;
  return `${count(rulesBefore, "rule")} -> ${rulesAfter}, ${count(groups, "group")}, ${count(policyRules, "policy rule")}; not checked yet: apply does that before it writes`;
}
