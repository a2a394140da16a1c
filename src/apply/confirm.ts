/**
 * `confirm`: the new rules stay.
 */
import type { Apply } from "./history.ts";
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

/** Decides that the rules of an apply stay. */
export async function confirmApply(system: System, { id, state }: Apply): Promise<Confirmed> {
  if (state === "confirmed") return { kind: "already" };
  if (state === "loading" || state === "broken off") return { kind: "not-loaded" };
  try {
    const decision = await system.decide(id, "confirmed");
    if (decision === "confirmed") return { kind: "confirmed" };
    return { kind: "too-late", restored: await watchOutcome(system, id) };
  } catch (error) {
    return { kind: "unknown", why: messageOf(error) };
  }
}
