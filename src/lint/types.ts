/**
 * What lint finds: rules and chains that do nothing, marks that do something else than they look like, sets that are nearly the same.
 */

/** What a finding is about; docs/json.md says what each one means. */
export type LintKind =
  | "never-matches"
  | "shadowed"
  | "redundant"
  | "generalised"
  | "unused-chain"
  | "unreached-chain"
  | "empty-chain"
  | "mark-reset"
  | "mark-overlap"
  | "mark-stale"
  | "mark-test"
  | "mark-shared"
  | "near-equal-sets"
  | "same-set"
  | "kept-apart";

/** One finding about one ruleset. */
export interface LintFinding {
  readonly kind: LintKind;
  /** `warning`: the ruleset probably does something else than was meant. `note`: it does what it does, and could be shorter. */
  readonly severity: "warning" | "note";
  readonly table: string;
  /** Null where it is about several chains. */
  readonly chain: string | null;
  /** Lines that it is about, ascending; at least one. */
  readonly lines: readonly number[];
  /** Lines that are the reason, ascending. */
  readonly because: readonly number[];
  /** What is so, as one sentence without a full stop. */
  readonly message: string;
  /** What a person can do about it, without a full stop. */
  readonly advice: string;
  /** Lines that the advice takes out. */
  readonly removes: readonly number[];
  /** Rules that would be added, as iptables-save prints them, where something was probably forgotten. */
  readonly missing?: readonly string[];
}

/** Rules of which it is not known whether they do anything. */
export interface Unsettled {
  readonly table: string;
  /** Null for the whole table. */
  readonly chain: string | null;
  /** How many rules it is about. */
  readonly rules: number;
  /** Why, as a part of a sentence. */
  readonly reason: string;
}

/** All that is found about a ruleset. */
export interface LintResult {
  /** By line. */
  readonly findings: readonly LintFinding[];
  readonly unsettled: readonly Unsettled[];
  /** What the findings rest on beside the ruleset, as sentences. */
  readonly assumptions: readonly string[];
}
