/**
 * `markify diff`: which packets two rulesets treat differently, as compact rules.
 */
import { renderDifferences } from "../../report/differences-terminal.ts";
import { renderJson } from "../../report/json.ts";
import { summariseCheck } from "../../report/verify-terminal.ts";
import { makeVerifyView } from "../../report/verify-view.ts";
import type { VerifyOptions } from "../../verify/types.ts";
import { comparePair } from "../compare-pair.ts";
import { ANSWER_EXIT, type ExitCode } from "../exit-codes.ts";
import { importPair } from "../import-pair.ts";
import { type InputCommandOptions, setsAgain } from "../read-input.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import { shellWord } from "../shell.ts";

/** Options of `diff`. */
export interface DiffOptions extends Partial<VerifyOptions>, InputCommandOptions {
  readonly json: boolean;
}

/** Regions that are listed when nobody says how many. */
const REGIONS = 200;

/** Samples beside the proof: enough to notice a fault of either. */
const PACKETS = 10_000;

/** Runs it. */
export async function runDiff(
  session: Session,
  paths: readonly [string, string],
  { json, ...checking }: DiffOptions,
): Promise<ExitCode> {
  const { console } = session;
  const { pair, written, isUnread, diagnostics } = await importPair(session, paths, checking);
  reportProblems(session, diagnostics);
  if (pair === null) return endWithErrors(session, diagnostics, json, "nothing was compared");
  const options = { packets: PACKETS, regions: REGIONS, ...checking };
  const result = await comparePair(session, pair, written, options);
  const view = makeVerifyView([{ family: pair[0].family, result }]);
  const { differences = [], moreDifferences = false } = view;
  if (json) await console.product(renderJson({ ...view, diagnostics: viewDiagnostics(diagnostics) }));
  else {
    const lines = renderDifferences(differences, moreDifferences, console.style);
    if (lines.length > 0) await console.product(`${lines.join("\n")}\n`);
  }
  const kept = isUnread ? " --keep-unparsed" : "";
  const files = `${shellWord(paths[0])} ${shellWord(paths[1])}${kept}${setsAgain(checking.ipset)}`;
  const next = view.result === "equal" ? "" : `markify verify ${files}`;
  console.close(`${paths[0]} and ${paths[1]}: ${summariseCheck(view)}`, next);
  return ANSWER_EXIT[view.result];
}
