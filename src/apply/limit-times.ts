/**
 * A system whose calls end: one that does not answer in time counts as failed.
 */
import { type System, SystemFault } from "./system.ts";

/** Calls that take as long as a person wants, or have limits of their own. */
const PATIENT: ReadonlySet<string> = new Set(["wait", "pause", "runCheck", "restore"]);

/** Starts a timer; gives how to stop it. */
export type Timer = (seconds: number, ring: () => void) => () => void;

/** Limits all calls of a system. */
export function limitTimes(system: System, seconds: number, startTimer: Timer): System {
  return new Proxy(system, {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== "function" || PATIENT.has(String(key))) return method;
      return (...words: unknown[]): unknown => {
        const result: unknown = Reflect.apply(method, target, words);
        return result instanceof Promise ? within(result, String(key), seconds, startTimer) : result;
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
