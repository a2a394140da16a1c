/**
 * Finds policy rules that are mark groups already: written by markify, or by hand after the article. They are recognised by what their chains do, under any
 * names and with any bits; what is not exactly of the form stays as it is, and is named.
 */
import { AXES, type Chain, type Rule, type Ruleset, type Table } from "../../model/types.ts";
import { hasUnparsed } from "../../model/unparsed.ts";
import { isKept, isRewritten } from "../segments.ts";
import type {
  ChainLayout,
  ClusterOptions,
  MarkBits,
  MarkSummary,
  OddChain,
  WrittenLayout,
} from "../types.ts";
import { readRuleChain } from "./rule-chain.ts";
import { asksGroups, knowChains } from "./known-chains.ts";
import { type GrowingRule, growTrees } from "./grow.ts";
import { findSharedChains } from "./shared.ts";
import { findRuns, note } from "./find-runs.ts";
import { type CalledRun, chainsOfRun, makeRunTrees } from "./run-tree.ts";
import { type CalledChain, findCall, makeMarkTrees, mayGrow, rulesOf } from "./tree.ts";
import { ruleBits } from "./used-bits.ts";

/** The mark groups of a ruleset. */
export interface MarkRules extends MarkSummary {
  /** One for each policy rule, in source order. */
  readonly trees: ReturnType<typeof growTrees>;
  /** All bits that the rule chains clear. */
  readonly own: number;
}

const NONE: MarkRules = {
  trees: [],
  bits: {},
  own: 0,
  rules: new Set(),
  odd: [],
  layouts: [],
};

/** Finds them; of each axis one bit (`given`: bits that are settled already). */
export function findMarkRules(ruleset: Ruleset, options: ClusterOptions, given: MarkBits = {}): MarkRules {
  const search: Search = { called: [], runs: [], tame: [], odd: [] };
  for (const table of ruleset.tables) findRuleChains(ruleset, table, options, search);
  return settle(ruleset, search, given);
}

/** What was found so far; the lists grow. */
interface Search {
  readonly called: CalledChain[];
  readonly runs: CalledRun[];
  /** Rules of chains that can't be taken, but that leave no bit either. */
  readonly tame: Rule[];
  readonly odd: OddChain[];
}

/** Finds the rule chains of one table, each with its call. */
function findRuleChains({ family }: Ruleset, table: Table, options: ClusterOptions, found: Search): void {
  // A rule that could not be read may jump anywhere.
  if (hasUnparsed(table)) return;
  // Of a table that is not rewritten nothing counts but which of its rules leave no bit.
  const unused: Search = { called: [], runs: [], tame: found.tame, odd: [] };
  const search = isRewritten(table.name, options) ? found : unused;
  const chains = table.chains.filter(({ name, policy }) => policy === null && !isKept(name, options));
  const idle = findIdleChains(table).map(({ name }) => name);
  const { known, read, groups, index } = knowChains(table, chains, idle, family);
  const { clears, idleClears } = known;
  const shared = findSharedChains(table, chains, known, index, options, search);
  const rest = chains.filter(({ name }) => !shared.has(name));
  const words = { family, index, groups, clears };
  const ofRuns = findRuns(table, rest, words, idleClears, options, search);
  for (const chain of rest) {
    const group = read.get(chain.name);
    if (typeof group === "string" && !ofRuns.has(chain.name)) note(search.odd, chain, group);
  }
  const candidates = rest.filter(
    (chain) => !known.groups.has(chain.name) && !ofRuns.has(chain.name) && asksGroups(chain, known),
  );
  const names = new Set([...candidates.map(({ name }) => name), ...ofRuns, ...shared]);
  for (const chain of candidates) {
    const ruleChain = readRuleChain(chain, known);
    const call =
      typeof ruleChain === "string" ? ruleChain : findCall(table, ruleChain, known, names, options);
    if (typeof call === "string") note(search.odd, chain, call);
    else search.called.push(call);
    if (typeof ruleChain !== "string" && ruleChain.verdict !== null)
      search.tame.push(...rulesOf(ruleChain, table));
  }
}

