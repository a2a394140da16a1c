/**
 * `confirm`: the new rules stay.
 */
import type { Apply, State } from "./history.ts";
import { describeLaterChanges, findLaterChanges } from "./later-changes.ts";
import { messageOf, type Restored, watchOutcome } from "./restoring.ts";
import type { System } from "./system.ts";

/** How it ended. */
export type Confirmed =
  | { readonly kind: "confirmed" }
  /** It had been confirmed before. */
  | { readonly kind: "already" }
  /** What is live is not all that was to be loaded. */
  | { readonly kind: "not-loaded" }
  /** Somebody has changed what was loaded, in the wait: other rules would stay than those that were checked. Nothing was decided. */
  | { readonly kind: "changed"; readonly lines: readonly string[] }
  /** The time was over, or somebody had gone back: the old rules are, or come, back. */
  | { readonly kind: "too-late"; readonly restored: Restored | null }
  /** Whether it was decided can't be told. */
  | { readonly kind: "unknown"; readonly why: string };

const NOTHING_LOADED: readonly State[] = ["loading", "broken off", "restarted", "unreadable"];

/** Decides that the rules of an apply stay. `withChanges`: also where they are no longer all that was loaded. */
export async function confirmApply(
  system: System,
  { id, state, manifest }: Apply,
  withChanges: boolean,
): Promise<Confirmed> {
  if (state === "confirmed") return { kind: "already" };
  if (NOTHING_LOADED.includes(state)) return { kind: "not-loaded" };
  try {
    // Nobody watches it any more: the machine may have been started anew since, with other rules.
    if (state === "undecided" && (manifest === null || (await findLaterChanges(system, manifest)).length > 0))
      return { kind: "not-loaded" };
    const lines = withChanges || manifest === null ? [] : await describeLaterChanges(system, manifest);
    // Where it is too late for anything, that is what has to be said.
    if (lines.length > 0 && (await system.readDecision(id)) === null) return { kind: "changed", lines };
    const decision = await system.decide(id, "confirmed");
    if (decision === "confirmed") return { kind: "confirmed" };
    return { kind: "too-late", restored: await watchOutcome(system, id) };
  } catch (error) {
    return { kind: "unknown", why: messageOf(error) };
  }
}
