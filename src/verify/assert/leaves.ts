/**
 * Diagrams with other leaves, questions about which leaves there are, and one leaf of our own.
 */
import type { Diagram } from "../symbolic/diagram.ts";
import { NO_EFFECTS } from "../symbolic/effects.ts";
import { mapLeaves } from "../symbolic/map-leaves.ts";
import { SAME_MARKS } from "../symbolic/mark-map.ts";
import { LEAF, type Outcomes } from "../symbolic/outcomes.ts";

export { mapLeaves } from "../symbolic/map-leaves.ts";

/** Condition that is TRUE where a diagram has that leaf. */
export function whereLeaf(diagram: Diagram, node: number, leaf: number): number {
  return mapLeaves(diagram, node, (found) => (found === leaf ? LEAF.TRUE : LEAF.FALSE));
}

/** The leaf of a packet that goes on to another hook: matches that are not modelled may answer otherwise there. */
export function nextHook(outcomes: Outcomes): number {
  const kind = { text: "the next hook", showsMark: false, changesState: true, asks: "", settles: "" };
  return outcomes.goingOn({ effects: outcomes.effects.add(NO_EFFECTS, { kind, marks: SAME_MARKS }) });
}
