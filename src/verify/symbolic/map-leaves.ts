/**
 * Diagrams with other leaves.
 */
import type { Diagram } from "./diagram.ts";

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
