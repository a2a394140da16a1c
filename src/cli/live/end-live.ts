/**
 * The end of `apply --live` for programs that read it.
 */
import { renderJson } from "../../report/json.ts";
import type { VerifyView } from "../../report/verify-view.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import type { LiveEnd } from "./live-view.ts";

/** Ends it: as JSON beside what the check says, where that was asked for. */
export async function endLive(
  { console }: Session,
  { exitCode, view }: LiveEnd,
  checked: VerifyView | Record<string, never>,
  json: boolean,
): Promise<ExitCode> {
  if (json) await console.product(renderJson({ ...checked, version: 1, live: view }));
  return exitCode;
}
