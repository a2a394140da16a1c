/**
 * `markify explain`: what does a ruleset do with one packet, rule by rule?
 */
import { renderExplanation, summariseWalk } from "../../report/explain-terminal.ts";
import { renderJson } from "../../report/json.ts";
import { explain } from "../../verify/explain/explain.ts";
import type { ExplainFault, ExplainOptions, Explanation } from "../../verify/explain/types.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { oneOf } from "../import-pair.ts";
import { type InputCommandOptions, readInputs } from "../read-input.ts";
import { seeThroughSets } from "../read-sets.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import { shellValue } from "../shell.ts";
import { CommandStop } from "../stop.ts";

/** Options of `explain`: the packet, and how to show it. */
export interface ExplainCommandOptions extends ExplainOptions, InputCommandOptions {
  readonly json: boolean;
  /** Every rule, also of long runs that do not match. */
  readonly all: boolean;
}

/** Runs it. */
export async function runExplain(
  session: Session,
  path: string,
  { json, all, ...options }: ExplainCommandOptions,
): Promise<ExitCode> {
  const { console } = session;
  const { inputs, sets } = await readInputs(session, [path], options);
  const { input } = inputs[0]!;
  const given = input.rulesets.length === 0 ? [] : [oneOf(input, path)];
  const seen = seeThroughSets(sets, given);
  const diagnostics = [...input.diagnostics, ...seen.diagnostics];
  reportProblems(session, diagnostics);
  const ruleset = seen.rulesets?.[0];
  if (ruleset === undefined) return endWithErrors(session, diagnostics, json, "no packet was walked");
  const explained = explain(ruleset, options);
  if (explained.kind === "refused") throw stopFor(explained.faults);
  const { explanation } = explained;
  const view = { version: 1, ...explanation, diagnostics: viewDiagnostics(diagnostics) };
  if (json) await console.product(renderJson(view));
  else await console.product(renderExplanation(explanation, console.style, all));
  console.close(`${path}: ${summariseWalk(explanation)}`, nextOf(explanation));
  return explanation.result === "decided" ? EXIT.done : EXIT.unknown;
}

/** All faults at once, so that nobody has to mend one to see the next. */
function stopFor(faults: readonly ExplainFault[]): CommandStop {
  const advice = faults.map(({ next }) => next).filter((next) => next !== "");
  return new CommandStop(EXIT.usage, faults.map(({ message }) => message).join("; "), advice.join("; "));
}

function nextOf({ unknown }: Explanation): string {
  const ways = (unknown?.settle ?? []).map((words) => words.map(shellValue).join(" "));
  return ways.length === 0 ? "" : `the same command with ${ways.join(", or ")}`;
}
