/**
 * Applies that nobody has decided: until then there is no saying which rules are the old ones.
 */
import { type Apply, isOpen, listApplies } from "../../apply/history.ts";
import type { System } from "../../apply/system.ts";
import { nameCommand } from "./words.ts";

/** Those that wait or were left undecided. */
export async function findOpen(system: System): Promise<readonly Apply[]> {
  const applies = await listApplies(system);
  return applies.filter(isOpen);
}

/** Why nothing can be begun; null where nothing is open. */
export async function describeOpen(system: System): Promise<string | null> {
  const [first] = await findOpen(system);
  if (first === undefined) return null;
  const { id, state, path } = first;
  const back = nameCommand("rollback", path);
  // What is known of the others is that they can't be confirmed.
  const way = ["waiting", "undecided"].includes(state) ? `${nameCommand("confirm", path)}, or ${back}` : back;
  return `apply ${id} is open (${state}): ${way}, first`;
}
