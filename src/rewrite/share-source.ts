/**
 * Chooses which policy rules ask their source group together (`layouts/shared.ts`): neighbours in a chain that have one source group in common.
 */
import { chainDepths, DEEPEST_CHAIN } from "../cluster/segments.ts";
import type { Ruleset } from "../model/types.ts";
import type { Run } from "./hoist.ts";
import type { MergedChain } from "./merge.ts";
import type { MergedRule } from "./product.ts";
import { headMatches } from "./layouts/words.ts";

/** Chains below the owner's that such rules need: the one that asks the source, a rule's, and one of its groups. */
const LEVELS = 3;

/** The stretches of chains that ask for it. */
export function findSharedRuns(
  { tables }: Ruleset,
  chains: readonly MergedChain[],
  isShared: (table: string, chain: string) => boolean,
): readonly Run[] {
  return chains.flatMap((chain) => {
    if (!isShared(chain.table, chain.chain)) return [];
    const table = tables.find(({ name }) => name === chain.table)!;
    const depth = chainDepths(table).get(chain.chain) ?? 0;
    return depth + LEVELS > DEEPEST_CHAIN ? [] : findRuns(chain);
  });
}

function findRuns({ table, chain, entries }: MergedChain): readonly Run[] {
  const stretches: MergedRule[][] = [];
  let open: string | null = null;
  for (const entry of entries) {
    const source = entry.kind === "merged" ? sourceOf(entry.merged) : null;
    if (entry.kind === "merged" && source !== null) {
      if (source === open) stretches.at(-1)!.push(entry.merged);
      else stretches.push([entry.merged]);
    }
    open = source;
  }
  return stretches.filter(({ length }) => length > 1).map((rules) => ({ table, chain, rules }));
}

/** Tests of addresses and interfaces read no header: then it is the same to ask them behind the source. */
const PLAIN = /^(?:! )?-[sdio] \S+$/;

/** The id of its source group; null for rules that have to stand alone. */
function sourceOf(merged: MergedRule): string | null {
  const { groups, missing, servicesFirst, policy, template } = merged;
  const { target } = template.rule;
  // RETURN is the owner's, and who reads a log knows rule chains as they are in the article's layout.
  const isAlone =
    (target.kind === "verdict" && target.verdict === "RETURN") ||
    servicesFirst ||
    missing.length > 0 ||
    policy.logPartial !== undefined ||
    !headMatches(merged).every((text) => PLAIN.test(text));
  return isAlone ? null : (groups.find(({ axis }) => axis === "source")?.id ?? null);
}
