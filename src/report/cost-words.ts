/**
 * The sentences of reports about what packets cost, and which layout and order were chosen for that.
 */
import type { Backend } from "../cluster/kernel-costs.ts";
import { type Costs, sumCosts } from "../cost/meter.ts";
import {
  type Conflict,
  type FormCost,
  type LayoutChoice,
  type OrderChoice,
  PROMISED_LOSS,
} from "../cost/types.ts";
import type { Basis } from "../cost/weigh.ts";
import type { CostView } from "./cost-view.ts";

/** What stands above the sentences about chains. */
export const COST_TITLE = "estimated cost of a packet, ns on legacy/nft beside what every packet costs";

/** Sentences about the base chains that change, without a full stop. */
export function describeCosts(costs: readonly CostView[]): readonly string[] {
  return costs.flatMap(({ family, chains, traffic }) => [
    ...chains.flatMap((chain) => {
      const { old, new: now, loss } = chain;
      if (isSame(old.expected, now.expected) && isSame(old.worst, now.worst)) return [];
      const words = [
        `expected ${print(old.expected)} -> ${print(now.expected)}`,
        `at most ${print(old.worst)} -> ${print(now.worst)}`,
        `rules ${old.rules} -> ${now.rules}`,
      ];
      if (loss.legacy > 0 || loss.nft > 0)
        words.push(`a packet loses ${print(atLeastNothing(loss))} at most`);
      if (sum(now.expected) > sum(old.expected)) words.push("flat is faster here");
      const by = describeBasis(chain.basis, traffic?.name);
      const where = `${costs.length > 1 ? `${family} ` : ""}${chain.table} ${chain.chain}`;
      return [`${where}: ${words.join(", ")} (${chain.packets} kinds of packets, ${by})`];
    }),
    ...(traffic?.notes ?? []).map((note) => `${traffic!.name}: ${note}`),
  ]);
}

/** Which traffic was taken for a base chain's, and why no other. */
function describeBasis({ kind, counters, packets }: Basis, file: string | undefined): string {
  if (kind === "traffic") return `by ${packets} packets of ${file}`;
  const words = file === undefined ? [] : [`no packet of ${file} comes here`];
  if (kind === "counters") words.push(`by the counters of the rules, ${packets} packets`);
  else words.push("all rules alike");
  if (counters === "few") words.push(`their counters tell nothing: ${packets} packets`);
  if (counters === "incomplete") words.push("only some of them have counters, which tells nothing");
  return words.join(", ");
}

/** Sentences about what was chosen: layouts and orders. */
export function describeChoices(costs: readonly CostView[]): readonly string[] {
  return costs.flatMap(({ family, layouts = [], orders = [] }) => {
    const where = ({ table, chain }: { readonly table: string; readonly chain: string }) =>
      `${costs.length > 1 ? `${family} ` : ""}${table} ${chain}`;
    return [
      ...layouts.map((choice) => `layout of ${where(choice)}: ${describeChoice(choice)}`),
      ...orders.map((choice) => `order of ${where(choice)}: ${describeOrder(choice)}`),
    ];
  });
}

function describeOrder({ order, written, used, because, isLimited }: OrderChoice): string {
  const costs = `${print(written)} -> ${print(used)}`;
  const by = isLimited ? "by use, as far as no packet loses too much" : "by use";
  if (because === "behind") {
    const [taken, other] = order === "used" ? [by, "as it is written"] : ["as it is written", by];
    const pause = isLimited && order === "written" ? "," : "";
    return `${taken} (${costs}), since ${other}${pause} some packet would cost more than with --layout article`;
  }
  return order === "used"
    ? `${by}, which saves the chain ${costs}`
    : `as it is written, since ${by}${isLimited ? "," : ""} the chain would save too little (${costs})`;
}

function describeChoice({ form, backends, unknown, conflict, forms }: LayoutChoice): string {
  if (unknown === "no-packets") return "article, since no packet of the estimate comes here";
  if (unknown === "refused") return "article, since what was chosen for its chains can't be put together";
  const others = forms.filter((each) => each.form !== form).map(describeForm);
  if (!forms.some((each) => each.form === "hoisted"))
    others.push("no free bits for hoisted, or nothing in a row");
  const own = forms.find((each) => each.form === form)!;
  const name = form === "flat" ? describeFlat(own, forms, backends) : form;
  if (conflict !== undefined) others.push(describeConflict(conflict));
  const [only] = backends;
  if (backends.length === 1) others.push(`for ${only}, which the file was saved from`);
  return `${name}, ${print(own.expected)} (${others.join("; ")})`;
}

function describeConflict({ reason, behind, loss }: Conflict): string {
  const why = {
    loss: `in which another one would lose ${print(loss)}`,
    sum: "in which another one would lose too much with other chains",
    cost: "which costs more than the flat rules on the whole",
    order: "in which the rules have another order",
  }[reason];
  return `some packet costs ${print(behind)} more than with --layout article, ${why}`;
}

/** Why the rules stay as they are, and what takes a cheaper layout all the same; `backends` are those that count. */
function describeFlat(flat: FormCost, forms: readonly FormCost[], backends: readonly Backend[]): string {
  const sumOf = ({ expected }: FormCost): number => sumCosts(expected, backends);
  const cheaper = forms.filter((each) => each.obstacle !== undefined && sumOf(each) < sumOf(flat));
  if (cheaper.length === 0) return "flat is faster here, the rules stay as they are";
  const best = cheaper.reduce((least, each) => (sumOf(each) < sumOf(least) ? each : least));
  const isBehind = ({ obstacle }: FormCost): boolean => obstacle === "behind";
  const faults = [
    ...(cheaper.every(isBehind) ? [] : [`lose more than ${PROMISED_LOSS} ns`]),
    ...(cheaper.some(isBehind) ? ["cost more than in the article's layout"] : []),
  ];
  return `the rules stay as they are, since in what costs less some packet could ${faults.join(", or ")} (--layout ${best.form} takes it all the same)`;
}

function describeForm({ form, expected, loss, behind, obstacle }: FormCost): string {
  const cost = `${form} ${print(expected)}`;
  switch (obstacle) {
    case "policy-change":
      return `${cost}, but the plan changes the policy`;
    case "logs":
      return `${cost}, but the plan logs partial matches`;
    case "loss":
      return `${cost}, but some packet would lose ${print(loss)}`;
    case "behind":
      return `${cost}, but some packet would cost ${print(behind)} more than in the article's layout`;
    case "sum":
      return `${cost}, but with other chains some packet would lose too much`;
    default:
      return cost;
  }
}

function print({ legacy, nft }: Costs): string {
  return `${legacy}/${nft}`;
}

function sum({ legacy, nft }: Costs): number {
  return legacy + nft;
}

function isSame(one: Costs, other: Costs): boolean {
  return one.legacy === other.legacy && one.nft === other.nft;
}

function atLeastNothing({ legacy, nft }: Costs): Costs {
  return { legacy: Math.max(0, legacy), nft: Math.max(0, nft) };
}
