/**
 * What packets cost before and after, and which layout and order were chosen for that: the data of `apply --json` and `review --json`; in words: `cost-words.ts`.
 */
import { type ChainCost, type SideCost, summariseClasses } from "../cost/estimate.ts";
import { measureRewrite } from "../cost/measure-rewrite.ts";
import type { Costs } from "../cost/meter.ts";
import type { Choices, LayoutChoice, OrderChoice } from "../cost/types.ts";
import type { Family } from "../model/types.ts";
import type { Rewritten } from "../rewrite/types.ts";

/** One input. All costs are ns a packet on each backend, rounded, beside what every packet costs. */
export interface CostView {
  readonly family: Family;
  readonly rulesBefore: number;
  readonly rulesAfter: number;
  /** Base chains of changed tables. */
  readonly chains: readonly ChainCost[];
  /** Where the plan's layout is `auto`. */
  readonly layouts?: readonly LayoutChoice[];
  /** Chains in which use would put rules in another order. */
  readonly orders?: readonly OrderChoice[];
  /** The file of traffic that was given. */
  readonly traffic?: { readonly name: string; readonly notes: readonly string[] };
}

/** Measures all inputs. */
export function viewCosts(rewrites: readonly Rewritten[], choices: readonly Choices[]): readonly CostView[] {
  return rewrites.map((rewritten, input) => {
    const { layouts, orders, traffic } = choices[input] ?? { layouts: [], orders: [], traffic: null };
    return {
      family: rewritten.ruleset.family,
      rulesBefore: rewritten.rulesBefore,
      rulesAfter: rewritten.rulesAfter,
      chains: summariseClasses(measureRewrite(rewritten, { traffic })).map(roundChain),
      ...(layouts.length === 0 ? {} : { layouts: layouts.map(roundChoice) }),
      ...(orders.length === 0 ? {} : { orders: orders.map(roundOrder) }),
      ...(traffic === null ? {} : { traffic: { name: traffic.name, notes: traffic.notes } }),
    };
  });
}

function roundChain(chain: ChainCost): ChainCost {
  const side = ({ rules, expected, worst }: SideCost): SideCost => ({
    rules,
    expected: round(expected),
    worst: round(worst),
  });
  return { ...chain, old: side(chain.old), new: side(chain.new), loss: round(chain.loss) };
}

function roundChoice(choice: LayoutChoice): LayoutChoice {
  const forms = choice.forms.map((each) => ({
    ...each,
    expected: round(each.expected),
    loss: round(each.loss),
    behind: round(each.behind),
  }));
  const { conflict } = choice;
  if (conflict === undefined) return { ...choice, forms };
  return {
    ...choice,
    conflict: { ...conflict, behind: round(conflict.behind), loss: round(conflict.loss) },
    forms,
  };
}

function roundOrder(choice: OrderChoice): OrderChoice {
  return { ...choice, written: round(choice.written), used: round(choice.used) };
}

function round({ legacy, nft }: Costs): Costs {
  return { legacy: Math.round(legacy), nft: Math.round(nft) };
}

/** What is measured: the rewrites, and what was chosen for them. */
interface Measured {
  readonly rewrites: readonly Rewritten[];
  readonly choices: readonly Choices[];
}

/** A view with what packets cost. */
export function addCosts<View>(
  view: View,
  { rewrites, choices }: Measured,
): View & { readonly costs: readonly CostView[] } {
  return { ...view, costs: viewCosts(rewrites, choices) };
}
