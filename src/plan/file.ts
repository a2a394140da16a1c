/**
 * The plan file, both ways. Invariant: `parsePlan` of what `printPlan` prints gives the plan again (test/plan/file.test.ts).
 */
export { type ParsedPlan, parsePlan, type PlanPlace } from "./file-parse.ts";
export { printPlan } from "./file-print.ts";
