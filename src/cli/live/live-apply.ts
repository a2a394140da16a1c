/**
 * The part of `apply` that begins where the rules were written before: `--live` holds them against the live ones, and loads them.
 */
import { observe, type Observation } from "../../apply/observe.ts";
import { TELLING_PATHS } from "./find-refusals.ts";
import type { System } from "../../apply/system.ts";
import { emitProduct, type Rewrites } from "../emit-product.ts";
import type { Session } from "../session.ts";
import { carryOutLive } from "./carry-out-live.ts";
import type { LiveEnd } from "./live-view.ts";
import type { LiveWork } from "./live-work.ts";
import { refuseOpen } from "./open-applies.ts";
import { openSystem } from "./open-system.ts";
import { prepareLive } from "./prepare-live.ts";
import { refuse, sayByHand } from "./refuse.ts";

/** A live apply that has begun. */
export interface LiveStage {
  readonly system: System;
  readonly observation: Observation;
}

/** Looks at the machine; an end where it can't be done on it. */
export async function beginLive(
  session: Session,
  source: Rewrites,
  live: LiveWork["live"],
): Promise<LiveStage | LiveEnd> {
  const system = await openSystem(session, live.stateDir);
  const { observation, refusals } = await observe(system, {
    families: source.rewrites.map(({ ruleset }) => ruleset.family),
    backend: live.backend,
    acceptBothBackends: live.acceptBothBackends,
    paths: TELLING_PATHS,
  });
  if (observation !== null) {
    // Its rules are the live ones, so the plan would look stale.
    const open = await refuseOpen(system);
    return open === null ? { system, observation } : refuse(session, [open]);
  }
  const end = refuse(session, refusals);
  const { version } = session.io;
  sayByHand(
    session,
    source.planPath,
    source.rewrites.map((_, at) => emitProduct(source, version, at, "")),
  );
  return end;
}

/** Goes the rest of the way, with rules that were checked. */
export async function finishLive(
  session: Session,
  { system, observation }: LiveStage,
  work: Pick<LiveWork, "source" | "products" | "view">,
  live: LiveWork["live"],
): Promise<LiveEnd> {
  const prepared = await prepareLive(session, system, { ...work, observation, live });
  if (prepared.load === null) return prepared.end;
  return await carryOutLive(session, system, prepared, live);
}
