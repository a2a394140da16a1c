/**
 * `markify group list`: names, axes, members, and the policy rules that use them.
 */
import { renderGroupList, viewGroupList } from "../../report/group-list.ts";
import { renderJson } from "../../report/json.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readPlan } from "../plan-groups.ts";
import { endWithErrors, type Session } from "../session.ts";

/** Runs it. */
export async function runGroupList(session: Session, planPath: string, json: boolean): Promise<ExitCode> {
  const { console } = session;
  const { plan, diagnostics } = await readPlan(session, planPath);
  if (plan === null) return endWithErrors(session, diagnostics, json, `${planPath} can't be read`);
  const view = viewGroupList(plan);
  await console.product(json ? renderJson(view) : renderGroupList(view, console.style));
  return EXIT.done;
}
