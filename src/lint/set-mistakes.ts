/**
 * What the search for groups says about a ruleset that is not to be rewritten: sets that are nearly or quite the same, policy rules that are kept apart.
 */
import { findGroups } from "../cluster/find.ts";
import type { Ruleset } from "../model/types.ts";
import type { Draft } from "./drafts.ts";
import { findKeptApart } from "./kept-apart.ts";
import { compareSets } from "./near-sets.ts";
import { findSets } from "./sets.ts";

/** The findings. */
export function findSetMistakes(ruleset: Ruleset): readonly Draft[] {
  const clustering = findGroups(ruleset, { keepChains: [], rewriteChains: [] });
  return [
    ...compareSets(findSets(ruleset, clustering), ruleset.family),
    ...findKeptApart(ruleset, clustering),
  ];
}
