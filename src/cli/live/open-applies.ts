/**
 * Applies that nobody has decided: until then there is no saying which rules are the old ones.
 */
import { type Apply, listApplies } from "../../apply/history.ts";
import type { Refusal } from "../../apply/refusal.ts";
import type { System } from "../../apply/system.ts";
import { nameConfirm } from "./words.ts";

/** Those that wait or were left undecided. */
export async function findOpen(system: System): Promise<readonly Apply[]> {
  const applies = await listApplies(system);
  return applies.filter(({ state }) => !["confirmed", "rolled back", "abandoned"].includes(state));
}

/** Why nothing can be begun; null where nothing is open. */
export async function refuseOpen(system: System): Promise<Refusal | null> {
  const [first] = await findOpen(system);
  if (first === undefined) return null;
  const { id, state } = first;
  return {
    message: `apply ${id} is open (${state})`,
    details: [],
    next: `first ${state === "waiting" ? `${nameConfirm(id)}, or ` : ""}markify rollback ${id}`,
  };
}
