/** Calls that end: also those that are meant to take long. */
import { expect, test } from "vitest";
import { limitTimes, RESTORE_SECONDS } from "../../src/apply/limit-times.ts";
import type { System } from "../../src/apply/system.ts";

/** Calls a method that never answers; gives the seconds of its limit. */
async function limitOf(call: (system: System) => Promise<unknown>): Promise<number> {
  let given = Number.NaN;
  const silent = new Proxy({} as System, { get: () => () => new Promise(() => {}) });
  const limited = limitTimes(silent, 75, (seconds, ring) => {
    given = seconds;
    queueMicrotask(ring);
    return () => {};
  });
  await expect(call(limited)).rejects.toThrow("gave no answer");
  return given;
}

test.each<[string, (system: System) => Promise<unknown>, number]>([
  ["a read", (system) => system.readSets({ kind: "live" }), 75],
  ["a wait", (system) => system.wait(500), 75.5],
  ["a pause", (system) => system.pause(2000), 77],
  ["a person's command", (system) => system.runCheck("true", 60, () => {}), 135],
  ["going back", (system) => system.restore("x"), 75 + RESTORE_SECONDS],
])("%s", async (_, call, seconds) => {
  expect(await limitOf(call)).toBe(seconds);
});
