/**
 * The machine as commands have it.
 */
import { resolve } from "node:path";
import { limitTimes } from "../../apply/limit-times.ts";
import type { System } from "../../apply/system.ts";
import type { Session } from "../session.ts";

/** Seconds that a call of the machine may take: longer than the programs that it runs. */
const CALL_SECONDS = 75;

/** Opens it; each of its calls ends in time. */
export async function openSystem({ io }: Session, stateDir: string): Promise<System> {
  return limitTimes(await io.openSystem(resolve(io.cwd, stateDir)), CALL_SECONDS, io.startTimer);
}
