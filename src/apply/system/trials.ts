/**
 * Network namespaces for trials.
 */
import type { Place, System } from "../system.ts";
import { type Holder, hold } from "./holders.ts";

/** Seconds that a namespace may take to open. */
const OPEN_SECONDS = 20;

/** Opens and closes them. `unshare`: finds the program. */
export function makeTrials(unshare: () => Promise<string>): Pick<System, "openTrial" | "closeTrial"> {
  const trials = new Map<number, Holder>();
  return {
    openTrial: async (): Promise<Place> => {
      const holder = await hold([await unshare(), "-n"], OPEN_SECONDS);
      trials.set(holder.pid, holder);
      return { kind: "trial", pid: holder.pid };
    },
    closeTrial: async (trial) => {
      if (trial.kind === "trial") await trials.get(trial.pid)?.release();
    },
  };
}
