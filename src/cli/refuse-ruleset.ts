/**
 * A ruleset where the plan of one is wanted: what it is, and what to run.
 */
import { isScript } from "../script/translate.ts";
import type { SourceFile } from "../text/source.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { defaultPlanPath } from "./plan-path.ts";
import { shellWord } from "./shell.ts";
import { readIfThere } from "./sources.ts";
import { CommandStop } from "./stop.ts";

/** Stops a command whose plan is a ruleset; `file` could not be read as a plan. */
export async function refuseRuleset(io: Io, path: string, file: SourceFile): Promise<void> {
  if (!isRuleset(file)) return;
  const isStream = path === "-";
  const plan = defaultPlanPath(path);
  const isThere = !isStream && (await readIfThere(io, plan)) !== null;
  const next = isThere
    ? `the same command with ${shellWord(plan)}`
    : `markify import ${shellWord(path)}${isStream ? " -o PLAN" : ""}`;
  throw new CommandStop(EXIT.usage, `${file.path} is a ruleset, and a plan is wanted`, next);
}

/** Tables begin at the margin there; those of a ruleset that a plan keeps stand deeper. */
function isRuleset(file: SourceFile): boolean {
  const isPlan = /^# A plan of markify: /mu.test(file.text);
  return !isPlan && (/^\*[a-z]+\s*$/mu.test(file.text) || isScript(file));
}
