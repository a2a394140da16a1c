/**
 * What layouts need to know beside the policy rules, and what they make.
 */
import type { Family } from "../../model/types.ts";
import type { PlanGroup } from "../../plan/types.ts";
import type { SharedRun } from "../share-source.ts";
import type { RewrittenLine } from "../types.ts";

/** The marks of a rewritten ruleset. */
export interface LayoutContext {
  readonly family: Family;
  /** All bits that its chains use, unsigned. */
  readonly own: number;
  /** The bit of a group. */
  readonly bitOf: (group: PlanGroup) => number;
  /** Whether adjacent and nested addresses of a group's chain are joined (`rewrite/joined-groups.ts`). */
  readonly isJoined: (group: PlanGroup) => boolean;
  /** Texts of members that stay as they are all the same: lines of rule chains name them. */
  readonly namedMembers: ReadonlySet<string>;
  /** Name of the chain that clears the own bits. */
  readonly clearChain: string;
  /** Policy rules that ask their source group together. */
  readonly shared: readonly SharedRun[];
  /** Where all groups keep their members (`plan/storage.ts`). */
  readonly storage: string | undefined;
}

/** A chain that the rewrite makes. */
export interface NewChain {
  readonly name: string;
  readonly lines: readonly RewrittenLine[];
  /** The comment above it; missing for parts of trees. */
  readonly title?: string;
}
