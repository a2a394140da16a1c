/**
 * What `apply --live` takes beside the options of `apply`.
 */
import type { Backend } from "../../apply/system.ts";

/** Where applies have their folders. */
export const STATE_DIR = "/var/lib/markify";

/** Seconds to confirm: long enough for a new login, short enough for somebody who is locked out. */
export const USUAL_SECONDS = 60;

/** Its options. */
export interface LiveOptions {
  readonly stateDir: string;
  readonly backend: Backend | null;
  /** Patterns of chains. */
  readonly keepChains: readonly string[];
  /** Seconds to confirm. */
  readonly seconds: number;
  readonly check: string | null;
  /** "" for the distribution's own files, a path, or null. */
  readonly persist: string | null;
  readonly ownerKnown: boolean;
  readonly acceptStateReset: boolean;
  readonly acceptBothBackends: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly replay: string | null;
  readonly replayLive: boolean;
}
