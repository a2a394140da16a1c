/**
 * What `apply` takes.
 */
import type { VerifyOptions } from "../verify/types.ts";
import type { LiveOptions } from "./live/live-options.ts";
import type { openPlan } from "./plan-files.ts";

/** Options of `apply`. */
export interface ApplyOptions extends Partial<Pick<VerifyOptions, "seed" | "packets" | "budget">> {
  readonly output?: string;
  readonly json: boolean;
  /** Write also where the proof was not finished and the samples found nothing. */
  readonly acceptSampled: boolean;
  /** Write also where the plan changes the policy. */
  readonly allowPolicyChange: boolean;
  /** What is to be otherwise than the plan says; a layout and an order are kept in the plan where the file is written. */
  readonly overrides?: Parameters<typeof openPlan>[2];
  /** Path of a file of assertions. */
  readonly assert?: string;
  /** Load it, too. */
  readonly live?: LiveOptions;
}