/** Leaves out what has other bits than the rest, and everything where others use the bits. */
function settle(ruleset: Ruleset, search: Search, given: MarkBits): MarkRules {
  const { called, runs, odd } = search;
  const agreed = agree(called, given);
  const agreeing = called.filter(({ read }) => {
    const group = read.groups.find(({ axis, bit }) => agreed[axis] !== bit);
    if (group !== undefined)
      note(odd, read.chain, `${group.name} has another bit than other groups of its kind`);
    return group === undefined;
  });
  // What shares a place goes as a whole or not at all.
  const kept = agreeing.filter(
    ({ shared: own }) =>
      own === undefined ||
      called.every((each) => each.shared?.chain !== own.chain || agreeing.includes(each)),
  );
  const masks = [...kept.map(({ read }) => read.mask), ...runs.map(({ run }) => run.mask)];
  const own = masks.reduce((all, mask) => (all | mask) >>> 0, 0);
  const trees = growTrees([...kept.flatMap(growingChains), ...runs.flatMap(growingRules)], ruleset.family);
  const rules = new Set([
    ...ruleset.tables.flatMap(findIdleChains).flatMap((chain) => chain.rules),
    ...search.tame,
    ...trees.flatMap(({ variants }) => variants[0]!.rules),
  ]);
  const user = findUser(ruleset, own, rules);
  if (user !== null) {
    for (const chain of [...kept.map(({ read }) => read.chain), ...runs.map(({ run }) => run.chain)])
      note(odd, chain, `line ${user.line} uses its mark bits, too`);
    return { ...NONE, odd };
  }
  if (trees.length === 0) return { ...NONE, odd };
  const used = new Set(trees.flatMap(({ variants }) => variants[0]!.sets.map(({ axis }) => axis)));
  const bits = Object.fromEntries(
    AXES.flatMap((axis) => (used.has(axis) && agreed[axis] !== undefined ? [[axis, agreed[axis]]] : [])),
  );
  return { trees, bits, own, rules, odd, layouts: findLayouts(kept, runs) };
}

/** The layout of each chain. Where they are mixed it is that of the rules which have most in common: rules that stand alone do so in any layout. */
function findLayouts(called: readonly CalledChain[], runs: readonly CalledRun[]): readonly WrittenLayout[] {
  const parts = [
    ...called.map(({ table, rule: { chain }, shared: own, read }) => {
      const layout: ChainLayout = own === undefined ? "article" : "shared";
      return { table: table.name, chain, layout, rules: 1 + read.rests.length };
    }),
    ...runs.map(({ table, call: { chain }, run }) => {
      return { table: table.name, chain, layout: "hoisted" as const, rules: run.policies.length };
    }),
  ];
  const layouts = new Map<string, WrittenLayout>();
  for (const part of parts) {
    const key = `${part.table} ${part.chain}`;
    const { layout, rules } = layouts.get(key) ?? { layout: "article", rules: 0 };
    layouts.set(key, {
      ...part,
      layout: part.layout === "article" ? layout : part.layout,
      rules: rules + part.rules,
    });
  }
  return [...layouts.values()];
}

/** A rule chain as flat rules may join it: one that asks in another order than they do, or after other tests, has none like it. */
function growingChains(called: CalledChain): readonly GrowingRule[] {
  const { table, read, rule, shared } = called;
  const isPlain = mayGrow(called);
  const chains = [read.chain.name, ...(shared === undefined ? [] : [shared.chain.name])];
  return makeMarkTrees(called).map((tree) => ({ table, tree, call: rule, chains, isPlain }));
}

function growingRules(called: CalledRun): readonly GrowingRule[] {
  const { table, run, call } = called;
  const chains = chainsOfRun(run);
  return makeRunTrees(called).map((tree) => ({ table, tree, call, chains, isPlain: true }));
}

/** The bit that each axis has first; no two have the same. Runs give their groups bits for themselves. */
function agree(called: readonly CalledChain[], given: MarkBits): MarkBits {
  const bits: { -readonly [axis in keyof MarkBits]: MarkBits[axis] } = { ...given };
  for (const { axis, bit } of called.flatMap(({ read }) => read.groups)) {
    if (bits[axis] === undefined && !Object.values(bits).includes(bit)) bits[axis] = bit;
  }
  return bits;
}

/** Chains that nothing leads into: no packet comes there. */
function findIdleChains({ chains }: Table): readonly Chain[] {
  const called = new Set(
    chains.flatMap(({ rules }) =>
      rules.flatMap(({ target }) => (target.kind === "jump" || target.kind === "goto" ? [target.chain] : [])),
    ),
  );
  return chains.filter(({ name, policy }) => policy === null && !called.has(name));
}

/** The first rule outside that uses some of the bits: then they need not be 0 there, and the chains can't be moved. */
function findUser({ tables }: Ruleset, own: number, rules: ReadonlySet<Rule>): Rule | null {
  if (own === 0) return null;
  const all = tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  return all.find((rule) => !rules.has(rule) && (ruleBits(rule) & own) !== 0) ?? null;
}
