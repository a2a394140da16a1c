/**
 * What an audit of a plan holds it against: the rules of its inputs, as the search for groups sees them.
 */
import type { Movable } from "../cluster/features.ts";
import { type CutChain, cutTable } from "../cluster/segments.ts";
import type { ClusterOptions, FlatReason } from "../cluster/types.ts";
import type { Rule, Ruleset } from "../model/types.ts";

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
