/**
 * What the kernel harness reports, and what it is asked.
 */
import type { Backend, WitnessPacket } from "../types.ts";

export type { Backend } from "../types.ts";

/** Both, in the order in which they are tried. */
export const BACKENDS: readonly Backend[] = ["legacy", "nft"];

/** Packets that are sent when nobody says how many. */
export const DEFAULT_KERNEL_PACKETS = 5000;

/** Something that sending packets needs and that is not here. */
export interface MissingPart {
  /** A program's name, `root`, `Linux` … */
  readonly what: string;
  /** The Debian package that brings it, or null where no package does. */
  readonly debianPackage: string | null;
}

/** Packets that were not compared, and why. */
export interface NotSent {
  /** A sentence's part: "the kernel doesn't route it to this hook". */
  readonly reason: string;
  readonly packets: number;
}

/** What became of one packet. */
export interface Fate {
  readonly verdict: "accepted" | "dropped" | "rejected";
  /** Name of the out-interface; missing for packets that this host took. */
  readonly out?: string;
  /** The mark that it left with; only of accepted packets. */
  readonly mark?: string;
  readonly connmark?: string;
  /** The packet as it left, in hexadecimal digits; only of accepted packets. */
  readonly bytes?: string;
  /** What this host answered: `icmp 3/13`, `tcp reset`, in order. */
  readonly answers: readonly string[];
  /** Logging rules that told of it, in order: the target as iptables-save prints it, and the mark that it showed. */
  readonly logs: readonly string[];
}

/** A packet that the kernel treats differently under the two rulesets. */
export interface KernelDifference {
  readonly packet: WitnessPacket;
  /** What differs: `verdict`, `out`, `mark`, `connmark`, `bytes`, `answers`, `logs`. */
  readonly differs: readonly string[];
  readonly old: Fate;
  readonly new: Fate;
}

/** What one backend said. */
export interface KernelReport {
  readonly backend: Backend;
  /** As `uname -r` prints it. */
  readonly kernel: string;
  /** Packets that reached their hook on both sides and were compared. */
  readonly sent: number;
  readonly notSent: readonly NotSent[];
  /** The first few; `differing` counts all. */
  readonly differences: readonly KernelDifference[];
  readonly differing: number;
  /** What can't be seen from outside, one sentence each. */
  readonly unobserved: readonly string[];
  /** Why nothing is known: a ruleset that does not load, a refused system call. */
  readonly failure?: string;
}

/** A packet of which kernel and evaluator say different things. */
export interface Disagreement {
  readonly packet: WitnessPacket;
  readonly differs: readonly string[];
  readonly kernel: Fate;
  readonly evaluator: Fate;
  /** The table as it was loaded. */
  readonly text: string;
}

/** What came of it. */
export interface Agreement {
  /** Packets whose fates were held against each other. */
  readonly compared: number;
  /** Of these: rejected ones without an answer, which look like dropped ones. */
  readonly silent: number;
  readonly notSent: readonly NotSent[];
  readonly disagreements: readonly Disagreement[];
  /** Rules that the evaluator leaves open, and tables that are not tried. */
  readonly leftOut: readonly string[];
}

/** How it is tried. */
export interface AgreementOptions {
  readonly backend: Backend;
  /** For each table, spread evenly over its hooks. */
  readonly packets: number;
  readonly seed: number;
}
