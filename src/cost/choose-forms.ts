/**
 * Which form each chain takes: the one that is best for the chain itself, as long as no packet that goes through several of them loses too much in all.
 */
import type { Backend } from "../cluster/kernel-costs.ts";
import { CHAIN_FORMS } from "../plan/layout.ts";
import type { ChainForm, ChainLayout, PlanPolicyRule } from "../plan/types.ts";
import { decideForm } from "./decide-form.ts";
import { chainKey } from "./estimate.ts";
import { type Measured, Parts } from "./parts.ts";
import { type Costs, sumCosts } from "./meter.ts";
import { type Conflict, type FormCost, type LayoutChoice, MOST_LOSS, type Obstacle } from "./types.ts";

/** What a choice is made by. */
export interface Grounds {
  /** Chains in which something comes out otherwise than in the article's layout. */
  readonly places: Readonly<Record<Exclude<ChainLayout, "article">, ReadonlySet<string>>>;
  /** Those that count. */
  readonly backends: readonly Backend[];
  /** Whether the plan changes the policy: then flat rules would not say it. */
  readonly isChanged: boolean;
}

/** The choices for all chains, by keys of these with their policy rules. */
export function chooseForms(
  owners: ReadonlyMap<string, readonly PlanPolicyRule[]>,
  measured: Measured,
  grounds: Grounds,
): readonly LayoutChoice[] {
  const parts = new Parts(measured, grounds.backends);
  const drafts = [...owners].map(([key, own]) => draftChoice(key, own, parts, grounds));
  return keepLossSmall(drafts, parts);
}

/** The form of a chain for itself. */
function draftChoice(
  key: string,
  rules: readonly PlanPolicyRule[],
  parts: Parts,
  { places, backends, isChanged }: Grounds,
): LayoutChoice {
  const { table, chain } = rules[0]!;
  if (!parts.isMet(key)) return { table, chain, form: "article", backends, unknown: "no-packets", forms: [] };
  const isLogged = rules.some(({ logPartial }) => logPartial !== undefined);
  const kept: Obstacle | undefined = isChanged ? "policy-change" : isLogged ? "logs" : undefined;
  const measured = CHAIN_FORMS.filter((form) => isThere(key, form, parts, places));
  // Where the flat rules can't stay, there is nothing to be slower than.
  const loses = (form: ChainForm | "usual"): boolean =>
    kept === undefined && backends.some((backend) => parts.loss(key, form)[backend] > MOST_LOSS);
  // The article's layout is what others are held against, as long as it could be taken.
  const reference = (["usual", "article"] as const).find((each) => !loses(each));
  const forms = measured.map((form): FormCost => {
    const behind = parts.behind(key, form, reference ?? "usual");
    const cost = { form, ...parts.costs(key, form), behind };
    if (form === "flat") return kept === undefined ? cost : { ...cost, obstacle: kept };
    if (loses(form)) return { ...cost, obstacle: "loss" };
    const isBehind = reference !== undefined && backends.some((backend) => behind[backend] > 0);
    return isBehind ? { ...cost, obstacle: "behind" } : cost;
  });
  return choose({ table, chain, form: "article", backends, forms }, parts);
}

/** Sets the form, and in which demand it fails. */
function choose({ conflict: _, ...choice }: LayoutChoice, parts: Parts): LayoutChoice {
  const { table, chain, backends, forms } = choice;
  const form = decideForm(forms, backends);
  const key = chainKey(table, chain);
  const behind = parts.behind(key, form, "usual");
  const isTorn = form !== "flat" && backends.some((backend) => behind[backend] > 0);
  if (!isTorn) return { ...choice, form };
  return {
    ...choice,
    form,
    conflict: { reason: whyTorn(choice, parts), behind, loss: parts.loss(key, "usual") },
  };
}

/** Why the article's layout for all chains is not what a chain gets instead. */
function whyTorn({ table, chain, backends, forms }: LayoutChoice, parts: Parts): Conflict["reason"] {
  const flat = forms.find(({ form, obstacle }) => form === "flat" && obstacle === undefined);
  if (flat === undefined) return "order";
  const { expected, loss } = parts.costs(chainKey(table, chain), "usual");
  if (backends.some((backend) => loss[backend] > MOST_LOSS)) return "loss";
  const sum = (costs: Costs): number => sumCosts(costs, backends);
  if (sum(expected) >= sum(flat.expected)) return "cost";
  return forms.some(({ form, obstacle }) => form === "article" && obstacle === "sum") ? "sum" : "order";
}

/** Whether a form of a chain was measured. */
function isThere(key: string, form: ChainForm, parts: Parts, places: Grounds["places"]): boolean {
  if (form === "flat") return true;
  return parts.has(form) && (form === "article" || places[form].has(key));
}

/** A packet that goes through several chains may lose a little in each: then the one that it loses most in takes another form, or stays flat. */
function keepLossSmall(drafts: readonly LayoutChoice[], parts: Parts): readonly LayoutChoice[] {
  const choices = [...drafts];
  for (let left = choices.length * CHAIN_FORMS.length; left > 0; left--) {
    const taken = new Map(choices.map(({ table, chain, form }) => [chainKey(table, chain), form]));
    const worst = parts.mostLost(taken);
    if (worst === null || worst.loss <= MOST_LOSS) break;
    const at = choices.findIndex(
      ({ table, chain, form, forms }) =>
        chainKey(table, chain) === worst.owner && form !== "flat" && canStay(forms),
    );
    if (at === -1) break;
    const choice = choices[at]!;
    const forms = choice.forms.map(
      (each): FormCost => (each.form === choice.form ? { ...each, obstacle: "sum" } : each),
    );
    choices[at] = choose({ ...choice, forms }, parts);
  }
  return choices;
}

function canStay(forms: readonly FormCost[]): boolean {
  return forms.some(({ form, obstacle }) => form === "flat" && obstacle === undefined);
}
