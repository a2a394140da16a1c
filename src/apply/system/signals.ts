/**
 * Signals that ask to end. From the moment that an apply has a folder they end nothing by themselves: a step is finished first, and whoever waits is told.
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Waits that end early. */
export function makeSignals() {
  let asked = false;
  let wake: (() => void) | null = null;
  let listens = false;
  return {
    listen: (): void => {
      if (listens) return;
      listens = true;
      for (const signal of SIGNALS) {
        process.on(signal, () => {
          asked = true;
          wake?.();
        });
      }
      // A terminal that is gone refuses what is written to it; the work goes on.
      for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
    },
    wait: (milliseconds: number): Promise<"elapsed" | "interrupted"> => {
      if (asked) return Promise.resolve("interrupted");
      return new Promise((resolve) => {
        const end = (how: "elapsed" | "interrupted"): void => {
          clearTimeout(timer);
          wake = null;
          resolve(how);
        };
        const timer = setTimeout(() => end("elapsed"), milliseconds);
        wake = () => end("interrupted");
      });
    },
  };
}
