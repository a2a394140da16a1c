/**
 * What `apply` is told to do otherwise than a plan says.
 */
import type { LogRequest } from "../plan/log-partial.ts";
import { type LaidOut, layOut } from "../plan/layout.ts";
import type { Plan } from "../plan/types.ts";
import { withLogging } from "./partial-logs.ts";

/** Missing parts are as the plan has them. */
export interface PlanOverrides extends LaidOut {
  /** What is to be logged, beside what the plan logs. */
  readonly logPartial?: readonly LogRequest[];
  /** Where all groups keep their members (`plan/storage.ts`). */
  readonly storage?: string;
  /** Path of a file that tells of the traffic: no part of the plan. */
  readonly traffic?: string;
}

/** The plan as it is carried out. */
export function overridePlan(plan: Plan, { logPartial = [], storage, ...laidOut }: PlanOverrides): Plan {
  return {
    ...withLogging(layOut(plan, laidOut), logPartial),
    ...(storage === undefined ? {} : { storage }),
  };
}
