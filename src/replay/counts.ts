/**
 * What is counted of all files together, beside what becomes of packets that are judged.
 */
import type { Unjudged } from "./frame/frame.ts";

/** A class because it guards the counts. */
export class Counts {
  /** All packets. */
  packets = 0;
  readonly passed = new Map<string, number>();
  readonly unjudged = new Map<string, number>();
  readonly notes = new Set<string>();

  /** Packets that are not judged. */
  leave({ kind, why }: Unjudged, packets = 1): void {
    const counts = kind === "passed" ? this.passed : this.unjudged;
    counts.set(why, (counts.get(why) ?? 0) + packets);
  }
}
