/**
 * Chooses which policy rules are laid out together (`../layouts/hoisted.ts`): stretches of a chain with nothing else between them, cut where mark bits run out. All others stand alone, in
 * the article's layout.
 */
import { PolicySwaps } from "../../cluster/policy-swaps.ts";
import type { MarkSummary } from "../../cluster/types.ts";
import { chainDepths, DEEPEST_CHAIN } from "../../cluster/segments.ts";
import type { Rule, Ruleset } from "../../model/types.ts";
import { freeMarkBits } from "../../plan/marks.ts";
import { joinMarkBits } from "../../plan/own-bits.ts";
import { storedMembers } from "../../plan/storage.ts";
import type { ChainForm, Plan, PlanGroup } from "../../plan/types.ts";
import type { ChainEntry, MergedChain } from "../merge.ts";
import { hasExceptions, type MergedRule } from "../product.ts";
import { arrange } from "./arrange.ts";
import { RUN_LEVELS, type Run, rulesOf, type Unhoisted } from "./types.ts";

/** The runs of a ruleset. */
export interface Hoisting {
  readonly runs: readonly Run[];
  /** All chains, with the policy rules of runs in their new order. */
  readonly chains: readonly MergedChain[];
  readonly unhoisted: readonly Unhoisted[];
}

/** What each chain is to be. */
export type LayoutOf = (table: string, chain: string) => ChainForm;

/** Finds the runs of chains in the hoisted layout. */
export function findHoisting(
  ruleset: Ruleset,
  plan: Plan,
  chains: readonly MergedChain[],
  { marks, layoutOf }: { readonly marks: MarkSummary; readonly layoutOf: LayoutOf },
): Hoisting {
  const asked = chains.filter(({ table, chain }) => layoutOf(table, chain) === "hoisted");
  if (asked.length === 0) return { runs: [], chains, unhoisted: [] };
  const open = (freeMarkBits(ruleset, plan, marks) | joinMarkBits(plan.markBits)) >>> 0;
  // Who clears the whole mark may be anybody: one bit is left.
  const free = open === 0xffffffff ? 0x7fffffff : open;
  const isStored = (group: PlanGroup): boolean => storedMembers(group, plan.storage).length > 0;
  const depths = new Map(ruleset.tables.map((table) => [table.name, chainDepths(table)]));
  const isDeep = ({ table, chain }: MergedChain): boolean =>
    (depths.get(table)?.get(chain) ?? 0) + RUN_LEVELS > DEEPEST_CHAIN;
  const runs: Run[] = [];
  const arranged = chains.map((each): MergedChain => {
    const { table, chain, entries } = each;
    if (!asked.includes(each) || isDeep(each)) return each;
    const swaps = new PolicySwaps(ruleset.family);
    const order = cutStretches(entries, isStored).flatMap((stretch) => {
      const rules = stretch.flatMap((entry) => (entry.kind === "merged" ? [entry.merged] : []));
      if (rules.length < 2) return stretch;
      const found = arrange(rules, free, (one, other) => swaps.maySwap(one, other));
      runs.push(...found.flatMap((run) => (rulesOf(run).length > 1 ? [{ table, chain, ...run }] : [])));
      return found.flatMap(rulesOf).map((merged): ChainEntry => ({ kind: "merged", merged }));
    });
    return { ...each, entries: order };
  });
  const unhoisted = asked.flatMap((each) =>
    cutStretches(each.entries, () => false).flatMap((stretch) => {
      const rules = stretch.flatMap((entry) => (entry.kind === "merged" ? [entry.merged] : []));
      const isRow = isDeep(each) && rules.length > 1;
      return rules.filter(canBeHoisted).flatMap(({ policy: { name }, groups }): readonly Unhoisted[] => {
        if (groups.some(isStored)) return [{ name, why: "stored" }];
        return isRow ? [{ name, why: "deep" }] : [];
      });
    }),
  );
  return { runs, chains: arranged, unhoisted };
}

/** Policy rules in a row that may be in a run; everything else by itself. */
function cutStretches(
  entries: readonly ChainEntry[],
  isStored: (group: PlanGroup) => boolean,
): readonly (readonly ChainEntry[])[] {
  const stretches: ChainEntry[][] = [];
  let isOpen = false;
  for (const entry of entries) {
    const isOne =
      entry.kind === "merged" && canBeHoisted(entry.merged) && !entry.merged.groups.some(isStored);
    if (isOne && isOpen) stretches.at(-1)!.push(entry);
    else stretches.push([entry]);
    isOpen = isOne;
  }
  return stretches;
}

/** Tests on the line of a policy rule that read no header of a packet: then it is the same to ask them behind the addresses. */
const PLAIN_GUARD = /^(?:(?:! )?-[sdio] \S+|(?:! )?-f|-m iprange(?: (?:! )?--(?:src|dst)-range \S+)+)$/;

/** Whether a policy rule may be one of a run. Who reads the log of partial matches knows the bits of axes. */
function canBeHoisted(merged: MergedRule): boolean {
  const { policy, groups, negated, servicesFirst, template, rules } = merged;
  const { target } = template.rule;
  // A called chain may come back, and RETURN is the owner's: neither can be decided one chain further down.
  const decides =
    target.kind === "verdict"
      ? target.verdict !== "RETURN"
      : target.kind === "extension" && target.ends === "always";
  return (
    decides &&
    !servicesFirst &&
    policy.logPartial === undefined &&
    negated.length === 0 &&
    !hasExceptions(merged) &&
    groups.some(({ axis }) => axis !== "service") &&
    template.guard.every((guard) => PLAIN_GUARD.test(guard)) &&
    !rules.some(readsWholeMark)
  );
}

/** A test of the whole mark would see the bits of the run. */
function readsWholeMark({ matches }: Rule): boolean {
  return matches.some((match) => match.kind === "mark" && match.mask === 0xffffffff);
}
