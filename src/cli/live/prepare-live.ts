/**
 * `apply --live` up to the load: stale check, refusals, order, trial. What it stops at is told all at once, as far as it can be.
 */
import type { System } from "../../apply/system.ts";
import { tryTables } from "../../apply/try-tables.ts";
import { makeComparison } from "../products.ts";
import type { Session } from "../session.ts";
import { checkHeld } from "./check-held.ts";
import { chooseLoad } from "./choose-load.ts";
import type { LiveLoad } from "./carry-out-live.ts";
import { endWithoutLoad, refuse } from "./refuse.ts";
import { holdAll } from "./hold-families.ts";
import { makeLiveLoad } from "./live-manifest.ts";
import type { LiveEnd } from "./live-view.ts";
import type { LiveWork } from "./live-work.ts";

/** A load that is ready, or the end. */
export type PreparedLive = LiveLoad | { readonly load: null; readonly end: LiveEnd };

/** Prepares it. */
export async function prepareLive(session: Session, system: System, work: LiveWork): Promise<PreparedLive> {
  const { observation } = work;
  const prove = makeComparison(session, {});
  const { families, refusals: stale } = await holdAll(session, work, prove);
  if (stale.length > 0) return { load: null, end: refuse(session, stale) };
  const choice = chooseLoad(work, families);
  const { tables, sets } = choice;
  if (sets.touched.length === 0 && families.every(({ changed }) => changed.length === 0))
    return { load: null, end: endWithoutLoad(session, work.live) };
  const checked = await checkHeld(session, work, families);
  const refusals = [...choice.refusals, ...checked];
  if (refusals.length > 0) return { load: null, end: refuse(session, refusals) };
  session.console.say("trial: loading everything in a network namespace of its own");
  const { tried, refusal } = await tryTables(system, observation, tables, sets, prove);
  if (refusal !== null) return { load: null, end: refuse(session, [refusal]) };
  return await makeLiveLoad(session, system, work, { choice, tried });
}
