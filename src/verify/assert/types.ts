/**
 * What is known about an assertion: plain data, ready for JSON and for the terminal.
 */
import type { WalkOutcome, WitnessPacket } from "../types.ts";

/** `unknown` is never success; `not-applicable` says that the ruleset has no such packets. */
export type AssertionAnswer = "holds" | "broken" | "unknown" | "not-applicable";

/** What one table did with the packet. */
export interface AssertionWalk extends WalkOutcome {
  readonly table: string;
  readonly hook: string;
}

/** A packet that breaks an assertion, and its way through the tables up to the one that decides. */
export interface AssertionWitness {
  /** As it comes in; `otherMatches` has the answers of matches that are not modelled, where the way depends on such. */
  readonly packet: WitnessPacket;
  /** Of the table that decides. */
  readonly verdict: string;
  /** In the order in which the packet meets them; none where no table says anything about it. */
  readonly walks: readonly AssertionWalk[];
}

/** One assertion, checked on one ruleset. */
export interface AssertionResult {
  /** As it was written. */
  readonly text: string;
  /** In the file of assertions. */
  readonly line: number;
  readonly result: AssertionAnswer;
  /** Why it is unknown or not applicable, as a sentence part. */
  readonly reason?: string;
  readonly witness?: AssertionWitness;
}

/** All assertions of a file, in its order. */
export interface AssertionCheck {
  readonly results: readonly AssertionResult[];
  /** What the answers take for granted, as sentences. */
  readonly assumptions: readonly string[];
  /** What they do not cover, as sentences. */
  readonly limits: readonly string[];
}
