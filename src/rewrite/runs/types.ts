/**
 * A run: policy rules that share the work of finding out which groups a packet is in.
 */
import type { Axis } from "../../model/types.ts";
import type { PlanGroup } from "../../plan/types.ts";
import type { MergedRule } from "../product.ts";

/** Chains below the owner's that a run needs beside those of trees: its own, its sources', a group's, a rule's, its services', a condition's, the verdict's. */
export const RUN_LEVELS = 7;

/** The side of which each group has a chain with its own policy rules; groups of all other axes have bits. */
export type Lead = "source" | "destination";

/** The policy rules of one group of the leading side, in their order. */
export interface Section {
  readonly group: PlanGroup;
  readonly rules: readonly MergedRule[];
}

/** Rules that a packet meets one after the other, or those of the groups that it is in: these may stand in any order. */
export type Step =
  | { readonly kind: "lines"; readonly rules: readonly MergedRule[] }
  | { readonly kind: "sections"; readonly sections: readonly Section[] };

/** Policy rules, two at least, as they are to be asked. */
export interface Arrangement {
  readonly lead: Lead;
  readonly steps: readonly Step[];
  /** The bits of each group of the other axes, services aside: a packet with one of them is in the group. */
  readonly bits: ReadonlyMap<PlanGroup, number>;
}

/** The same in its place. */
export interface Run extends Arrangement {
  readonly table: string;
  readonly chain: string;
}

/** A policy rule that could be in a run, were not members of its groups in ipsets, or its chain called from so deep down that nft would refuse the chains of a run. */
export interface Unhoisted {
  readonly name: string;
  readonly why: "stored" | "deep";
}

/** All policy rules of a run, in the order in which a packet may meet them. */
export function rulesOf({ steps }: Arrangement): readonly MergedRule[] {
  return steps.flatMap((step) =>
    step.kind === "lines" ? step.rules : step.sections.flatMap(({ rules }) => rules),
  );
}

/** The group of a policy rule on an axis. */
export function groupOn({ groups }: MergedRule, axis: Axis): PlanGroup | undefined {
  return groups.find((group) => group.axis === axis);
}

/** All bits of a run. */
export function bitsOf({ bits }: Arrangement): number {
  return [...bits.values()].reduce((all, mask) => (all | mask) >>> 0, 0);
}

/**
 * The rule that has the first of the old lines: its packets have the shortest way through the flat rules, and lose most. Order by use may have put it behind others. In a run that was
 * there before, the order is that in which its chains are read.
 */
export function findEarliest(rules: readonly MergedRule[]): MergedRule {
  if (rules.some(({ place }) => place !== null)) return rules[0]!;
  return rules.reduce((first, rule) => (rule.rules[0]!.line < first.rules[0]!.line ? rule : first));
}
