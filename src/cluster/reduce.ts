/**
 * Thins out dependencies: of the edges of a graph, those that follow from the others go. Rules that nearly all depend on each other have millions
 * of edges, and a few thousand that say the same.
 */

/** Below that many edges a node, thinning out costs more than it saves. */
const DENSE = 16;

/** Nodes up to which the sets of ancestors (a bit a pair) take 32 MB at most. */
const MOST_NODES = 16_384;

/**
 * For each node the nodes before it that it depends on directly; what it depends on through them is left out. `before` has, for each node, lower numbers
 * only, in any order. Sparse graphs and very large ones come back as they are. The ancestors of every node stay the same.
 */
export function reduceEdges(before: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const edges = before.reduce((sum, list) => sum + list.length, 0);
  if (edges < DENSE * before.length || before.length > MOST_NODES) return before;
  const words = (before.length + 31) >>> 5;
  const ancestors = new Uint32Array(words * before.length);
  return before.map((list, node) => {
    const row = node * words;
    const direct: number[] = [];
    // Nearest first: what stands further up is often an ancestor of it.
    for (const other of [...list].sort((left, right) => right - left)) {
      if ((ancestors[row + (other >>> 5)]! & (1 << (other & 31))) !== 0) continue;
      direct.push(other);
      const from = other * words;
      for (let word = 0; word <= other >>> 5; word++) ancestors[row + word]! |= ancestors[from + word]!;
      ancestors[row + (other >>> 5)]! |= 1 << (other & 31);
    }
    return direct;
  });
}
