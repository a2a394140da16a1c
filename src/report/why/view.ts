/**
 * Why a group or a policy rule is proposed, as plain data: what `review --why --json` prints, and what the terminal shows. It has a version; keys may be
 * added without raising it.
 */
import type { Axis } from "../../model/types.ts";
import type { LineView } from "../view.ts";

/** A name that it could have had. */
export interface OtherName {
  readonly name: string;
  /** As `nameFrom`. */
  readonly from: string;
}

/** A policy rule that is made of a group's members; the policy rule itself, where that was asked for. */
export interface UseView {
  readonly name: string;
  readonly accept: boolean;
  readonly summary: string;
  readonly file: string;
  readonly table: string;
  readonly chain: string;
  /** Flat rules that it stands for. */
  readonly lines: readonly LineView[];
  /** As that of a policy rule in `view.ts`. */
  readonly combinations?: number;
}

/** The file and its reading with it and without it, everything else being as the plan has it. */
export interface SavingView {
  readonly rulesWithout: number;
  readonly rulesWith: number;
  /** In lines that a person has to read (`cluster/cost.ts`): a flat rule is one, a policy rule two, a group one and its members. */
  readonly readingWithout: number;
  readonly readingWith: number;
}

/** Another group that it shares members with. */
export interface NearGroup {
  readonly name: string;
  readonly shared: number;
  /** Shared members in all members of both, 0 to 1. */
  readonly likeness: number;
  /** Members that only this one has. */
  readonly only: readonly string[];
  /** Members that only the other one has. */
  readonly others: readonly string[];
}

/** A value that has rules like the group's, and is not in the group. */
export interface AlmostMember {
  readonly member: string;
  /** Combinations with the other groups that have a rule, and those that a member has to have. */
  readonly found: number;
  readonly needed: number;
  /** Some that no rule has: merging would let packets through that nothing lets through now. */
  readonly missing: readonly string[];
}

/** What a plan comes to. */
export interface Measure {
  /** Rules in the files that it makes. */
  readonly rules: number;
  /** Lines to read: a rule is one, a policy rule two, a group one and its members. */
  readonly reading: number;
}

/** A product that the search saw among the same rules, and did not take. */
export interface LostProduct {
  /** Numbers of members by axis. */
  readonly sizes: Readonly<Partial<Record<Axis, number>>>;
  readonly lines: readonly LineView[];
  /** Lines that no other policy rule merges, and what it would cost to read instead. */
  readonly gain: number;
  readonly cost: number;
  /** Policy rules that merge its other lines. */
  readonly takenBy: readonly string[];
  /** What the plan would come to with it, and without the policy rules that then save nothing: carried out. Missing where no line would be new or it costs more; null where that can't be done. */
  readonly instead?: (Measure & { readonly without: readonly string[] }) | null;
  /** `merged-already`: no line would be new; `costs-more`: reading it costs as much as it saves, or more; `no-order`: it and the plan's policy rules can't all be merged without changing what becomes of some packet;
   * `longer-file`: the file would have more rules than the input; `not-tried`: neither, the search did not come by it. */
  readonly reason: "merged-already" | "costs-more" | "no-order" | "longer-file" | "not-tried";
}

/** The answer. */
export interface WhyView {
  readonly version: 1;
  readonly kind: "group" | "policy-rule";
  readonly id: string;
  readonly name: string;
  /** As in the groups report; `groups` where a policy rule is called after its groups. */
  readonly nameFrom: string;
  readonly nameNote?: string;
  /** From the rulesets alone: what files that were given to `import` would say is not known here. */
  readonly otherNames: readonly OtherName[];
  readonly accept: boolean;
  /** Of a group. */
  readonly axis?: Axis;
  readonly members?: readonly string[];
  /** Names of the groups of a policy rule. */
  readonly groups?: Readonly<Partial<Record<Axis, string>>>;
  readonly lines: readonly LineView[];
  readonly usedBy: readonly UseView[];
  /** Null where the plan could not be carried out otherwise. */
  readonly saves: SavingView | null;
  readonly near: readonly NearGroup[];
  readonly almost: readonly AlmostMember[];
  readonly lost: readonly LostProduct[];
  /** How many lost products there are in all; the largest are listed. */
  readonly lostInAll: number;
}
