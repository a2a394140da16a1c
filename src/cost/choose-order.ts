/**
 * The order of rules that may swap: those first that decide most packets, where counters or a file of traffic tell. The search for an order (`cluster/order-by-use.ts`) goes by rough
 * prices; here packets go through all rulesets that come of it, and a chain is put in another order where that saves enough of its own part of their walks (`pick-orders.ts`).
 */
import type { Ruleset } from "../model/types.ts";
import { formOfChain } from "../plan/layout.ts";
import type { Plan } from "../plan/types.ts";
import type { ChainUse } from "../rewrite/merge.ts";
import { rewriteRuleset } from "../rewrite/rewrite.ts";
import { type ChosenLayout, rewriteCheapest } from "./choose-layout.ts";
import { chainKey } from "./estimate.ts";
import { pickOrders, type Tried } from "./pick-orders.ts";
import type { Traffic } from "./traffic/types.ts";
import type { OrderChoice } from "./types.ts";
import { findUse } from "./use.ts";

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
  const layoutOf = (table: string, chain: string) => formOfChain(plan, { input, table, chain });
  const useOf = findUse(ruleset, traffic, layoutOf);
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
  const rewriteIn = (use?: ChainUse): ChosenLayout =>
    isAuto
      ? rewriteCheapest(ruleset, plan, input, { traffic, useOf: use, usual })
      : { ...rewriteRuleset(ruleset, plan, input, use === undefined ? {} : { useOf: use }), choices: [] };
  const written = rewriteIn();
  // What is as it should be already is not put in another order: counters change every day.
  const isChanged = [written.rewritten, usual].some((each) => each?.changed === true);
  if (!isOpen || !isChanged || written.rewritten === null) return { ...written, orders: [] };
  const tried: Tried[] = [{ use: useOf, result: rewriteIn(useOf), isLimited: false }];
  if ([written, tried[0]!.result].some(isTight)) {
    const use = findUse(ruleset, traffic, layoutOf, true);
    tried.push({ use, result: rewriteIn(use), isLimited: true });
  }
  return carryOut(written, tried, rewriteIn, traffic);
}

/** Whether packets that would lose too much have kept a chain from something. */
function isTight({ choices }: ChosenLayout): boolean {
  return choices.some(
    ({ conflict, forms }) =>
      conflict !== undefined || forms.some(({ obstacle }) => obstacle === "loss" || obstacle === "sum"),
  );
}

/** Each chain in the order that is picked for it. */
function carryOut(
  written: ChosenLayout,
  tried: readonly Tried[],
  rewriteIn: (use: ChainUse) => ChosenLayout,
  traffic: Traffic | null,
): ChosenRewrite {
  const possible = tried.filter(({ result }) => result.rewritten !== null);
  const picks = pickOrders(written, possible, traffic);
  const orders = picks.map(({ choice }) => choice);
  const better = new Map(
    picks.flatMap(({ choice: { table, chain }, pick }) =>
      pick === null ? [] : [[chainKey(table, chain), pick] as const],
    ),
  );
  if (better.size === 0) return { ...written, orders };
  const whole = possible.find((each) => isAllPicked(each, better, written));
  if (whole !== undefined) return { ...whole.result, orders };
  return { ...rewriteIn((table, chain) => better.get(chainKey(table, chain))?.use(table, chain)), orders };
}

/** Whether what came of an order is what is to be: all that moved is picked from it, and nothing else has another form there than as it is written. */
function isAllPicked(
  tried: Tried,
  better: ReadonlyMap<string, Tried>,
  { choices: written }: ChosenLayout,
): boolean {
  const { rewritten, choices } = tried.result;
  const forms = new Map(written.map(({ table, chain, form }) => [chainKey(table, chain), form]));
  return (
    rewritten!.moved.length === better.size &&
    [...better.values()].every((pick) => pick === tried) &&
    choices.every(({ table, chain, form }) => {
      const key = chainKey(table, chain);
      return better.has(key) || form === forms.get(key);
    })
  );
}
