/**
 * Everything between the live rules and a load that can be decided without touching them: is the plan stale, whose rules are these, what has to be loaded and in which order,
 * and does the kernel take it.
 */
import type { Family, Ruleset } from "../model/types.ts";
import type { ChainPattern } from "./chain-pattern.ts";
import { compareLive, type LiveComparison } from "./compare-live.ts";
import { describeStale } from "./describe-stale.ts";
import { keepChains } from "./keep-chains.ts";
import { isEmptyTable } from "./normal-lists.ts";
import type { Observation } from "./observe.ts";
import type { Prove } from "./prove.ts";
import { readAgain, readLive } from "./read-rules.ts";
import type { Refusal } from "./refusal.ts";
import { findSetChanges, knowAs, refuseSetChanges } from "./same-sets.ts";
import { changedTables } from "./same-tables.ts";

/** What a plan makes of one of its inputs. */
export interface LiveInput {
  readonly family: Family;
  /** What the plan was made from. */
  readonly input: Ruleset;
  /** What is to be live. */
  readonly meant: Ruleset;
}

/** One family, held against what is live. */
export interface HeldFamily {
  readonly family: Family;
  readonly live: Ruleset;
  /** Both with kept chains as they are live. */
  readonly input: Ruleset;
  readonly meant: Ruleset;
  readonly keepsChains: boolean;
  /** Patterns that mean no chain. */
  readonly unusedPatterns: readonly string[];
  /** Null where what is meant is live already, so that nothing will be loaded whatever the plan was made from. */
  readonly comparison: LiveComparison | null;
  /** Tables that have to be loaded; empty where what is live is what is meant. */
  readonly changed: readonly string[];
}

/** One family, or why it can't be. */
export type HeldAgainst =
  | { readonly held: HeldFamily; readonly refusals: readonly [] }
  | { readonly held: null; readonly refusals: readonly Refusal[] };

/** What the user says about it. */
export interface HoldOptions {
  readonly keep: readonly ChainPattern[];
  /** The command that makes the plan anew. */
  readonly importAgain: string;
}

/** Holds an input of the plan against the live rules of its family. Never lets a plan pass that was made from others. */
export async function holdAgainstLive(
  { family, input, meant }: LiveInput,
  observation: Observation,
  { keep, importAgain }: HoldOptions,
  prove: Prove,
): Promise<HeldAgainst> {
  const { live: read, refusal } = readLive(observation, family, input);
  if (read === null) return refused(refusal);
  const staleSets = refuseSetChanges(findSetChanges(input, observation.sets));
  if (staleSets !== null) return refused(staleSets);
  const live = knowAs(read, input);
  const kept = keepChains({ input, live, meant, patterns: keep });
  if (kept.refusals.length > 0) return { held: null, refusals: kept.refusals };
  const keepsChains = kept.chains.length > 0;
  const asKept = keepsChains ? readAgain(kept.input, input) : input;
  const meantAsKept = keepsChains ? readAgain(kept.meant, meant) : meant;
  const changed = changedTables(live, meantAsKept);
  const isDone = changed.length === 0 && knowsAllTables(meantAsKept, live);
  const comparison = isDone ? null : await compareLive(asKept, live, prove);
  if (comparison?.answer === "different" || comparison?.answer === "unknown")
    return refused(describeStale(comparison, importAgain));
  const held = { family, live, input: asKept, meant: meantAsKept, keepsChains, comparison, changed };
  return { held: { ...held, unusedPatterns: kept.unused }, refusals: [] };
}

/** Whether no rule is live in a table that the new rules do not name. */
function knowsAllTables(meant: Ruleset, live: Ruleset): boolean {
  const known = new Set(meant.tables.map(({ name }) => name));
  return live.tables.every((table) => known.has(table.name) || isEmptyTable(table));
}

function refused(refusal: Refusal): { readonly held: null; readonly refusals: readonly Refusal[] } {
  return { held: null, refusals: [refusal] };
}
