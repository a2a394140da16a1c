/**
 * What an audit of a plan holds it against: the rules of its inputs, as the search for groups sees them.
 */
import type { Movable } from "../cluster/features.ts";
import { type CutChain, cutTable } from "../cluster/segments.ts";
import type { ClusterOptions, FlatReason } from "../cluster/types.ts";
import { AXES, type Rule, type Ruleset } from "../model/types.ts";
import { partsOfLine } from "./line-parts.ts";
import type { Plan } from "./types.ts";

/** A rule of an input, as the search for groups would see it. */
export interface Fact {
  readonly rule: Rule;
  readonly table: string;
  readonly movable: Movable | null;
  /** Why it can't be moved; null where it can. */
  readonly reason: FlatReason | null;
}

/** All rules of an input, by line. */
export function collectFacts(ruleset: Ruleset, options: ClusterOptions): ReadonlyMap<number, Fact> {
  const facts = new Map<number, Fact>();
  const add = (table: string, { pieces }: CutChain): void => {
    for (const piece of pieces) {
      if (piece.kind === "barrier") {
        const { rule, reason } = piece;
        facts.set(rule.line, { rule, table, movable: null, reason });
      } else {
        for (const movable of piece.rules) {
          facts.set(movable.rule.line, { rule: movable.rule, table, movable, reason: null });
        }
      }
    }
  };
  for (const table of ruleset.tables) {
    for (const chain of cutTable(table, ruleset, options)) add(table.name, chain);
  }
  return facts;
}

/** Services that lines say only together with others: those that policy rules mean by them. */
export function collectParts(plan: Plan, facts: readonly ReadonlyMap<number, Fact>[]): ReadonlySet<string> {
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  const parts = new Set<string>();
  for (const policy of plan.policyRules) {
    if (policy.combinations === undefined) continue;
    const used = AXES.flatMap((axis) => groups.get(policy.groups[axis] ?? "") ?? []);
    for (const line of policy.lines) {
      const movable = facts[policy.input]?.get(line)?.movable;
      if (movable === null || movable === undefined) continue;
      for (const { tokens } of partsOfLine(policy, used, movable))
        parts.add(tokens[AXES.indexOf("service")]?.key ?? "");
    }
  }
  return parts;
}
