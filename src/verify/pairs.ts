/**
 * Which tables of two rulesets belong together, and which need no packets because they say the same.
 */
import { ruleKey } from "../model/match-key.ts";
import type { Chain, Rule, Ruleset, Table } from "../model/types.ts";
import { isUnparsed } from "../model/unparsed.ts";
import { cutsHeaders } from "./header-cutters.ts";
import type { TablePair } from "./sample/compile.ts";
import { tellSetsApart } from "./same-set-names.ts";
import { findFault } from "./sample/reach.ts";

/** A pair to compare, and what had to be assumed to compare it. */
export interface PairedTable {
  readonly pair: TablePair;
  readonly isIdentical: boolean;
  /** Sentences about tables and base chains that one side lacks. */
  readonly limits: readonly string[];
}

/** All tables of either side: the old one's in file order, then those that only the new one has. */
export function pairTables(old: Ruleset, given: Ruleset): readonly PairedTable[] {
  const now = tellSetsApart(old, given);
  const names = new Set([...old.tables, ...now.tables].map((table) => table.name));
  const cut = cutsHeaders([old, now]);
  return [...names].map((name) => {
    const [oldTable, newTable] = [find(old, name), find(now, name)];
    const limits: string[] = [];
    if (find(old, name) === undefined) limits.push(absent("old", name));
    if (find(now, name) === undefined) limits.push(absent("new", name));
    const hooks = baseNames([oldTable, newTable]);
    const pair = {
      name,
      family: old.family,
      old: withBaseChains(oldTable, name, hooks, "old", limits),
      new: withBaseChains(newTable, name, hooks, "new", limits),
      cutsHeaders: cut,
    };
    return { pair, isIdentical: isSameTable(pair.old, pair.new), limits };
  });
}

function find(ruleset: Ruleset, name: string): Table | undefined {
  return ruleset.tables.find((table) => table.name === name);
}

function absent(side: string, name: string): string {
  return `The ${side} ruleset has no table ${name}; it counts as empty, with policy ACCEPT.`;
}

function baseNames(tables: readonly (Table | undefined)[]): readonly string[] {
  const chains = tables.flatMap((table) => table?.chains ?? []);
  return [...new Set(chains.filter((chain) => chain.policy !== null).map((chain) => chain.name))];
}

function withBaseChains(
  table: Table | undefined,
  name: string,
  hooks: readonly string[],
  side: string,
  limits: string[],
): Table {
  const chains: readonly Chain[] = table?.chains ?? [];
  const missing = hooks.filter((hook) => !chains.some((chain) => chain.name === hook));
  if (table !== undefined) {
    for (const hook of missing) {
      limits.push(
        `The ${side} ruleset does not declare ${hook} in table ${name}; it counts as empty, with policy ACCEPT.`,
      );
    }
  }
  const added = missing.map((hook): Chain => ({ name: hook, policy: "ACCEPT", line: 0, rules: [] }));
  return { name, firstLine: 0, lastLine: 0, ...table, chains: [...chains, ...added] };
}

/** True when both have the same chains with the same policies and, in order, the same rules, comments and counters aside. */
function isSameTable(one: Table, other: Table): boolean {
  if (one.chains.length !== other.chains.length) return false;
  const others = new Map(other.chains.map((chain) => [chain.name, chain]));
  return one.chains.every((chain) => {
    const twin = others.get(chain.name);
    return (
      twin !== undefined &&
      twin.policy === chain.policy &&
      twin.rules.length === chain.rules.length &&
      chain.rules.every((rule, index) => sameKey(rule) === sameKey(twin.rules[index]!))
    );
  });
}

function sameKey(rule: Rule): string {
  // Nothing is known of its words: they have to be the same ones, and can't be those of a rule that was read.
  return isUnparsed(rule) ? `unparsed\n${rule.target.text}` : ruleKey(rule);
}

/** Why two rulesets can't be compared at all: another family, a chain that is missing, a loop; null when they can. */
export function faultOf(old: Ruleset, now: Ruleset, paired: readonly PairedTable[]): string | null {
  if (old.family !== now.family) return `the old ruleset is ${old.family}, the new one ${now.family}`;
  for (const table of paired.flatMap(({ pair }) => [pair.old, pair.new])) {
    const fault = findFault(table);
    if (fault !== null) return fault;
  }
  return null;
}
