/**
 * `markify replay`: how does traffic that was seen fare under two rulesets?
 */
import { replayTraffic } from "../../replay/replay.ts";
import type { ReplayResult } from "../../replay/view.ts";
import { renderJson } from "../../report/json.ts";
import { renderReplay, summariseReplay } from "../../report/replay-terminal.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { importPair } from "../import-pair.ts";
import type { InputCommandOptions } from "../read-input.ts";
import { openTraffic, readReplayOptions, type TrafficFlags } from "../replay-traffic.ts";
import { endWithErrors, reportProblems, type Session, viewDiagnostics } from "../session.ts";
import { CommandStop, stopForFile } from "../stop.ts";

/** Options of `replay`. */
export interface ReplayCommandOptions extends InputCommandOptions, TrafficFlags {
  readonly json: boolean;
}

/** What each result ends with. */
const RESULT_EXIT: Readonly<Record<ReplayResult, ExitCode>> = {
  same: EXIT.done,
  different: EXIT.negative,
  unknown: EXIT.unknown,
};

/** Runs it. */
export async function runReplay(
  session: Session,
  paths: readonly [string, string],
  { json, ...options }: ReplayCommandOptions,
): Promise<ExitCode> {
  const { io, console } = session;
  const inputs = [...paths, ...(options.packetsFrom ?? []), options.routes].filter((path) => path === "-");
  if (inputs.length > 1) throw new CommandStop(EXIT.usage, "only one input can be standard input");
  const traffic = await openTraffic(io, options);
  const { pair, diagnostics } = await importPair(session, paths, options);
  reportProblems(session, diagnostics);
  if (pair === null) return endWithErrors(session, diagnostics, json, "nothing was replayed");
  const known = await readReplayOptions(io, options);
  const replayed = await replayTraffic([pair], traffic, known).catch((error: unknown) => {
    throw stopForFile("read", options.packetsFrom?.join(", ") ?? "the connections", error);
  });
  if (replayed.kind === "refused") throw new CommandStop(EXIT.usage, replayed.why);
  const { view } = replayed;
  if (json)
    await console.product(renderJson({ version: 1, ...view, diagnostics: viewDiagnostics(diagnostics) }));
  else await console.product(renderReplay(view, console.style));
  console.close(`${paths[0]} and ${paths[1]}: ${summariseReplay(view)}`, "");
  return RESULT_EXIT[view.result];
}
