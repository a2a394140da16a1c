/**
 * The groups that a walk asked: chains of a mark-group ruleset, known by their form and not by any plan.
 */
import type { Chain, Rule } from "../../model/types.ts";
import type { Table } from "../../model/types.ts";
import type { TableWalk } from "./walk.ts";
import type { WalkedGroups } from "./types.ts";

/** True for a user-defined chain with rules, all of which set bits of the mark: `-j MARK --set-xmark V/M` with V inside M. */
export function isGroupChain({ policy, rules }: Chain): boolean {
  return policy === null && rules.length > 0 && rules.every(isMember);
}

function isMember({ target }: Rule): boolean {
  return target.kind === "mark" && target.flip !== 0 && (target.flip & ~target.clear) === 0;
}

/** Groups in the order in which they were first asked; one that was asked twice has matched when it matched once. */
export function findGroupsOf(walks: readonly (readonly [Table, TableWalk])[]): WalkedGroups {
  const asked = new Map<string, boolean>();
  for (const [table, { steps }] of walks) {
    const groups = new Set(table.chains.filter(isGroupChain).map(({ name }) => name));
    for (const step of steps) {
      if (!groups.has(step.chain)) continue;
      if (step.kind === "enter" && step.by === "jump") asked.set(step.chain, asked.get(step.chain) ?? false);
      if (step.kind === "rule" && step.result === "matched" && asked.has(step.chain))
        asked.set(step.chain, true);
    }
  }
  const names = (wanted: boolean) =>
    [...asked].filter(([, matched]) => matched === wanted).map(([name]) => name);
  return { matched: names(true), notMatched: names(false) };
}
