/**
 * The groups that a walk asked: chains of a mark-group ruleset, known by their form and not by any plan.
 */
import type { Rule } from "../../model/types.ts";
import type { Table } from "../../model/types.ts";
import type { TableWalk } from "./walk.ts";
import type { WalkedGroups } from "./types.ts";

/**
 * User-defined chains with rules, all of which set bits of the mark (`-j MARK --set-xmark V/M` with V inside M) or ask another chain of the kind: for every packet one that is a group,
 * too, for some packets one that is a part of theirs.
 */
function findGroupChains({ chains }: Table): ReadonlySet<string> {
  const groups = new Set<string>();
  const isAsked = ({ matches, target }: Rule) =>
    target.kind === "jump" && groups.has(target.chain) && !(matches.length > 0 && isSetter(target.chain));
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  // What does nothing but set a bit is a group for itself, whoever calls it.
  const isSetter = (name: string): boolean => {
    const { rules } = byName.get(name)!;
    return rules.length === 1 && rules[0]!.matches.length === 0;
  };
  const open = chains.filter(({ policy, rules }) => policy === null && rules.length > 0);
  // One that asks another is known once that is.
  for (let before = -1; before < groups.size; ) {
    before = groups.size;
    for (const { name, rules } of open)
      if (rules.some(asksOrSets) && rules.every((rule) => isMember(rule) || isAsked(rule))) groups.add(name);
  }
  return groups;
}

/** With nothing of its own, a chain that asks groups may be anything. */
function asksOrSets(rule: Rule): boolean {
  return isMember(rule) || rule.matches.length > 0;
}

function isMember({ target }: Rule): boolean {
  return target.kind === "mark" && target.flip !== 0 && (target.flip & ~target.clear) === 0;
}

/** Chains that groups call for some packets alone: a part of a tree is no group of its own. */
function findBranches({ chains }: Table, groups: ReadonlySet<string>): ReadonlySet<string> {
  const rules = chains.filter(({ name }) => groups.has(name)).flatMap((chain) => chain.rules);
  return new Set(
    rules.flatMap(({ matches, target }) =>
      target.kind === "jump" && matches.length > 0 ? [target.chain] : [],
    ),
  );
}

/** The group that each rule is a member's line of; in a tree, the one that the tree is of. */
export function memberLines(table: Table): ReadonlyMap<Rule, string> {
  const groups = findGroupChains(table);
  const roots = new Map(
    [...findBranches(table, groups)].map((name) => [name, callerOf(table, groups, name)]),
  );
  const lines = new Map<Rule, string>();
  for (const { name, rules } of table.chains) {
    if (!groups.has(name)) continue;
    let root = name;
    // A chain calls none that calls it: an upper one is met at last.
    for (let upper = roots.get(root); upper !== undefined; upper = roots.get(root)) root = upper;
    for (const rule of rules.filter(isMember)) lines.set(rule, root);
  }
  return lines;
}

function callerOf({ chains }: Table, groups: ReadonlySet<string>, name: string): string {
  const calls = ({ matches, target }: Rule) =>
    target.kind === "jump" && matches.length > 0 && target.chain === name;
  return chains.find((chain) => groups.has(chain.name) && chain.rules.some(calls))!.name;
}

/** Groups in the order in which they were first asked; one that was asked twice has matched when it matched once, and so has one that asked it. */
export function findGroupsOf(walks: readonly (readonly [Table, TableWalk])[]): WalkedGroups {
  const asked = new Map<string, boolean>();
  for (const [table, { steps, stop }] of walks) {
    const groups = findGroupChains(table);
    const branches = findBranches(table, groups);
    const own = table.chains.filter(({ name }) => groups.has(name)).flatMap(({ rules }) => rules);
    const members = new Set(own.filter(isMember).map(({ line }) => line));
    // Groups that the packet is in, by the depth of their chains.
    let inside: (readonly [chain: string, depth: number])[] = [];
    for (const step of steps) {
      if (step.kind === "enter") {
        inside = inside.filter(([, depth]) => depth < step.depth);
        if (step.by !== "jump" || !groups.has(step.chain) || branches.has(step.chain)) continue;
        asked.set(step.chain, asked.get(step.chain) ?? false);
        inside.push([step.chain, step.depth]);
      }
      if (step.kind === "rule" && step.result === "matched" && members.has(step.line))
        for (const [chain, depth] of inside) if (depth <= step.depth) asked.set(chain, true);
    }
    // Whether the packet is in a group in which the walk stopped is not known.
    const end = steps.at(-1);
    if (stop === null || end === undefined) continue;
    for (const [chain, depth] of inside)
      if (depth <= end.depth && asked.get(chain) === false) asked.delete(chain);
  }
  const names = (wanted: boolean) =>
    [...asked].filter(([, matched]) => matched === wanted).map(([name]) => name);
  return { matched: names(true), notMatched: names(false) };
}
