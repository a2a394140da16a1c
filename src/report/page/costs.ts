/**
 * Which of the chains with costs the verdict names.
 */
import type { ChainCost } from "../../cost/estimate.ts";
import type { CostView } from "../cost-view.ts";

/** The chain that was the most expensive before: where most is to be won or lost; null where nothing is known. */
export function dearestChain(costs: readonly CostView[]): ChainCost | null {
  const chains = costs.flatMap((cost) => cost.chains);
  const before = ({ old }: ChainCost): number => old.expected.legacy + old.expected.nft;
  return chains.reduce<ChainCost | null>(
    (most, chain) => (most === null || before(chain) > before(most) ? chain : most),
    null,
  );
}
