/**
 * Which order each chain gets: as it is written, or one of those that were tried. Packets went through all of them.
 */
import { type Backend, backendsOf } from "../cluster/kernel-costs.ts";
import type { ChainUse } from "../rewrite/merge.ts";
import type { ChosenLayout } from "./choose-layout.ts";
import { byBackend, chainKey, type PacketClass } from "./estimate.ts";
import { measureRewrite } from "./measure-rewrite.ts";
import { type Costs, sumCosts } from "./meter.ts";
import type { Traffic } from "./traffic/types.ts";
import type { LayoutChoice, OrderChoice } from "./types.ts";

/** The part of its cost that a chain has to save: less is no reason to move lines, and the next counters could move them back. */
export const LEAST_SAVING = 0.1;

/** Another order than the written one. */
export interface Tried {
  readonly use: ChainUse;
  readonly result: ChosenLayout;
  /** Whether it goes by use only as far as no packet loses much. */
  readonly isLimited: boolean;
}

/** The order of a chain, and where it is from; null for the written one. */
export interface Pick {
  readonly choice: OrderChoice;
  readonly pick: Tried | null;
}

/** A chain in one of the orders in which something of it moved. */
interface Moved {
  readonly tried: Tried;
  readonly costs: Costs;
}

/** A chain as it is written. */
interface Written {
  readonly table: string;
  readonly chain: string;
  readonly backends: readonly Backend[];
  readonly costs: Costs;
  readonly choices: readonly LayoutChoice[];
}

/** The order of each chain in which use moves something. */
export function pickOrders(
  written: ChosenLayout,
  tried: readonly Tried[],
  traffic: Traffic | null,
): readonly Pick[] {
  const moved = new Map(
    tried.flatMap(({ result }) =>
      result.rewritten!.moved.map((each) => [chainKey(each.table, each.chain), each] as const),
    ),
  );
  // A chain's own part, without those that it calls: they may have another form here and there.
  const chosen = [written, ...tried.map(({ result }) => result)].flatMap(({ choices }) => choices);
  const owners = new Set([...moved.keys(), ...chosen.map((each) => chainKey(each.table, each.chain))]);
  const measure = ({ rewritten }: ChosenLayout) => measureRewrite(rewritten!, { owners, traffic });
  const backends = backendsOf(written.rewritten!.ruleset);
  const before = measure(written);
  const after = tried.map(({ result }) => measure(result));
  return [...moved.values()].map(({ table, chain }) => {
    const own = tried.flatMap((each, at): Moved[] => {
      const isHere = each.result.rewritten!.moved.some((one) => one.table === table && one.chain === chain);
      return isHere ? [{ tried: each, costs: partOf(after[at]!, "new", table, chain) }] : [];
    });
    // A table that stays as it is was not walked.
    const isWalked = before.some((each) => each.table === table);
    const walked = after.find((classes) => classes.some((each) => each.table === table)) ?? [];
    const costs = isWalked ? partOf(before, "new", table, chain) : partOf(walked, "old", table, chain);
    return pickOrder({ table, chain, backends, costs, choices: written.choices }, own);
  });
}

/** What costs least of those that meet all demands, where it saves enough, or the written order does not meet them; where none does, of all. */
export function pickOrder(
  { table, chain, backends, costs: old, choices }: Written,
  own: readonly Moved[],
): Pick {
  const sum = (costs: Costs): number => sumCosts(costs, backends);
  const cheapest = (some: readonly Moved[]): Moved =>
    some.reduce((least, each) => (sum(each.costs) < sum(least.costs) ? each : least));
  const describe = ({ tried, costs }: Moved): Omit<OrderChoice, "order"> => ({
    ...{ table, chain, backends, written: old, used: costs },
    ...(tried.isLimited ? { isLimited: true } : {}),
  });
  const isTorn = (all: readonly LayoutChoice[]): boolean =>
    all.some((each) => each.table === table && each.chain === chain && each.conflict !== undefined);
  const whole = own.filter(({ tried }) => !isTorn(tried.result.choices));
  const open = whole.length > 0 ? whole : isTorn(choices) ? own : [];
  if (open.length === 0)
    return { choice: { order: "written", ...describe(cheapest(own)), because: "behind" }, pick: null };
  const best = cheapest(open);
  const choice = { order: "used", ...describe(best) } as const;
  if (sum(best.costs) <= (1 - LEAST_SAVING) * sum(old) && sum(best.costs) > 0)
    return { choice, pick: best.tried };
  if (isTorn(choices) && whole.length > 0)
    return { choice: { ...choice, because: "behind" }, pick: best.tried };
  return { choice: { order: "written", ...describe(best) }, pick: null };
}

/** What packets are expected to pay in a chain, in the old or the new ruleset. */
function partOf(classes: readonly PacketClass[], side: "old" | "new", table: string, chain: string): Costs {
  const own = classes.filter((each) => each.table === table);
  return byBackend((backend) =>
    own.reduce((sum, each) => sum + each.weight * (each[side].byOwner.get(chain)?.[backend] ?? 0), 0),
  );
}
