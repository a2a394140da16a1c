/**
 * Opens a plan with the rulesets that it was made from, for `review` and `apply`. A ruleset that has changed since is refused.
 */
import { importRuleset } from "../import/import.ts";
import type { Ruleset } from "../model/types.ts";
import { auditPlan } from "../plan/audit.ts";
import { parsePlan } from "../plan/file.ts";
import type { SourceFile } from "../text/source.ts";
import { readPlanInput, seePlanSets } from "./plan-inputs.ts";
import { overridePlan, type PlanOverrides } from "./plan-overrides.ts";
import { readTraffics } from "./read-traffic.ts";
import { refuseRuleset } from "./refuse-ruleset.ts";
import { type OpenedPlan, rewriteAll } from "./rewrite-all.ts";
import { type Session, showReading } from "./session.ts";
import { readSource } from "./sources.ts";

/** Reads a plan and its inputs, and rewrites them. Stops where a file can't be read or an input has changed. */
export async function openPlan(
  session: Session,
  planPath: string,
  overrides: PlanOverrides = {},
): Promise<OpenedPlan> {
  const { file } = await readSource(session.io, planPath);
  return openPlanText(session, planPath, file, overrides);
}

/** Rulesets that were read before, by what plans say of their inputs, digests among it: who opens a plan again and again need not read them each time. */
export type KnownRulesets = Map<string, Ruleset>;

/** The same for a text of the plan that is not in its file yet. `known` grows. */
export async function openPlanText(
  session: Session,
  planPath: string,
  file: SourceFile,
  overrides: PlanOverrides = {},
  known: KnownRulesets = new Map(),
): Promise<OpenedPlan> {
  const { io, console } = session;
  const { plan, place, diagnostics } = parsePlan(file);
  if (plan === null) {
    await refuseRuleset(io, planPath, file);
    return { diagnostics, opened: null };
  }
  const rulesets: Ruleset[] = [];
  for (const input of plan.inputs) {
    const source = await readPlanInput(io, planPath, input);
    const key = JSON.stringify(input);
    let ruleset = known.get(key) ?? null;
    if (ruleset === null) {
      const keepUnparsed = input.unparsed !== undefined;
      const reading = { family: input.family, keepUnparsed, onProgress: showReading(console) };
      const imported = importRuleset(source, reading);
      // The plan was made from these very bytes, so warnings were shown then; errors can only come from another version of markify.
      if (imported.ruleset === null) return { diagnostics: imported.diagnostics, opened: null };
      ruleset = imported.ruleset;
      known.set(key, ruleset);
    }
    rulesets.push(await seePlanSets(io, planPath, input, ruleset));
  }
  const faults = auditPlan(plan, place, rulesets);
  if (faults.length > 0) return { diagnostics: faults, opened: null };
  const traffics = await readTraffics(session, planPath, overrides.traffic, rulesets);
  return rewriteAll(overridePlan(plan, overrides), rulesets, traffics);
}
