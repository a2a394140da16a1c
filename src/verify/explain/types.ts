/**
 * What the walk of one packet through a ruleset shows: plain data, ready for JSON and for the terminal.
 */
import type { Family } from "../../model/types.ts";

/** The packet and the place as a person writes them, option by option; what is missing is not known. */
export interface ExplainOptions {
  readonly in?: string;
  readonly out?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly protocol?: string;
  readonly sport?: string;
  readonly dport?: string;
  readonly icmpType?: string;
  readonly tcpFlags?: string;
  readonly state?: string;
  readonly mark?: string;
  readonly connmark?: string;
  readonly mac?: string;
  readonly fragment?: boolean;
  readonly backend?: string;
  readonly hook?: string;
  /** A table's name, or `all`. */
  readonly table?: string;
  /** `TEXT=true` or `TEXT=false`, for matches and targets that are not modelled. */
  readonly match?: readonly string[];
}

/** Options that say nothing possible: a sentence, and what to do instead. */
export interface ExplainFault {
  readonly message: string;
  readonly next: string;
}

/** Takes a fault. */
export type ReportFault = (message: string, next?: string) => void;

/** What came of testing a rule; `dropped`: a match dropped the packet, `unknown`: nobody can tell. */
export type RuleResult = "matched" | "failed" | "dropped" | "unknown";

/** A rule that was tested. */
export interface RuleStep {
  readonly kind: "rule";
  readonly table: string;
  readonly chain: string;
  /** Jumps that the packet has not come back from. */
  readonly depth: number;
  readonly line: number;
  readonly text: string;
  readonly result: RuleResult;
  /** The match that decided against the rule, or can't be answered; null for `matched`, and for a rule that could not be read. */
  readonly condition: string | null;
  /** After the rule, where it changed; else null. */
  readonly mark: string | null;
  readonly connmark: string | null;
}

/** A chain that was entered: by its hook, or by the rule of the step before. */
export interface EnterStep {
  readonly kind: "enter";
  readonly table: string;
  readonly chain: string;
  readonly depth: number;
  readonly by: "hook" | "jump" | "goto";
}

/** The end of a chain: by its last rule (`end`) or a RETURN (`rule`). */
export interface ReturnStep {
  readonly kind: "return";
  readonly table: string;
  readonly chain: string;
  readonly depth: number;
  readonly by: "end" | "rule";
  /** The chain that goes on; null: the policy decides. */
  readonly to: string | null;
}

export type ExplainStep = RuleStep | EnterStep | ReturnStep;

/** Something that others see, in the order in which it happened: LOG and other targets that go on, matches that count. */
export interface WalkedEffect {
  readonly table: string;
  readonly line: number;
  /** Such as `LOG --log-prefix a`, `-m limit --limit 5/sec`. */
  readonly text: string;
  /** The mark that it shows; null where it shows none. */
  readonly mark: string | null;
  /** True where a match that can't be answered decides whether it happens. */
  readonly perhaps: boolean;
}

/** The rule that gave the verdict; line 0 stands for the policy. */
export interface Decider {
  readonly table: string;
  readonly chain: string;
  readonly line: number;
  readonly text: string;
}

/** What stopped the walk. */
export interface Unsettled {
  readonly table: string;
  readonly chain: string;
  readonly line: number;
  readonly text: string;
  /** The match or target that can't be answered; empty where it is the rule as a whole, or the walk. */
  readonly condition: string;
  /** Why, as a sentence without its full stop. */
  readonly why: string;
  /** Options that settle it, each as its words; any one of them does. Empty where none can. */
  readonly settle: readonly (readonly string[])[];
}

/** How one table ended; `verdict` is null where that can't be told. */
export interface TableOutcome {
  readonly table: string;
  readonly verdict: string | null;
  readonly decidedBy: Decider | null;
  readonly mark: string;
  readonly connmark: string;
}

/** Chains that only set bits of the mark, by what came of asking them. */
export interface WalkedGroups {
  readonly matched: readonly string[];
  readonly notMatched: readonly string[];
}

/** The whole walk. */
export interface Explanation {
  readonly family: Family;
  readonly file: string;
  readonly hook: string;
  /** `in`, `source`, `destinationPort`, `ctstate` …: what is known of the packet, with values as iptables prints them. */
  readonly packet: Readonly<Record<string, string>>;
  /** Names in `packet` that nobody gave and that a tested rule asked for. */
  readonly assumed: readonly string[];
  readonly result: "decided" | "unknown";
  /** Of the last table that was walked; null for `unknown`. */
  readonly verdict: string | null;
  readonly decidedBy: Decider | null;
  /** After the walk. */
  readonly mark: string;
  readonly connmark: string;
  readonly groups: WalkedGroups;
  readonly effects: readonly WalkedEffect[];
  readonly unknown: Unsettled | null;
  /** What else a reader should know, as sentences. */
  readonly notes: readonly string[];
  readonly tables: readonly TableOutcome[];
  readonly steps: readonly ExplainStep[];
}
