/**
 * What the equivalence checkers answer. They know rulesets only: no plan, no rewriter.
 */

/** `unknown` is never success. */
export type VerifyAnswer = "equal" | "different" | "unknown";

/** What stands behind an "equal": samples, or a proof. */
export type VerifyBasis = "sampled" | "proved";

export interface VerifyOptions {
  /** Seed of the packets; the same seed and rulesets give the same packets, whatever the number of workers. Default 1. */
  readonly seed: number;
  /** How many packets, over all tables and hooks; 0: the proof alone. Default 100,000. */
  readonly packets: number;
  /** Own mark bits; null: found out (written by NEW, neither read nor set by OLD). Default null. */
  readonly ownBits: number | null;
  /** Drop assumption A: packets enter with any own bits, and own bits of the final mark do not count. Default false. */
  readonly anyMark: boolean;
  /**
   * Also demand that with any own bits on entry verdicts, effects and foreign mark bits agree (what markify promises of its own output).
   * Default false: it is tried and reported, but does not decide the result.
   */
  readonly demandAnyMark: boolean;
  /** Which backend's treatment of broken packets counts; null: equal means equal under both. Default null. */
  readonly backend: Backend | null;
  /** Seconds that the proof may take, with samples that run in the same thread before it; 0: no proof, samples alone. Default 60. */
  readonly budget: number;
  /** Compare which packets rules without a target count, too. Default false. */
  readonly counters: boolean;
  /** Run every sampled packet through the proof's diagrams too, and stop at a disagreement. Slow. Default false. */
  readonly crossCheck: boolean;
  /** Where the proof is whole, draw packets from its own sets for every rule that the samples missed. Slow. Default false. */
  readonly cover: boolean;
  /** Regions of differing packets that are described. Default 20. */
  readonly regions: number;
}

/** The two ways in which the kernel's rules are stored; they treat broken packets differently. */
export type Backend = "legacy" | "nft";

/** A packet as a person reads it, only the fields that matter for it. */
export interface WitnessPacket {
  readonly table: string;
  readonly hook: string;
  /** `in`, `out`, `source`, `destination`, `protocol`, `sourcePort`, `ctstate`, `mark` …, in reading order, values as iptables prints them. */
  readonly fields: Readonly<Record<string, string>>;
}

/** One step of a walk: a rule that matched, or the policy. */
export interface WalkStep {
  readonly chain: string;
  /** Line in the ruleset's file; 0 for a policy. */
  readonly line: number;
  readonly text: string;
  /** The mark after the step. */
  readonly mark: string;
}

/** What happened to the packet on one side. */
export interface WalkOutcome {
  readonly file: string;
  readonly steps: readonly WalkStep[];
  /** `ACCEPT`, `DROP`, `REJECT --reject-with tcp-reset`, … */
  readonly verdict: string;
  /** Ordered effects with what they show. */
  readonly effects: readonly string[];
  readonly mark: string;
}

/** A packet that the two rulesets treat differently, and how. */
export interface Witness {
  readonly packet: WitnessPacket;
  /** What differs: `verdict`, `effects`, `mark`, `connmark`. */
  readonly differs: readonly string[];
  readonly old: WalkOutcome;
  readonly new: WalkOutcome;
  /** The seed that the packet was drawn with; null: the proof chose it. */
  readonly seed: number | null;
}

/** Packets that fare differently in the same way: every combination of the fields' values. */
export interface DifferenceRegion {
  readonly table: string;
  readonly hook: string;
  /** `protocol`, `source`, `destinationPort` … with all their values, as iptables prints them; a field that is missing has any value. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** What both sides do: a verdict, with effects or marks where those differ. */
  readonly old: string;
  readonly new: string;
}

/** One thing that was checked. */
export interface VerifyCheck {
  /** `identical`, `proved`, `sampled`; with `-any-mark` behind it: for packets that enter with any own bits. */
  readonly kind: string;
  readonly table: string;
  readonly hook: string | null;
  readonly result: VerifyAnswer;
  readonly packets: number;
  /** One sentence for people. */
  readonly detail: string;
  /** `unreachable`: the tables before drop every packet that fares differently, on both sides. */
  readonly scope?: "unreachable";
}

/** How many rules of both sides (counted for each hook that reaches them) some packet matched. */
export interface Coverage {
  readonly rules: number;
  /** Of those, how many sampled packets matched, and how many only packets drawn from the proof for them. */
  readonly sampled: number;
  readonly drawn: number;
  /** Rules that no packet matches, proved. */
  readonly unreachable: number;
  /** Packets drawn from the proof. */
  readonly packets: number;
}

export interface VerifyResult {
  readonly result: VerifyAnswer;
  readonly basis: VerifyBasis;
  readonly checks: readonly VerifyCheck[];
  readonly assumptions: readonly string[];
  readonly limits: readonly string[];
  /** Packets that the proof leaves out because they do not exist. */
  readonly exclusions: readonly string[];
  /** Own mark bits that assumption A speaks of, unsigned. */
  readonly ownBits: number;
  /** Packets evaluated, on both sides each. */
  readonly packets: number;
  readonly seed: number;
  /** Proved equal, whatever is in the sets that rules of changed tables test. */
  readonly anyMembers?: true;
  /** Rules that packets matched: with `cover`, where the proof is whole. */
  readonly coverage?: Coverage;
  /** Why unknown. */
  readonly reason?: string;
  /** Where unknown: a proof with more time might tell. */
  readonly needsTime?: boolean;
  readonly witness?: Witness;
  /** What differs, proved: all of it, larger regions first, unless there are more than were asked for. */
  readonly differences?: readonly DifferenceRegion[];
  readonly moreDifferences?: boolean;
}
