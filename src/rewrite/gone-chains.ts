/**
 * Which chains of a table go when rules are merged: those that a policy rule is already, and the group chains that then nobody calls any more.
 */
import type { MarkGroup } from "../cluster/marks/groups.ts";
import type { Rule, Table } from "../model/types.ts";
import type { MarkBits, PlanGroup } from "../plan/types.ts";
import type { MergedRule } from "./product.ts";

/** Names of the chains that go. A chain that is shared goes when all its rules and all its callers belong to what is merged. */
export function findGoneChains(table: Table, merged: readonly MergedRule[]): ReadonlySet<string> {
  const gone = new Set(merged.flatMap(({ replaces }) => replaces));
  if (gone.size === 0) return gone;
  const rules = new Set(merged.flatMap((each) => each.rules));
  const callers = new Map<string, Rule[]>();
  for (const chain of table.chains) {
    for (const rule of chain.rules) {
      if (rule.target.kind !== "jump" && rule.target.kind !== "goto") continue;
      const list = callers.get(rule.target.chain) ?? [];
      list.push(rule);
      callers.set(rule.target.chain, list);
    }
  }
  const shared = new Set(
    merged.flatMap(({ policy, replaces, rules: own }) =>
      own.map(({ chain }) => chain).filter((chain) => chain !== policy.chain && !replaces.includes(chain)),
    ),
  );
  for (const chain of table.chains) {
    const calls = callers.get(chain.name) ?? [];
    if (shared.has(chain.name) && [...chain.rules, ...calls].every((rule) => rules.has(rule)))
      gone.add(chain.name);
  }
  return gone;
}

/** Whether a chain that stays is a group already, as the plan has it: then the new rule chains call it where it is. */
export function isGroupChain(
  read: MarkGroup | string | undefined,
  group: PlanGroup,
  bits: MarkBits,
): boolean {
  if (read === undefined || typeof read === "string") return false;
  const members = new Set(group.members);
  return (
    read.axis === group.axis &&
    read.bit === bits[group.axis] &&
    read.tokens.length === members.size &&
    read.tokens.every(({ key }) => members.has(key))
  );
}
