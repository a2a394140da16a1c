/**
 * What all layouts of a ruleset need to know.
 */
import type { Ruleset } from "../model/types.ts";
import type { Plan } from "../plan/types.ts";
import type { LayoutOf } from "./hoist.ts";
import type { LayoutContext } from "./layouts/context.ts";
import type { MergedChain } from "./merge.ts";
import { nameClearChain } from "./new-chains.ts";
import { findSharedRuns } from "./share-source.ts";

/** What was decided before. */
interface Decided {
  /** Of all groups, by id. */
  readonly bits: ReadonlyMap<string, number>;
  readonly gone: ReadonlyMap<string, ReadonlySet<string>>;
  readonly layoutOf: LayoutOf;
}

/** Makes it for one input of a plan. */
export function makeContext(
  ruleset: Ruleset,
  plan: Plan,
  chains: readonly MergedChain[],
  { bits, gone, layoutOf }: Decided,
): LayoutContext {
  return {
    family: ruleset.family,
    own: [...bits.values()].reduce((mask, bit) => (mask | bit) >>> 0, 0),
    bitOf: ({ id }) => bits.get(id) ?? 0,
    aggregate: plan.aggregate === true,
    clearChain: nameClearChain(ruleset, plan, chains, gone),
    shared: findSharedRuns(ruleset, chains, (table, chain) => layoutOf(table, chain) === "shared"),
    storage: plan.storage,
  };
}
