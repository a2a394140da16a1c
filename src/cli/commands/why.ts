/**
 * `markify review --why`: why a group or a policy rule is proposed.
 */
import { didYouMean } from "../../plan/yaml-reader.ts";
import { findCase } from "../../report/why/case.ts";
import { makeWhyView } from "../../report/why/make-why.ts";
import { renderWhy, summariseWhy } from "../../report/why/terminal.ts";
import { renderJson } from "../../report/json.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { nextApply } from "../report-ending.ts";
import { openPlan } from "../plan-files.ts";
import { endWithErrors, reportProblems, type Session } from "../session.ts";
import { CommandStop } from "../stop.ts";

/** Runs it. */
export async function runWhy(
  session: Session,
  planPath: string,
  name: string,
  json: boolean,
): Promise<ExitCode> {
  const { console } = session;
  const { opened, diagnostics } = await openPlan(session, planPath);
  reportProblems(session, diagnostics);
  if (opened === null) return endWithErrors(session, diagnostics, json, `${planPath} can't be carried out`);
  const { plan, rewrites } = opened;
  const rulesets = rewrites.map(({ ruleset }) => ruleset);
  const asked = findCase(plan, rulesets, name);
  if (asked === null) {
    const names = [...plan.groups, ...plan.policyRules].flatMap((item) => [item.name, item.id]);
    const help = didYouMean(name, new Set(names)) ?? `markify review lists the names that there are`;
    throw new CommandStop(EXIT.usage, `${planPath} has no group or policy rule ${name}; ${help}`);
  }
  const view = makeWhyView(asked);
  await console.product(json ? renderJson(view) : renderWhy(view, console.style));
  console.close(summariseWhy(view), nextApply(planPath, rewrites.length));
  return EXIT.done;
}
