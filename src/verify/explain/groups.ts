/**
 * The groups that a walk asked: chains of a mark-group ruleset, known by their form and not by any plan.
 */
import type { Rule, Table } from "../../model/types.ts";
import type { TableWalk } from "./walk.ts";
import type { WalkedGroups } from "./types.ts";

/**
 * The group that each chain is, or is a part of: user-defined chains with rules, all of which set bits of the mark (`-j MARK --set-xmark V/M` with V inside M), or call for
 * some packets another chain of that kind.
 */
export function findGroupChains({ chains }: Table): ReadonlyMap<string, string> {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const partsOf = new Map<string, readonly string[] | null>();
  // The chains of a group; null for a chain that is none. One that is being read, and calls itself, is none either.
  const read = (name: string): readonly string[] | null => {
    const known = partsOf.get(name);
    if (known !== undefined) return known;
    partsOf.set(name, null);
    const chain = byName.get(name);
    if (chain === undefined || chain.policy !== null || chain.rules.length === 0) return null;
    const parts = chain.rules.map((rule) => {
      if (isMember(rule)) return [];
      return rule.target.kind === "jump" && rule.matches.length > 0 ? read(rule.target.chain) : null;
    });
    const found = parts.includes(null) ? null : [name, ...parts.flatMap((part) => part ?? [])];
    partsOf.set(name, found);
    return found;
  };
  for (const { name } of chains) read(name);
  // The largest that a chain is in comes last.
  const bySize = [...partsOf].sort(([, one], [, other]) => (one?.length ?? 0) - (other?.length ?? 0));
  return new Map(bySize.flatMap(([name, parts]) => (parts ?? []).map((part) => [part, name] as const)));
}

function isMember({ target }: Rule): boolean {
  return target.kind === "mark" && target.flip !== 0 && (target.flip & ~target.clear) === 0;
}

/** Groups in the order in which they were first asked; one that was asked twice has matched when it matched once. */
export function findGroupsOf(walks: readonly (readonly [Table, TableWalk])[]): WalkedGroups {
  const asked = new Map<string, boolean>();
  for (const [table, { steps }] of walks) {
    const groups = findGroupChains(table);
    const members = new Set(
      table.chains.flatMap(({ rules }) => rules.filter(isMember).map(({ line }) => line)),
    );
    for (const step of steps) {
      const group = groups.get(step.chain);
      if (group === undefined) continue;
      if (step.kind === "enter" && step.by === "jump") asked.set(group, asked.get(group) ?? false);
      const isHit = step.kind === "rule" && step.result === "matched" && members.has(step.line);
      if (isHit && asked.has(group)) asked.set(group, true);
    }
  }
  const names = (wanted: boolean) =>
    [...asked].filter(([, matched]) => matched === wanted).map(([name]) => name);
  return { matched: names(true), notMatched: names(false) };
}
