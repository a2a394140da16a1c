/**
 * The order of rules that may swap: those first that decide most packets, where counters or a file of traffic tell. The search for an order (`cluster/order-by-use.ts`) goes by rough
 * prices; here packets go through both rulesets, and a chain is put in the new order where that saves a tenth of its own part of their walks.
 */
import type { Ruleset } from "../model/types.ts";
import { formOfChain } from "../plan/layout.ts";
import type { ChainForm, Plan } from "../plan/types.ts";
import { rewriteRuleset } from "../rewrite/rewrite.ts";
import { type ChosenLayout, rewriteCheapest } from "./choose-layout.ts";
import { byBackend, chainKey, type PacketClass } from "./estimate.ts";
import { backendsOf } from "../cluster/kernel-costs.ts";
import { measureRewrite } from "./measure-rewrite.ts";
import type { Costs } from "./meter.ts";
import type { Traffic } from "./traffic/types.ts";
import type { OrderChoice } from "./types.ts";
import { findUse } from "./use.ts";

/** The part of its cost that a chain has to save: less is no reason to move lines, and the next counters could move them back. */
export const LEAST_SAVING = 0.1;

/** A rewrite with all that was chosen for it. */
export interface ChosenRewrite extends ChosenLayout {
  readonly orders: readonly OrderChoice[];
}

/** Rewrites one input of a plan in the layout and the order that it asks for. */
export function rewriteChosen(
  ruleset: Ruleset,
  plan: Plan,
  input: number,
  traffic: Traffic | null,
): ChosenRewrite {
  const useOf = findUse(ruleset, traffic, (table, chain) => formOfChain(plan, { input, table, chain }));
  // Where nothing is known, the same would come out.
  const isOpen =
    plan.order !== "written" &&
    ruleset.tables.some(({ name, chains }) => chains.some((chain) => useOf(name, chain.name) !== undefined));
  const isAuto = plan.layout === "auto";
  // What auto is held against may stand in another order than what it is about to choose.
  const usual =
    isOpen && isAuto
      ? (rewriteChosen(ruleset, { ...plan, layout: "article" }, input, traffic).rewritten ?? undefined)
      : undefined;
  const rewriteIn = (use?: ReturnType<typeof findUse>): ChosenLayout =>
    isAuto
      ? rewriteCheapest(ruleset, plan, input, { traffic, useOf: use, usual })
      : { ...rewriteRuleset(ruleset, plan, input, use === undefined ? {} : { useOf: use }), choices: [] };
  const written = rewriteIn();
  // What is as it should be already is not put in another order: counters change every day.
  const isChanged = [written.rewritten, usual].some((each) => each?.changed === true);
  if (!isOpen || !isChanged || written.rewritten === null) return { ...written, orders: [] };
  const used = rewriteIn(useOf);
  const moved = used.rewritten?.moved ?? [];
  if (used.rewritten === null || moved.length === 0) return { ...written, orders: [] };
  const orders = compareOrders(written, used, traffic);
  const better = new Set(
    orders.flatMap(({ table, chain, order }) => (order === "used" ? [chainKey(table, chain)] : [])),
  );
  if (better.size === 0) return { ...written, orders };
  if (better.size === moved.length) return { ...used, orders };
  return {
    ...rewriteIn((table, chain) => (better.has(chainKey(table, chain)) ? useOf(table, chain) : undefined)),
    orders,
  };
}

/** The order of each chain in which use moves something. */
function compareOrders(
  written: ChosenLayout,
  used: ChosenLayout,
  traffic: Traffic | null,
): readonly OrderChoice[] {
  const { ruleset, moved } = used.rewritten!;
  const owners = new Set(moved.map(({ table, chain }) => chainKey(table, chain)));
  const [before, after] = [written, used].map((each) => measureRewrite(each.rewritten!, { owners, traffic }));
  const backends = backendsOf(ruleset);
  const sum = (costs: Costs): number => backends.reduce((all, backend) => all + costs[backend], 0);
  return moved.map(({ table, chain }): OrderChoice => {
    // A table that stays as it is was not walked.
    const isWalked = before!.some((each) => each.table === table);
    const old = isWalked ? partOf(before!, "new", table, chain) : partOf(after!, "old", table, chain);
    const now = partOf(after!, "new", table, chain);
    const isCheaper = sum(now) <= (1 - LEAST_SAVING) * sum(old) && sum(now) > 0;
    const costs = { backends, written: old, used: now };
    // As it is written, two demands can't both be met, and by use they are.
    if (!isCheaper && isTorn(written, table, chain) && !isTorn(used, table, chain, "flat"))
      return { table, chain, order: "used", ...costs, because: "behind" };
    return { table, chain, order: isCheaper ? "used" : "written", ...costs };
  });
}

/** Whether what was chosen for a chain fails in a demand; `but`: or is in this form. */
function isTorn({ choices }: ChosenLayout, table: string, chain: string, but?: ChainForm): boolean {
  const own = choices.find((each) => each.table === table && each.chain === chain);
  return own !== undefined && (own.conflict !== undefined || own.form === but);
}

/** What packets are expected to pay in a chain and in those that it calls, in the old or the new ruleset. */
function partOf(classes: readonly PacketClass[], side: "old" | "new", table: string, chain: string): Costs {
  const own = classes.filter((each) => each.table === table);
  return byBackend((backend) =>
    own.reduce((sum, each) => sum + each.weight * (each[side].byOwner.get(chain)?.[backend] ?? 0), 0),
  );
}
