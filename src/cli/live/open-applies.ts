/**
 * Applies that nobody has decided: until then there is no saying which rules are the old ones.
 */
import { type Apply, isOpen, listApplies } from "../../apply/history.ts";
import type { Refusal } from "../../apply/refusal.ts";
import type { System } from "../../apply/system.ts";
import { nameCommand } from "./words.ts";

/** Those that wait or were left undecided. */
export async function findOpen(system: System): Promise<readonly Apply[]> {
  const applies = await listApplies(system);
  return applies.filter(isOpen);
}

/** Why nothing can be begun; null where nothing is open. */
export async function refuseOpen(system: System): Promise<Refusal | null> {
  const [first] = await findOpen(system);
  if (first === undefined) return null;
  const { id, state, path, why } = first;
  // What is known of the others is that they can't be confirmed.
  const way = state === "waiting" || state === "undecided" ? `${nameCommand("confirm", path)}, or ` : "";
  const back = nameCommand("rollback", path);
  // Somebody is still at work on these.
  const isWatched = state === "waiting" || state === "loading" || state === "going back";
  const forget = isWatched ? "" : `, or, where what is live is right as it is, ${back} --forget`;
  return {
    message: `apply ${id} is open (${state})`,
    details: why === null ? [] : [why],
    next: `first ${way}${back}${forget}`,
  };
}
