/**
 * How traffic fares under two rulesets: plain data, ready for JSON and for the terminal.
 */
import type { RulePlace } from "./rule-numbers.ts";

/** `same`: none of the packets that could be judged fares otherwise; `unknown`: some may, or none could be judged. */
export type ReplayResult = "same" | "different" | "unknown";

/** How many packets have one thing in common. */
export interface Counted {
  readonly what: string;
  readonly packets: number;
}

/** How many packets have one verdict under the old ruleset and one under the new. */
export interface VerdictPair {
  /** Several where the packets have one of them, and what is not known of them decides which. */
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly packets: number;
  /** Whether they fare alike; `perhaps`: what is not known of them decides. */
  readonly isSame: "yes" | "no" | "perhaps";
}

/** How a packet ends under one ruleset. */
export interface ReplayEnding {
  readonly verdict: string;
  /** The rule that decides; line 0 stands for a policy. */
  readonly decidedBy: RulePlace;
}

/** Packets that fare otherwise, and are decided by the same rules. */
export interface ReplayDifference {
  readonly packets: number;
  /** False: what is not known of them decides whether they do. */
  readonly isCertain: boolean;
  /** `verdict`, `effects`, `mark`, `connmark`. */
  readonly differs: readonly string[];
  /** One of them; names and values as `explain` has them. */
  readonly packet: Readonly<Record<string, string>>;
  readonly old: ReplayEnding;
  readonly new: ReplayEnding;
  /** What is not known. */
  readonly open: readonly string[];
}

/** What a rule met. */
export interface RuleCount extends RulePlace {
  /** Packets that match it, whatever is not known of them. */
  readonly packets: number;
  /** Packets whose verdict it gives. */
  readonly decided: number;
}

/** A group of the new ruleset. */
export interface GroupCount {
  readonly table: string;
  readonly chain: string;
  readonly packets: number;
}

/** All of it. */
export interface ReplayView {
  readonly result: ReplayResult;
  /** What the packets are from. */
  readonly traffic: readonly string[];
  /** All packets there are; `judged`: those that the rest speaks of. */
  readonly packets: number;
  readonly judged: number;
  /** Packets that are alike as far as rules can tell count once. */
  readonly distinct: number;
  readonly same: number;
  readonly different: number;
  readonly perhaps: number;
  /** Packets that no rule sees, by the reason. */
  readonly passed: readonly Counted[];
  /** Packets that could not be judged, by the reason. */
  readonly unjudged: readonly Counted[];
  /** Those that differ first. */
  readonly verdicts: readonly VerdictPair[];
  /** Certain ones first, then by their number. */
  readonly differences: readonly ReplayDifference[];
  /** What is not known of packets that are judged all the same, since they fare alike whatever it is. */
  readonly open: readonly Counted[];
  /** Rules that some packet matches, table by table and chain by chain. */
  readonly rules: { readonly old: readonly RuleCount[]; readonly new: readonly RuleCount[] };
  /** The most used first. */
  readonly groups: readonly GroupCount[];
  /** What else a reader should know, as sentences. */
  readonly notes: readonly string[];
}
