/**
 * Counts packets, and why those that were not compared were not.
 */
import type { PacketAnswer } from "./session.ts";
import type { NotSent } from "./types.ts";

const UNSENT: Readonly<Record<string, string>> = {
  device: "no device can have the name of its interface",
  route: "no route can lead to its destination",
  lost: "what was told of it was lost",
};

/** The counters; a class because it guards them. */
export class Tally {
  sent = 0;
  /** Rejected packets without an answer. */
  silent = 0;
  readonly #missed = new Map<string, number>();

  /** One packet that was not compared. */
  miss(reason: string): void {
    this.#missed.set(reason, (this.#missed.get(reason) ?? 0) + 1);
  }

  /** One packet that never began its hook. */
  missAnswer({ unsent }: PacketAnswer): void {
    this.miss(
      unsent === undefined
        ? "the kernel itself, or an earlier hook, let it not come to this hook"
        : UNSENT[unsent]!,
    );
  }

  /** By number of packets, most first; equal ones by name. */
  list(): readonly NotSent[] {
    const list = [...this.#missed].map(([reason, packets]) => ({ reason, packets }));
    return list.sort((one, other) => other.packets - one.packets || (one.reason < other.reason ? -1 : 1));
  }
}
