/**
 * `confirm`: the new rules stay.
 */
import type { Apply, State } from "./history.ts";
import { findLaterChanges } from "./later-changes.ts";
import { messageOf, type Restored, watchOutcome } from "./restoring.ts";
import type { System } from "./system.ts";

/** How it ended. */
export type Confirmed =
  | { readonly kind: "confirmed" }
  /** It had been confirmed before. */
  | { readonly kind: "already" }
  /** What is live is not all that was to be loaded. */
  | { readonly kind: "not-loaded" }
  /** The time was over, or somebody had gone back: the old rules are, or come, back. */
  | { readonly kind: "too-late"; readonly restored: Restored | null }
  /** Whether it was decided can't be told. */
  | { readonly kind: "unknown"; readonly why: string };

const NOTHING_LOADED: readonly State[] = ["loading", "broken off", "restarted", "unreadable"];

/** Decides that the rules of an apply stay. */
export async function confirmApply(system: System, { id, state, manifest }: Apply): Promise<Confirmed> {
  if (state === "confirmed") return { kind: "already" };
  if (NOTHING_LOADED.includes(state)) return { kind: "not-loaded" };
  try {
    // Nobody watches it any more: the machine may have been started anew since, with other rules.
    if (state === "undecided" && (manifest === null || (await findLaterChanges(system, manifest)).length > 0))
      return { kind: "not-loaded" };
    const decision = await system.decide(id, "confirmed");
    if (decision === "confirmed") return { kind: "confirmed" };
    return { kind: "too-late", restored: await watchOutcome(system, id) };
  } catch (error) {
    return { kind: "unknown", why: messageOf(error) };
  }
}
