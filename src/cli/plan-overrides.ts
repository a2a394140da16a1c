/**
 * What `apply` is told to do otherwise than a plan says.
 */
import type { LogRequest } from "../plan/log-partial.ts";
import type { Layout, Plan } from "../plan/types.ts";
import { withLogging } from "./partial-logs.ts";

/** Missing parts are as the plan has them. */
export interface PlanOverrides {
  /** What is to be logged, beside what the plan logs. */
  readonly logPartial?: readonly LogRequest[];
  readonly layout?: Layout;
  /** Where all groups keep their members (`plan/storage.ts`). */
  readonly storage?: string;
}

/** The plan as it is carried out. */
export function overridePlan(plan: Plan, { logPartial = [], layout, storage }: PlanOverrides): Plan {
  return {
    ...withLogging(plan, logPartial),
    ...(layout === undefined ? {} : { layout }),
    ...(storage === undefined ? {} : { storage }),
  };
}
