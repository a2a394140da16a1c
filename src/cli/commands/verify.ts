/**
 * `markify verify`: are two rulesets equal?
 */
import { type Imported, importRuleset } from "../../import/import.ts";
import type { Family } from "../../model/types.ts";
import { renderJson } from "../../report/json.ts";
import { renderVerify, summariseCheck } from "../../report/verify-terminal.ts";
import { makeVerifyView } from "../../report/verify-view.ts";
import type { SourceFile } from "../../text/source.ts";
import type { VerifyOptions, VerifyResult } from "../../verify/types.ts";
import { verify } from "../../verify/verify.ts";
import { ANSWER_EXIT, EXIT, type ExitCode } from "../exit-codes.ts";
import { FEW_PACKETS } from "../options.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import { readSource } from "../sources.ts";
import { shellWord } from "../shell.ts";
import { CommandStop } from "../stop.ts";

/** Options of `verify`; what is missing has the checker's default. */
export interface VerifyCommandOptions
  extends Partial<Pick<VerifyOptions, "seed" | "packets" | "ownBits" | "anyMark">> {
  readonly json: boolean;
  readonly family?: Family;
}

/** Runs it. */
export async function runVerify(
  session: Session,
  paths: readonly [string, string],
  options: VerifyCommandOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  const { json, family, ...checking } = options;
  if (paths[0] === "-" && paths[1] === "-")
    throw new CommandStop(EXIT.usage, "only one side can be standard input");
  const files = [(await readSource(io, paths[0])).file, (await readSource(io, paths[1])).file] as const;
  const [old, now] = importPair(files, family);
  const diagnostics = [...old.diagnostics, ...now.diagnostics];
  reportProblems(session, diagnostics);
  if (old.ruleset === null || now.ruleset === null) {
    return endWithErrors(session, diagnostics, json, "nothing was compared");
  }
  const onProgress = (done: number, total: number) => console.progress("checking", done, total);
  const result = await verify(old.ruleset, now.ruleset, checking, io.runShards, onProgress);
  const limits = [...result.limits, ...fewPackets(result.packets, result.checks)];
  const view = makeVerifyView([{ family: old.ruleset.family, result: { ...result, limits } }]);
  if (json) await console.product(renderJson({ ...view, diagnostics: viewDiagnostics(diagnostics) }));
  else await console.product(renderVerify(view, console.style));
  console.close(`${paths[0]} and ${paths[1]}: ${summariseCheck(view)}`, nextOf(view.result, paths));
  return ANSWER_EXIT[view.result];
}

function fewPackets(packets: number, checks: VerifyResult["checks"]): readonly string[] {
  if (packets >= FEW_PACKETS || checks.every(({ kind }) => kind === "identical")) return [];
  return [`Fewer than ${FEW_PACKETS} packets say next to nothing; the default is 100000.`];
}

/** A file that says nothing about its family is of the family of the other one. */
function importPair(
  files: readonly [SourceFile, SourceFile],
  family: Family | undefined,
): readonly [Imported, Imported] {
  const given = family === undefined ? {} : { family };
  const [old, now] = [importRuleset(files[0], given), importRuleset(files[1], given)];
  if (old.ruleset === null || now.ruleset === null || old.ruleset.family === now.ruleset.family)
    return [old, now];
  if (isAssumed(now)) return [old, importRuleset(files[1], { family: old.ruleset.family })];
  if (isAssumed(old)) return [importRuleset(files[0], { family: now.ruleset.family }), now];
  return [old, now];
}

function isAssumed({ diagnostics }: Imported): boolean {
  return diagnostics.some(({ code }) => code === "FAMILY_ASSUMED");
}

/** Where samples found nothing, more of them are the next thing to do; a difference is for a person. */
function nextOf(result: keyof typeof ANSWER_EXIT, [old, now]: readonly [string, string]): string {
  return result === "equal"
    ? `markify verify ${shellWord(old)} ${shellWord(now)} --packets 1000000 --seed 2`
    : "";
}
