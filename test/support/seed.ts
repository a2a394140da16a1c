/**
 * One seed for all property tests. The gate draws the same rulesets each time, so that it judges the change and not the luck of the day; `npm run fuzz` sets
 * MARKIFY_SEED to fresh seeds, and the same variable makes a failure of it come back.
 */
import fc from "fast-check";

export const SEED = Number(process.env.MARKIFY_SEED ?? 1);

/** How many times as many cases as usual. */
export const EFFORT = Number(process.env.MARKIFY_EFFORT ?? 1);

// In the gate a failure is told as it was found: to make it small may take longer than the gate has.
fc.configureGlobal({ seed: SEED, endOnFailure: process.env.CI === "true" });
