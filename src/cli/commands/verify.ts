/**
 * `markify verify`: are two rulesets equal?
 */
import { renderJson } from "../../report/json.ts";
import { makeVerifyView } from "../../report/verify-view.ts";
import type { VerifyOptions, VerifyResult } from "../../verify/types.ts";
import { addAssertions, exitOf, readAssertions, summariseAnswer } from "../assertion-step.ts";
import { comparePair } from "../compare-pair.ts";
import type { ExitCode } from "../exit-codes.ts";
import { importPair } from "../import-pair.ts";
import { addKernel, oneBackend, renderAnswer, requireKernel } from "../kernel-step.ts";
import { FEW_PACKETS, type KernelCommandOptions } from "../options.ts";
import { type InputCommandOptions, setsAgain } from "../read-input.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import { shellWord } from "../shell.ts";

/** Options of `verify`; what is missing has the checker's default. */
export interface VerifyCommandOptions
  extends Omit<Partial<VerifyOptions>, "backend">,
    KernelCommandOptions,
    InputCommandOptions {
  readonly json: boolean;
  /** Path of a file of assertions. */
  readonly assert?: string;
}

/** Runs it. */
export async function runVerify(
  session: Session,
  paths: readonly [string, string],
  options: VerifyCommandOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  const { json, assert, ...rest } = options;
  const checking = { ...rest, backend: oneBackend(options) };
  const { pair, written, isUnread, diagnostics: found } = await importPair(session, paths, options);
  const promised = await readAssertions(io, assert);
  const diagnostics = [...found, ...promised.diagnostics];
  reportProblems(session, diagnostics);
  if (pair === null || promised.assertions === null) {
    return endWithErrors(session, diagnostics, json, "nothing was compared");
  }
  await requireKernel(session, pair, options);
  const result = await comparePair(session, pair, written, checking);
  const limits = [...result.limits, ...fewPackets(result)];
  const checked = makeVerifyView([{ family: pair[0].family, result: { ...result, limits } }]);
  const judged = await addKernel(session, pair, checked, options);
  const view = addAssertions(io, judged, promised.assertions, () => [pair[1]], options.budget);
  if (json) await console.product(renderJson({ ...view, diagnostics: viewDiagnostics(diagnostics) }));
  else await console.product(renderAnswer(view, console.style));
  console.close(
    `${paths[0]} and ${paths[1]}: ${summariseAnswer(view)}`,
    nextOf({ ...result, result: view.result }, paths, isUnread, setsAgain(options.ipset)),
  );
  return exitOf(view);
}

function fewPackets({ basis, packets, checks }: VerifyResult): readonly string[] {
  if (basis === "proved" || packets >= FEW_PACKETS || checks.every(({ kind }) => kind === "identical"))
    return [];
  return [
    `Fewer than ${FEW_PACKETS} packets say next to nothing; without --packets there are at least 100000.`,
  ];
}

/** What a person would do next: look at all that differs, mend what nobody can read, or give an unfinished proof more time. */
function nextOf(
  { result, needsTime }: Pick<VerifyResult, "result" | "needsTime">,
  [old, now]: readonly [string, string],
  isUnread: boolean,
  sets: string,
): string {
  const files = `${shellWord(old)} ${shellWord(now)}${isUnread ? " --keep-unparsed" : ""}${sets}`;
  if (result === "different") return `markify diff ${files}`;
  if (isUnread && result === "unknown") return "mend the rules that can't be read";
  return result === "unknown" && needsTime === true ? `markify verify ${files} --budget 600` : "";
}
