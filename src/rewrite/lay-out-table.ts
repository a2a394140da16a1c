/**
 * All new chains of a table: those of its groups, its policy rules and its runs, and the calls that stand in the owners' chains.
 */
import { chainDepths, DEEPEST_CHAIN } from "../cluster/segments.ts";
import type { Table } from "../model/types.ts";
import { ChainNames } from "./chain-names.ts";
import { collectGroups } from "./collect-groups.ts";
import { type GroupChain, nestGroups } from "./nested-groups.ts";
import { type CommentedRule, layOutClear, layOutRule, type RuleChain, ruleTitle } from "./layouts/article.ts";
import type { LayoutContext, NewChain } from "./layouts/context.ts";
import { layOutGroupChains } from "./layouts/group.ts";
import { layOutRunChains, type Run, rulesOf } from "./layouts/run-chains.ts";
import { layOutSharedRuns } from "./layouts/shared.ts";
import type { ChainEntry, MergedChain, MergedRule } from "./merge.ts";
import type { RewrittenLine } from "./types.ts";

/** A table that is to be laid out. */
export interface TableParts {
  readonly table: Table;
  /** In their new order. */
  readonly chains: readonly MergedChain[];
  readonly runs: readonly Run[];
  /** The comment of each policy rule, a whole `-m comment …`, or empty. */
  readonly comments: ReadonlyMap<MergedRule, string>;
  /** Names of chains that stay. */
  readonly staying: ReadonlySet<string>;
}

/** What was made. */
export interface TableLayout {
  /** For each policy rule the lines in its owner's chain; none for those that an earlier one's line stands for. */
  readonly calls: ReadonlyMap<MergedRule, readonly RewrittenLine[]>;
  /** Declarations, then the rules of all new chains, each below its title. */
  readonly lines: readonly RewrittenLine[];
  readonly names: readonly string[];
  /** Names of groups of which the chain is a tree. */
  readonly trees: readonly string[];
  readonly rules: number;
}

/** Lays out everything. */
export function layOutTable(parts: TableParts, context: LayoutContext): TableLayout {
  const { table, runs, comments, staying } = parts;
  const merged = [...comments.keys()];
  const hoisted = new Set(runs.flatMap(rulesOf));
  const alone = merged.filter((rule) => !hoisted.has(rule));
  const groups = collectGroups(alone);
  nestGroups(groups, alone, table);
  const made = merged.flatMap((rule) => [rule.policy.name, ...rule.groups.map(({ name }) => name)]);
  const names = new ChainNames([...staying, ...made, context.clearChain]);
  const depths = chainDepths(table);
  const depthOf = (chain: string): number => depths.get(chain) ?? 0;
  // Below its owner stand the rule chain and the group's own, and the chain that asks the source.
  const sharing = context.shared.filter((run) => run.table === table.name);
  const deeper = new Set(sharing.flatMap(({ rules }) => rules));
  const rootDepth = (rule: MergedRule): number => depthOf(rule.policy.chain) + (deeper.has(rule) ? 3 : 2);
  const groupChains = groups
    .filter(({ group }) => !staying.has(group.name))
    .map((used) => {
      const levels = DEEPEST_CHAIN - findDepth(used, groups, rootDepth);
      return layOutGroupChains(used, context, { family: context.family, levels, names });
    });
  const given = new Set([...staying, ...groups.map(({ group }) => group.name)]);
  const running = layOutRunChains({ runs, comments, depthOf, names, given }, context);
  const shared = layOutSharedRuns(sharing, comments, names, context);
  const laidOut = new Map([...running.rules, ...shared.rules]);
  const { calls, ruleChains } = layOutRules(parts, laidOut, names, context);
  const clear: NewChain = {
    name: context.clearChain,
    title: `${context.clearChain}: clears the mark bits of the groups and leaves`,
    lines: [layOutClear(context)],
  };
  const all = [
    ...groupChains.flat(),
    ...running.chains,
    ...shared.chains,
    ...ruleChains,
    ...running.endings,
    ...(context.own === 0 ? [] : [clear]),
  ];
  return {
    calls,
    ...printChains(all),
    names: all.map(({ name }) => name),
    trees: groupChains.flatMap(([root, ...branches]) => (branches.length > 0 ? [root!.name] : [])),
  };
}

/** How deep the chain of a group stands, at most: below the policy rules that use it, and below groups that ask it for a part. */
function findDepth(
  chain: GroupChain,
  all: readonly GroupChain[],
  rootDepth: (rule: MergedRule) => number,
): number {
  const holders = all.filter(({ parts }) => parts.includes(chain));
  return Math.max(
    ...chain.rules.map(rootDepth),
    ...holders.map((holder) => findDepth(holder, all, rootDepth) + 1),
  );
}

/** The chain of each policy rule, and its lines in its owner's. */
function layOutRules(
  { chains, comments }: TableParts,
  running: ReadonlyMap<MergedRule, RuleChain>,
  names: ChainNames,
  context: LayoutContext,
): { readonly calls: TableLayout["calls"]; readonly ruleChains: readonly NewChain[] } {
  const calls = new Map<MergedRule, readonly RewrittenLine[]>();
  const ruleChains: NewChain[] = [];
  const commented = (merged: MergedRule): CommentedRule => ({ merged, comment: comments.get(merged)! });
  for (const { chain, entries } of chains) {
    const restsOf = collectRests(entries);
    for (const entry of entries) {
      if (entry.kind !== "merged" || calls.has(entry.merged)) continue;
      const rule = entry.merged;
      if (entry.behind !== undefined) {
        calls.set(rule, []);
        continue;
      }
      const rests = restsOf.get(rule) ?? [];
      const whole = { ...commented(rule), rests: rests.map(commented) };
      const layout = running.get(rule) ?? layOutRule(whole, chain, names, context);
      calls.set(rule, layout.calls);
      const { name } = rule.policy;
      ruleChains.push({ name, title: ruleTitle(rule, rests), lines: layout.lines }, ...(layout.chains ?? []));
    }
  }
  return { calls, ruleChains };
}

/** The rests of policy rules, in their order. */
function collectRests(entries: readonly ChainEntry[]): ReadonlyMap<MergedRule, readonly MergedRule[]> {
  const rests = new Map<MergedRule, MergedRule[]>();
  for (const entry of entries) {
    if (entry.kind !== "merged" || entry.behind === undefined) continue;
    const list = rests.get(entry.behind);
    if (list === undefined) rests.set(entry.behind, [entry.merged]);
    else list.push(entry.merged);
  }
  return rests;
}

/** Declarations, then rules. */
function printChains(chains: readonly NewChain[]): Pick<TableLayout, "lines" | "rules"> {
  return {
    lines: [
      ...chains.map(({ name }) => ({ text: `:${name} - [0:0]`, origins: [] })),
      ...chains.flatMap(({ title, lines }) =>
        title === undefined ? lines : [{ text: `# ${title}`, origins: [] }, ...lines],
      ),
    ],
    rules: chains.reduce((sum, { lines }) => sum + lines.length, 0),
  };
}
