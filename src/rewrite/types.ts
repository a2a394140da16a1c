/**
 * What the rewriter hands on: the new file's lines, each with the source lines it came from.
 */
import type { Family, Ruleset } from "../model/types.ts";
import type { MarkBits } from "../plan/types.ts";
import type { Unhoisted } from "./runs/types.ts";

/** One line of the new file, without line end. */
export interface RewrittenLine {
  readonly text: string;
  /** Source lines (from 1) that it stands for; empty for lines that only markify's chains need. */
  readonly origins: readonly number[];
}

/** What was cleaned in a file that changed, so that iptables-restore loads it. */
export type Tidied =
  | "line-ends"
  | "last-line-end"
  | "byte-order-mark"
  | "outside-text"
  | "leading-blanks"
  | "trailing-blanks";

/** A rule comment that has no place in the new file. */
export interface LostComment {
  readonly line: number;
  readonly comment: string;
}

/** What a plan that changes the policy means (`flat-form.ts`): two rulesets without any chain of ours, and in what they differ. */
export interface PolicyChange {
  /** Equal to the old ruleset. */
  readonly before: Ruleset;
  /** Equal to the new one. */
  readonly after: Ruleset;
  /** Rules of `after` that `before` has not, as lines. */
  readonly added: readonly string[];
  /** Rules of `before` that `after` has not. */
  readonly removed: readonly string[];
}

/** An ipset of a group, and what is to be in it. */
export interface GroupSet {
  readonly name: string;
  readonly family: Family;
  /** Prefixes, as the plan has them. */
  readonly members: readonly string[];
}

/** One input, rewritten. */
export interface Rewritten {
  readonly ruleset: Ruleset;
  /** The whole file in order, header comment aside; equal to the source's lines where nothing was rewritten. */
  readonly lines: readonly RewrittenLine[];
  /** Empty where nothing changed. */
  readonly tidied: readonly Tidied[];
  /** False: the new file is the old one, byte for byte. */
  readonly changed: boolean;
  readonly tablesChanged: readonly string[];
  /** Of the plan's bits those of axes that still have groups. */
  readonly markBits: MarkBits;
  /** All bits that the new chains use, unsigned. */
  readonly newBits: number;
  /** Bits that the proof takes for the groups' own: those of the new chains, and of mark groups that were there. */
  readonly ownBits: number;
  readonly rulesBefore: number;
  readonly rulesAfter: number;
  /** ipsets that the new file's rules need, with their members. */
  readonly sets: readonly GroupSet[];
  /** Names of the chains that were made: group chains, rule chains, the chain that clears the own bits. */
  readonly newChains: readonly string[];
  /** How many runs of policy rules are in the hoisted layout, and the chains that they are in. */
  readonly runs: number;
  readonly runOwners: readonly { readonly table: string; readonly chain: string }[];
  /** Chains in which policy rules ask their source group together. */
  readonly sharedOwners: readonly { readonly table: string; readonly chain: string }[];
  /** Chains in which no policy rule is carried out, since they are to stay as they are. */
  readonly flatOwners: readonly { readonly table: string; readonly chain: string }[];
  /** Policy rules that are not in a run where the plan asks for that. */
  readonly unhoisted: readonly Unhoisted[];
  /** Names of policy rules whose verdict stands in the rule chain of another one. */
  readonly rests: readonly string[];
  /** Chains in which rules stand in another order than they would, by use. */
  readonly moved: readonly { readonly table: string; readonly chain: string }[];
  /** Names of groups of which the chain is a tree. */
  readonly treeGroups: readonly string[];
  readonly lostComments: readonly LostComment[];
  /** Source lines of rules that policy rules stand for. */
  readonly mergedLines: ReadonlySet<number>;
  /** Of these, lines that say lists of ports, and of which a part stays flat. */
  readonly partLines: ReadonlySet<number>;
  /** How many merged rules had counters other than 0. */
  readonly lostCounters: number;
  /** Null where the plan leaves the policy as it is, and in drafts. */
  readonly policyChange: PolicyChange | null;
}
