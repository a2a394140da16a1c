/**
 * A machine of which one call goes wrong.
 */
import { spawnSync } from "node:child_process";
import { LIVE, type System } from "../../../src/apply/system.ts";

/** How a call goes wrong. */
export const FAULT_KINDS = ["before", "after", "hangs", "hangs-after", "killed", "killed-amid"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The `nth` call (from 1) of a method. */
export interface Fault {
  readonly method: string;
  readonly nth: number;
  readonly kind: FaultKind;
}

/** Methods that answer at once: they don't hang. */
export const AT_ONCE: ReadonlySet<string> = new Set(["pathOf", "wallClock", "drawLetters"]);

/** What a process is told. */
export interface Faults {
  readonly fault?: Fault;
  /** Commands of the shell that are run before the nth call of a method, `method nth`, or the nth that is no trial, `live method nth`: what others do at that moment. */
  readonly meanwhile?: Readonly<Record<string, string>>;
  /** A file to which the name of each call is added. */
  readonly trace?: string;
  /** What a second of a limit takes. */
  readonly pace?: number;
  /** Seconds by which the wall clock is wrong from the second call on. */
  readonly clockJump?: number;
}

/** The moment, in milliseconds, at which a process is killed amid a call. */
const AMID = 4;

/** Wraps a machine. */
export function withFaults(system: System, faults: Faults, trace: (call: string) => void): System {
  const counts = new Map<string, number>();
  const count = (what: string): number => {
    const nth = (counts.get(what) ?? 0) + 1;
    counts.set(what, nth);
    return nth;
  };
  return new Proxy(system, {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== "function") return method;
      const name = String(key);
      return (...words: unknown[]): unknown => {
        const nth = count(name);
        trace(name);
        runMeanwhile(faults.meanwhile?.[`${name} ${nth}`]);
        if (words[0] === LIVE) runMeanwhile(faults.meanwhile?.[`live ${name} ${count(`live ${name}`)}`]);
        const work = (): unknown => jump(Reflect.apply(method, target, words), nth, faults);
        const { fault } = faults;
        return fault?.method === name && fault.nth === nth
          ? goWrong(fault.kind, work, AT_ONCE.has(name))
          : work();
      };
    },
  });
}

function jump(result: unknown, nth: number, { clockJump }: Faults): unknown {
  if (clockJump === undefined || nth === 1 || !(result instanceof Date)) return result;
  return new Date(result.getTime() + clockJump * 1000);
}

function runMeanwhile(command: string | undefined): void {
  if (command === undefined) return;
  const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  if (status !== 0) throw new Error(`meanwhile: ${command}: ${status}: ${stderr}`);
}

function goWrong(kind: FaultKind, work: () => unknown, isAtOnce: boolean): unknown {
  const fail = (): never => {
    throw new Error("this fault is meant");
  };
  switch (kind) {
    case "before":
      return isAtOnce ? fail() : Promise.resolve().then(fail);
    case "after":
      return settle(work, fail);
    case "hangs":
      return forever();
    case "hangs-after":
      return Promise.resolve(work()).then(forever, forever);
    case "killed":
      return settle(work, die);
    case "killed-amid": {
      const result = work();
      setTimeout(die, AMID);
      return result;
    }
  }
}

/** Does the work and ends so; a call that answers at once also goes wrong at once. */
function settle(work: () => unknown, end: () => never): unknown {
  const result = work();
  return result instanceof Promise ? result.then(end, end) : end();
}

/** The timer stays: a process that has nothing to wait for ends. */
function forever(): Promise<never> {
  return new Promise(() => void setInterval(() => {}, 60_000));
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment to arrive.
  for (;;);
}
