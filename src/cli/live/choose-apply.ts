/**
 * Which apply a command means.
 */
import { type Apply, listApplies, type State } from "../../apply/history.ts";
import type { System } from "../../apply/system.ts";
import { EXIT } from "../exit-codes.ts";
import { CommandStop } from "../stop.ts";

/** The one of that name; without a name the newest that is in one of these states. Stops where there is none. */
export async function chooseApply(
  system: System,
  wanted: string | undefined,
  states: readonly State[],
): Promise<Apply> {
  await requireRoot(system);
  const applies = await listApplies(system);
  if (wanted !== undefined) {
    const found = applies.filter(({ id }) => id === wanted || id.endsWith(`-${wanted}`));
    if (found.length === 1) return found[0]!;
    throw new CommandStop(EXIT.usage, `there is no apply ${wanted}`, "markify history");
  }
  const found = applies.findLast(({ state }) => states.includes(state));
  if (found !== undefined) return found;
  const what = states.includes("confirmed") ? "nothing to go back from" : "nothing waits for a confirmation";
  throw new CommandStop(EXIT.usage, what, "markify history");
}

/** Folders of applies are for root alone: to others none of them is there. */
export async function requireRoot(system: System): Promise<void> {
  const { isRoot } = await system.inspectHost([]);
  if (!isRoot)
    throw new CommandStop(
      EXIT.refused,
      "only root can see applies and decide about them",
      "run the same command with sudo",
    );
}
