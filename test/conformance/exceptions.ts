/**
 * Where a ruleset of the corpus does not pass a check, and why. A line that is not needed any more fails the run.
 */
import type { CheckName } from "./checks.ts";

/** One file, one check, one reason. */
export interface Exception {
  readonly file: string;
  readonly check: CheckName;
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [];
