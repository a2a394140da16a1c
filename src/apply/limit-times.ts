/**
 * A system whose calls end: one that does not answer in time counts as failed.
 */
import { type System, SystemFault } from "./system.ts";

/** Seconds that restore.sh may take: thirty for 100,000 rules on a busy machine, and it is not to be killed at its work. */
export const RESTORE_SECONDS = 600;

/** Seconds that a call takes by itself, beside what any other one may take. */
const OWN_SECONDS: Readonly<Record<string, (...words: readonly unknown[]) => number>> = {
  wait: (milliseconds) => Number(milliseconds) / 1000,
  pause: (milliseconds) => Number(milliseconds) / 1000,
  runCheck: (_, seconds) => Number(seconds),
  restore: () => RESTORE_SECONDS,
};

/** Starts a timer; gives how to stop it. */
export type Timer = (seconds: number, ring: () => void) => () => void;

/** Limits all calls of a system. */
export function limitTimes(system: System, seconds: number, startTimer: Timer): System {
  return new Proxy(system, {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== "function") return method;
      const name = String(key);
      return (...words: unknown[]): unknown => {
        const result: unknown = Reflect.apply(method, target, words);
        const most = seconds + (OWN_SECONDS[name]?.(...words) ?? 0);
        return result instanceof Promise ? within(result, name, most, startTimer) : result;
      };
    },
  });
}

function within(work: Promise<unknown>, name: string, seconds: number, startTimer: Timer): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = startTimer(seconds, () =>
      reject(new SystemFault(`${name} gave no answer within ${seconds} s`)),
    );
    work.then(resolve, reject).finally(stop);
  });
}
