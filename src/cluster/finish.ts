/**
 * The last touches to products, once it is known which groups there are.
 */
import type { Rule } from "../model/types.ts";
import type { Movable } from "./features.ts";
import type { OpenSegment } from "./round.ts";
import { splitUnions } from "./split-unions.ts";
import type { Product } from "./types.ts";

/**
 * All products in the order of their first rules, those found elsewhere (`others`) among them; unions of groups are split. `home`: the
 * segments that any of them are in.
 */
export function finishProducts(
  segments: readonly OpenSegment[],
  others: readonly Product[],
  home: readonly OpenSegment[],
): Product[] {
  const all = [...others, ...segments.flatMap(({ products }) => products)];
  all.sort((left, right) => left.rules[0]!.line - right.rules[0]!.line);
  return [...splitUnions(all, movablesOf(home))];
}

/** Looks rules up that are in segments. */
function movablesOf(segments: readonly OpenSegment[]): (rule: Rule) => Movable {
  const byRule = new Map<Rule, Movable>();
  return (rule) => {
    // Made when it is asked for the first time: few rulesets have anything to split.
    if (byRule.size === 0)
      for (const { segment } of segments)
        for (const { movable } of segment.items) byRule.set(movable.rule, movable);
    return byRule.get(rule)!;
  };
}
