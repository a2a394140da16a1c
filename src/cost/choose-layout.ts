/**
 * `layout: auto`: which layout the policy rules of each chain get. The whole ruleset is written in each layout, packets go through the old rules and
 * all of these, and each chain takes what its own part of their walks costs least, as long as no packet loses much by it. Where the flat rules are the fastest, they stay.
 */
import type { Ruleset } from "../model/types.ts";
import { findPolicyChanges } from "../plan/policy-change.ts";
import { ownFormOf } from "../plan/layout.ts";
import type { ChainForm, ChainLayout, Plan, PlanPolicyRule } from "../plan/types.ts";
import type { Rewritten } from "../rewrite/types.ts";
import { type RewriteChoices, rewriteRuleset, type RewriteResult } from "../rewrite/rewrite.ts";
import { chainKey } from "./estimate.ts";
import { backendsOf } from "../cluster/kernel-costs.ts";
import { measureRewrite } from "./measure-rewrite.ts";
import { chooseForms } from "./choose-forms.ts";
import type { Traffic } from "./traffic/types.ts";
import type { LayoutChoice } from "./types.ts";

/** A rewrite with what was chosen for it. */
export interface ChosenLayout extends RewriteResult {
  readonly choices: readonly LayoutChoice[];
}

/** What decides beside the plan: the traffic, where somebody told of it, and the use of places, where the order goes by it. */
export interface CostFacts {
  readonly traffic?: Traffic | null;
  readonly useOf?: RewriteChoices["useOf"] | undefined;
  /** What the article's layout for all chains comes to, in its own order; missing where that is the order here. */
  readonly usual?: Rewritten | undefined;
}

/** Rewrites one input of a plan in the layouts that cost least. */
export function rewriteCheapest(
  ruleset: Ruleset,
  plan: Plan,
  input: number,
  { traffic = null, useOf, usual }: CostFacts = {},
): ChosenLayout {
  const open = useOf === undefined ? {} : { useOf };
  const changes = findPolicyChanges(plan, input);
  const isChanged = changes.groups.length + changes.rules.length > 0;
  const rewriteAs = (layout: ChainLayout, isDraft: boolean): RewriteResult =>
    rewriteRuleset(ruleset, { ...plan, layout }, input, { ...open, isDraft });
  const article = rewriteAs("article", isChanged);
  const inArticle = (): RewriteResult => (isChanged ? rewriteAs("article", false) : article);
  if (article.rewritten === null) return { ...article, choices: [] };
  const shared = rewriteAs("shared", true).rewritten;
  const hoisted = rewriteAs("hoisted", true).rewritten;
  if (![article.rewritten, shared, hoisted].some((each) => each?.changed === true))
    return { ...inArticle(), choices: [] };
  const owners = findOwners(plan, input);
  const measure = (rewritten: Rewritten) =>
    measureRewrite(rewritten, { owners: new Set(owners.keys()), traffic });
  // Where nothing is laid out in another way, it is the article's.
  const places = { shared: keysOf(shared?.sharedOwners), hoisted: keysOf(hoisted?.runOwners) };
  const articles = measure(article.rewritten);
  const measured = {
    article: articles,
    usual: usual === undefined ? articles : measure(usual),
    shared: shared === null || places.shared.size === 0 ? [] : measure(shared),
    hoisted: hoisted === null || places.hoisted.size === 0 ? [] : measure(hoisted),
  };
  const backends = backendsOf(ruleset);
  const choices = chooseForms(owners, measured, { places, backends, isChanged });
  return carryOut(ruleset, plan, input, { inArticle, open, choices });
}

/** Chains, by their tables. */
function keysOf(chains: Rewritten["runOwners"] = []): ReadonlySet<string> {
  return new Set(chains.map(({ table, chain }) => chainKey(table, chain)));
}

/** The policy rules that are carried out, by their chains; those aside whose layout the plan says. */
function findOwners(plan: Plan, input: number): ReadonlyMap<string, readonly PlanPolicyRule[]> {
  const refused = new Set(plan.groups.flatMap(({ id, accept }) => (accept ? [] : [id])));
  const owners = new Map<string, readonly PlanPolicyRule[]>();
  for (const rule of plan.policyRules) {
    if (rule.input !== input || !rule.accept) continue;
    if (Object.values(rule.groups).some((id) => refused.has(id)) || ownFormOf(plan, rule) !== undefined)
      continue;
    const key = chainKey(rule.table, rule.chain);
    owners.set(key, [...(owners.get(key) ?? []), rule]);
  }
  return owners;
}

/** The choice, what is to be when it can't be carried out, and what the rewrite is told beside it. */
interface Outcome {
  readonly inArticle: () => RewriteResult;
  readonly open: RewriteChoices;
  readonly choices: readonly LayoutChoice[];
}

/** Rewrites with the chosen forms; chains that the plan says the layout of have that. */
function carryOut(
  ruleset: Ruleset,
  plan: Plan,
  input: number,
  { inArticle, open, choices }: Outcome,
): ChosenLayout {
  const forms = new Map(choices.map(({ table, chain, form }) => [chainKey(table, chain), form]));
  const layoutOf = (table: string, chain: string): ChainForm =>
    forms.get(chainKey(table, chain)) ?? ownFormOf(plan, { input, table, chain }) ?? "article";
  const result = rewriteRuleset(ruleset, plan, input, { ...open, layoutOf });
  if (result.rewritten !== null) return { ...result, choices };
  // Chains of the file that share what is to go can't be written apart.
  const refused = choices.map((choice): LayoutChoice => ({ ...choice, form: "article", unknown: "refused" }));
  return { ...inArticle(), choices: refused };
}
