/**
 * What is checked once the live rules are known to be those of the plan: kept chains by proof, traffic that was seen by a replay.
 */
import type { HeldFamily } from "../../apply/prepare.ts";
import type { Refusal } from "../../apply/refusal.ts";
import type { Session } from "../session.ts";
import type { LiveWork } from "./live-work.ts";
import { proveKept } from "./prove-kept.ts";
import { replayBeforeLoad } from "./replay-live.ts";

/** Why not to go on; empty where nothing is against it. */
export async function checkHeld(
  session: Session,
  work: LiveWork,
  families: readonly HeldFamily[],
): Promise<readonly Refusal[]> {
  const unproved = await proveKept(session, work.source, families, work.view.policyChange !== undefined);
  if (unproved.length > 0) return unproved;
  const replayed = await replayBeforeLoad(session, work, families);
  return replayed === null ? [] : [replayed];
}
