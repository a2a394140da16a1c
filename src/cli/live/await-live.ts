/**
 * `apply --live` from the moment when the new rules are live: what a person is told, the wait, and how it ends.
 */
import { awaitDecision, type Wait } from "../../apply/await-decision.ts";
import { describeLaterChanges } from "../../apply/later-changes.ts";
import type { Manifest } from "../../apply/manifest.ts";
import type { System } from "../../apply/system.ts";
import type { Session } from "../session.ts";
import { type EndBase, endDecided } from "./live-ending.ts";
import type { LiveOptions } from "./live-options.ts";
import type { LiveEnd } from "./live-view.ts";
import { clockTime, nameCommand } from "./words.ts";

/** Waits, and says how it ended. */
export async function awaitLive(
  session: Session,
  system: System,
  loaded: Pick<Wait, "deadline" | "backup">,
  { base, manifest }: { readonly base: EndBase; readonly manifest: Manifest },
  live: LiveOptions,
): Promise<LiveEnd> {
  const { id } = base;
  // Whatever can't be said: what was loaded is waited for.
  await sayLoaded(session, system, id, loaded.deadline, live).catch(() => {});
  const findChanges = () => describeLaterChanges(system, manifest);
  const wait = { id, check: live.check, findChanges, ...loaded };
  const decided = await awaitDecision(system, wait, session.console.say);
  return await endDecided(session, system, { base, manifest }, decided);
}

async function sayLoaded(
  { console }: Session,
  system: System,
  id: string,
  deadline: number,
  { seconds, check }: LiveOptions,
): Promise<void> {
  const left = Math.round(deadline - (await system.uptime().catch(() => deadline - seconds)));
  const until = clockTime(new Date(system.wallClock().getTime() + left * 1000));
  console.say(
    `the new rules are live; the old ones come back at ${until} (in ${left} s) unless they are confirmed`,
  );
  if (check === null)
    console.say(`from another, new connection: ${nameCommand("confirm", system.pathOf(id))}`);
}
