/**
 * Chains and the jumps between them: which to begin with, who calls whom, and a drawing in layers of as many as a person can take in.
 */
import type { ChainNode } from "../../picture-data.ts";

/** The chains of one table. */
export interface ChainGraph {
  readonly byName: ReadonlyMap<string, ChainNode>;
  /** Base chains. */
  readonly roots: readonly string[];
  /** Other chains that nobody jumps to. */
  readonly uncalled: readonly string[];
  readonly callers: ReadonlyMap<string, readonly string[]>;
}

/** Puts it together. */
export function makeChainGraph(nodes: readonly ChainNode[]): ChainGraph {
  const byName = new Map(nodes.map((node) => [node.chain, node]));
  const callers = new Map<string, string[]>(nodes.map(({ chain }) => [chain, []]));
  for (const { chain, jumps } of nodes) for (const { to } of jumps) callers.get(to)?.push(chain);
  const roots = nodes.filter(({ policy }) => policy !== null);
  const uncalled = nodes.filter(({ chain, policy }) => policy === null && callers.get(chain)!.length === 0);
  const names = (list: readonly ChainNode[]) => list.map(({ chain }) => chain);
  return { byName, roots: names(roots), uncalled: names(uncalled), callers };
}

/** A box of the drawing, in pixels. */
export interface DrawnChain {
  /** Empty: stands for chains that are not drawn. */
  readonly chain: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

/** The drawing, in pixels. */
export interface ChainDrawing {
  readonly boxes: readonly DrawnChain[];
  /** From the right end of a box to the left end of another: indices in `boxes`. */
  readonly lines: readonly { readonly from: number; readonly to: number; readonly isGoto: boolean }[];
  readonly width: number;
  readonly height: number;
}

/** A box's size, and the room between layers and boxes. */
export const BOX = { width: 172, height: 24, across: 56, down: 9 } as const;

/** More chains are not drawn: links lead on from each. */
const MOST_CHAINS = 48;
/** Of the chains that one jumps to, so many are drawn. */
const MOST_CALLED = 10;

/** A box before it has its place. */
interface Box {
  /** As in a drawn chain. */
  readonly chain: string;
  readonly label: string;
  /** Indices of the boxes that lead here. */
  readonly callers: readonly number[];
}

/** Draws what can be reached from some chains; what leads nowhere is no drawing. */
export function drawChains(graph: ChainGraph, starts: readonly string[]): ChainDrawing {
  const drawn = reach(graph, starts);
  const at = new Map(drawn.map((chain, index) => [chain, index]));
  const jumpsOf = (chain: string) => graph.byName.get(chain)!.jumps.filter(({ to }) => graph.byName.has(to));
  const lines = drawn.flatMap((chain, from) =>
    jumpsOf(chain).flatMap(({ to, isGoto }) => (at.has(to) ? [{ from, to: at.get(to)!, isGoto }] : [])),
  );
  const named = drawn.map((chain, to): Box => {
    const callers = lines.filter((line) => line.to === to).map(({ from }) => from);
    return { chain, label: chain, callers };
  });
  const counted = drawn.flatMap((chain, index): readonly Box[] => {
    const left = jumpsOf(chain).filter(({ to }) => !at.has(to)).length;
    return left === 0 ? [] : [{ chain: "", label: `${left.toLocaleString("en")} more`, callers: [index] }];
  });
  const more = counted.map(({ callers }, index) => ({
    from: callers[0]!,
    to: named.length + index,
    isGoto: false,
  }));
  return placeBoxes([...named, ...counted], [...lines, ...more]);
}

/** Breadth first, so that what is near the beginning is drawn. */
function reach({ byName }: ChainGraph, starts: readonly string[]): readonly string[] {
  const seen = new Set(starts.slice(0, MOST_CHAINS));
  for (const chain of seen) {
    const fresh = byName.get(chain)!.jumps.filter(({ to }) => byName.has(to) && !seen.has(to));
    for (const { to } of fresh.slice(0, Math.max(0, Math.min(MOST_CALLED, MOST_CHAINS - seen.size))))
      seen.add(to);
  }
  return [...seen];
}

/** A layer for each box: behind all that lead to it, as far as they do not go in circles. */
function findLayers(boxes: readonly Box[]): readonly number[] {
  const layers: (number | undefined)[] = [];
  const onPath = new Set<number>();
  const layerOf = (index: number): number => {
    const known = layers[index];
    if (known !== undefined) return known;
    onPath.add(index);
    const before = boxes[index]!.callers.filter((caller) => !onPath.has(caller)).map(layerOf);
    onPath.delete(index);
    const layer = Math.max(-1, ...before) + 1;
    layers[index] = layer;
    return layer;
  };
  return boxes.map((_, index) => layerOf(index));
}

/** The boxes of each layer, near the ones that lead to them. */
function orderLayers(boxes: readonly Box[]): readonly (readonly number[])[] {
  const layerOf = findLayers(boxes);
  const height: number[] = [];
  return Array.from({ length: Math.max(-1, ...layerOf) + 1 }, (_, layer) => {
    const own = boxes.flatMap((_box, index) => (layerOf[index] === layer ? [index] : []));
    const wanted = own.map((index) => {
      const before = boxes[index]!.callers.filter((caller) => layerOf[caller]! < layer);
      return before.reduce((sum, caller) => sum + height[caller]!, 0) / Math.max(1, before.length);
    });
    const keyed = own.map((index, at) => ({ index, wanted: wanted[at]! }));
    keyed.sort((one, other) => one.wanted - other.wanted);
    for (const [at, { index }] of keyed.entries()) height[index] = at - keyed.length / 2;
    return keyed.map(({ index }) => index);
  });
}

function placeBoxes(boxes: readonly Box[], lines: ChainDrawing["lines"]): ChainDrawing {
  const layers = orderLayers(boxes);
  const step = BOX.height + BOX.down;
  const most = Math.max(0, ...layers.map(({ length }) => length));
  const drawn: DrawnChain[] = [];
  for (const [column, layer] of layers.entries()) {
    const top = ((most - layer.length) * step) / 2;
    for (const [at, index] of layer.entries()) {
      const { chain, label } = boxes[index]!;
      drawn[index] = { chain, label, x: column * (BOX.width + BOX.across), y: top + at * step };
    }
  }
  const width = layers.length * (BOX.width + BOX.across) - BOX.across;
  return { boxes: drawn, lines, width, height: most * step - BOX.down };
}
