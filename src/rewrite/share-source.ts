/**
 * Chooses which policy rules ask their source group together (`layouts/shared.ts`): neighbours in a chain that have one source group in common.
 */
import { chainDepths, DEEPEST_CHAIN } from "../cluster/segments.ts";
import type { Ruleset } from "../model/types.ts";
import type { MergedChain } from "./merge.ts";
import type { MergedRule } from "./product.ts";
import { sharedSource } from "./shared-source.ts";

/** Policy rules in a row that ask their source together. */
export interface SharedRun {
  readonly table: string;
  readonly chain: string;
  readonly rules: readonly MergedRule[];
}

/** Chains below the owner's that such rules need: the one that asks the source, a rule's, and one of its groups. */
const LEVELS = 3;

/** The stretches of chains that ask for it. */
export function findSharedRuns(
  { tables }: Ruleset,
  chains: readonly MergedChain[],
  isShared: (table: string, chain: string) => boolean,
): readonly SharedRun[] {
  return chains.flatMap((chain) => {
    if (!isShared(chain.table, chain.chain)) return [];
    const table = tables.find(({ name }) => name === chain.table)!;
    const depth = chainDepths(table).get(chain.chain) ?? 0;
    return depth + LEVELS > DEEPEST_CHAIN ? [] : findRuns(chain);
  });
}

function findRuns({ table, chain, entries }: MergedChain): readonly SharedRun[] {
  const stretches: MergedRule[][] = [];
  let open: string | null = null;
  for (const entry of entries) {
    const source = entry.kind === "merged" ? sharedSource(entry.merged) : null;
    if (entry.kind === "merged" && source !== null) {
      if (source === open) stretches.at(-1)!.push(entry.merged);
      else stretches.push([entry.merged]);
    }
    open = source;
  }
  return stretches.filter(({ length }) => length > 1).map((rules) => ({ table, chain, rules }));
}
