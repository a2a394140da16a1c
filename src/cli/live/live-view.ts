/**
 * What `--json` says of a live apply.
 */
import type { Refusal } from "../../apply/refusal.ts";
import type { ExitCode } from "../exit-codes.ts";

/** How it ended. */
export type LiveOutcome =
  | "refused"
  | "nothing-to-load"
  | "dry-run"
  | "declined"
  | "confirmed"
  /** Not confirmed in time, or the check failed; the old rules are back. */
  | "rolled-back"
  /** The load failed; the old rules are back. */
  | "failed"
  /** The person has left; the watchdog goes on. */
  | "waiting"
  | "unknown";

/** Keys may be added. */
export interface LiveView {
  readonly outcome: LiveOutcome;
  /** Of the folder; missing where none was made. */
  readonly id?: string;
  readonly folder?: string;
  readonly tables?: readonly string[];
  readonly refusals?: readonly Refusal[];
  /** Why, where it ended badly. */
  readonly why?: string;
  /** Files for the next start of the machine. */
  readonly persisted?: readonly string[];
}

/** What a live apply ends with. */
export interface LiveEnd {
  readonly exitCode: ExitCode;
  readonly view: LiveView;
}
