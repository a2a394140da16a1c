/**
 * What lists of both sides are compared by.
 */
import type { Conjunction } from "./own-state.ts";

/** A step for one conjunction. */
export interface Cell {
  /** Equal numbers: the same conditions with the same outcome. */
  readonly key: number;
  /** Equal numbers: the same conditions. */
  readonly condition: number;
  readonly outcome: string;
  readonly all: Conjunction;
  /** How many of them are asked before any that may drop the packet or counts. */
  readonly quiet: number;
  /** What may drop the packet, without regard to values. */
  readonly points: readonly string[];
  /** Whether it does nothing but end the walk: then it may be asked for any packet. */
  readonly isPure: boolean;
}
