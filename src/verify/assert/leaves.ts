/**
 * Diagrams with other leaves, questions about which leaves there are, and one leaf of our own.
 */
import type { Diagram } from "../symbolic/diagram.ts";
import { NO_EFFECTS } from "../symbolic/effects.ts";
import { SAME_MARKS } from "../symbolic/mark-map.ts";
import { LEAF, type Outcomes } from "../symbolic/outcomes.ts";

/** The diagram with each leaf put in place of another; `rename` is asked once a leaf. */
export function mapLeaves(diagram: Diagram, node: number, rename: (leaf: number) => number): number {
  const done = new Map<number, number>();
  const visit = (at: number): number => {
    const known = done.get(at);
    if (known !== undefined) return known;
    const { levels, lows, highs } = diagram;
    const result = at < 0 ? rename(at) : diagram.make(levels[at]!, visit(lows[at]!), visit(highs[at]!));
    done.set(at, result);
    return result;
  };
  return visit(node);
}

/** Condition that is TRUE where a diagram has that leaf. */
export function whereLeaf(diagram: Diagram, node: number, leaf: number): number {
  return mapLeaves(diagram, node, (found) => (found === leaf ? LEAF.TRUE : LEAF.FALSE));
}

/** The leaf of a packet that goes on to another hook: matches that are not modelled may answer otherwise there. */
export function nextHook(outcomes: Outcomes): number {
  const kind = { text: "the next hook", showsMark: false, changesState: true, asks: "" };
  return outcomes.goingOn({ effects: outcomes.effects.add(NO_EFFECTS, { kind, marks: SAME_MARKS }) });
}
