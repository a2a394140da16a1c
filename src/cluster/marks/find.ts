/**
 * Finds policy rules that are mark groups already: written by markify, or by hand after the article. They are recognised by what their chains do, under any
 * names and with any bits; what is not exactly of the form stays as it is, and is named.
 */
import { AXES, type Chain, type Family, type Rule, type Ruleset, type Table } from "../../model/types.ts";
import { hasUnparsed } from "../../model/unparsed.ts";
import { isKept, isRewritten } from "../segments.ts";
import type { Tree } from "../trees.ts";
import type { ClusterOptions, MarkBits, MarkSummary, OddChain } from "../types.ts";
import { type MarkGroup, readClearChain, readMarkGroups, readNegation } from "./groups.ts";
import { type MarkChains, readRuleChain } from "./rule-chain.ts";
import { growTrees } from "./grow.ts";
import { type CalledChain, findCall, makeMarkTree, rulesOf } from "./tree.ts";
import { ruleBits } from "./used-bits.ts";

/** The mark groups of a ruleset. */
export interface MarkRules extends MarkSummary {
  /** One for each policy rule, in source order. */
  readonly trees: readonly Tree[];
  /** All bits that the rule chains clear. */
  readonly own: number;
}

const NONE: MarkRules = { trees: [], bits: {}, own: 0, rules: new Set(), odd: [] };

/** Finds them; of each axis one bit (`given`: bits that are settled already). */
export function findMarkRules(ruleset: Ruleset, options: ClusterOptions, given: MarkBits = {}): MarkRules {
  const search: Search = { called: [], tame: [], odd: [] };
  for (const table of ruleset.tables) findRuleChains(ruleset, table, options, search);
  return settle(ruleset, search, given);
}

/** What was found so far; the lists grow. */
interface Search {
  readonly called: CalledChain[];
  /** Rules of chains that can't be taken, but that leave no bit either. */
  readonly tame: Rule[];
  readonly odd: OddChain[];
}

/** Finds the rule chains of one table, each with its call. */
function findRuleChains(
  { family }: Ruleset,
  table: Table,
  options: ClusterOptions,
  { called, tame, odd }: Search,
): void {
  // A rule that could not be read may jump anywhere.
  if (hasUnparsed(table)) return;
  const isTaken = isRewritten(table.name, options);
  const chains = table.chains.filter(({ name, policy }) => policy === null && !isKept(name, options));
  const groups = new Map<string, MarkGroup>();
  const clears = new Map<string, number>();
  const read = readMarkGroups(chains, family);
  for (const chain of chains) {
    const group = read.get(chain.name);
    if (typeof group === "string") {
      if (isTaken) note(odd, chain, group);
    } else if (group !== undefined) groups.set(chain.name, group);
    const cleared = readClearChain(chain);
    if (cleared !== 0) clears.set(chain.name, cleared);
  }
  const idle = findIdleChains(table).map(({ name }) => name);
  const negations = findNegations(chains, family);
  const idleClears = idle.filter((name) => clears.has(name));
  const known: MarkChains = { family, groups, negations, clears, idleClears };
  const candidates = chains.filter((chain) => !groups.has(chain.name) && asksGroups(chain, known));
  const asked = new Set(candidates.flatMap(jumpsOf));
  for (const chain of chains)
    if (isTaken && asked.has(chain.name) && negations.has(chain.name))
      note(odd, chain, negations.get(chain.name)!);
  const names = new Set(candidates.map(({ name }) => name));
  for (const chain of candidates) {
    const ruleChain = readRuleChain(chain, known);
    if (isTaken) {
      const call =
        typeof ruleChain === "string" ? ruleChain : findCall(table, ruleChain, known, names, options);
      if (typeof call === "string") note(odd, chain, call);
      else called.push(call);
    }
    if (typeof ruleChain !== "string" && ruleChain.verdict !== null) tame.push(...rulesOf(ruleChain, table));
  }
}

function findNegations(chains: readonly Chain[], family: Family): ReadonlyMap<string, string> {
  return new Map(
    chains.flatMap((chain) => {
      const why = readNegation(chain, family);
      return why === null ? [] : [[chain.name, why] as const];
    }),
  );
}

/** One that asks nothing but negated groups has to test marks, too: many chains set a bit for who is left. */
function asksGroups(chain: Chain, { groups, negations }: MarkChains): boolean {
  const asked = jumpsOf(chain);
  if (asked.some((name) => groups.has(name))) return true;
  const testsMarks = chain.rules.some(({ matches }) => matches.some(({ kind }) => kind === "mark"));
  return testsMarks && asked.some((name) => negations.has(name));
}

function jumpsOf({ rules }: Chain): readonly string[] {
  return rules.flatMap(({ target }) => (target.kind === "jump" ? [target.chain] : []));
}

function note(odd: OddChain[], { name, line, rules }: Chain, why: string): void {
  odd.push({ chain: name, line: rules[0]?.line ?? line, why });
}

/** Leaves out what has other bits than the rest, and everything where others use the bits. */
function settle(ruleset: Ruleset, search: Search, given: MarkBits): MarkRules {
  const { called, odd } = search;
  const agreed = agree(called, given);
  const kept = called.filter(({ read }) => {
    const group = read.groups.find(({ axis, bit }) => agreed[axis] !== bit);
    if (group !== undefined)
      note(odd, read.chain, `${group.name} has another bit than other groups of its kind`);
    return group === undefined;
  });
  const own = kept.reduce((mask, { read }) => (mask | read.mask) >>> 0, 0);
  const start = kept.map((each) => ({ called: each, tree: makeMarkTree(each) }));
  const trees = growTrees(start, ruleset.family);
  const rules = new Set([
    ...ruleset.tables.flatMap(findIdleChains).flatMap((chain) => chain.rules),
    ...search.tame,
    ...trees.flatMap(({ variants }) => variants[0]!.rules),
  ]);
  const user = findUser(ruleset, own, rules);
  if (user !== null) {
    for (const { read } of kept) note(odd, read.chain, `line ${user.line} uses its mark bits, too`);
    return { ...NONE, odd };
  }
  if (kept.length === 0) return { ...NONE, odd };
  const used = new Set(kept.flatMap(({ read }) => read.groups.map(({ axis }) => axis)));
  const bits = Object.fromEntries(AXES.flatMap((axis) => (used.has(axis) ? [[axis, agreed[axis]]] : [])));
  return { trees, bits, own, rules, odd };
}

/** The bit that each axis has first; no two have the same. */
function agree(called: readonly CalledChain[], given: MarkBits): MarkBits {
  const bits: { -readonly [axis in keyof MarkBits]: MarkBits[axis] } = { ...given };
  for (const { read } of called) {
    for (const { axis, bit } of read.groups) {
      if (bits[axis] === undefined && !Object.values(bits).includes(bit)) bits[axis] = bit;
    }
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
  const all = tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  return all.find((rule) => !rules.has(rule) && (ruleBits(rule) & own) !== 0) ?? null;
}
