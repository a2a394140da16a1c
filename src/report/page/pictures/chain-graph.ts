/**
 * Chains and the jumps between them: which to begin with, who calls whom, and a drawing in layers of as many as a person can take in.
 */
import type { ChainNode } from "../../picture-data.ts";

/** The chains of one table. */
export interface ChainGraph {
  readonly byName: ReadonlyMap<string, ChainNode>;
  /** Base chains, then those that nobody jumps to. */
  readonly roots: readonly string[];
  readonly callers: ReadonlyMap<string, readonly string[]>;
}

/** Puts it together. */
export function makeChainGraph(nodes: readonly ChainNode[]): ChainGraph {
  const byName = new Map(nodes.map((node) => [node.chain, node]));
  const callers = new Map<string, string[]>(nodes.map(({ chain }) => [chain, []]));
  for (const { chain, jumps } of nodes) for (const { to } of jumps) callers.get(to)?.push(chain);
  const roots = [
    ...nodes.filter(({ policy }) => policy !== null),
    ...nodes.filter(({ chain, policy }) => policy === null && callers.get(chain)!.length === 0),
  ];
  return { byName, roots: roots.map(({ chain }) => chain), callers };
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

interface Seen {
  readonly chain: string;
  readonly label: string;
  readonly layer: number;
  /** Index of the box that led here; -1 for the first ones. */
  readonly from: number;
}

/** Draws what can be reached from some chains. */
export function drawChains(graph: ChainGraph, starts: readonly string[]): ChainDrawing {
  const seen = reach(graph, starts);
  const at = new Map(seen.flatMap(({ chain }, index) => (chain === "" ? [] : [[chain, index] as const])));
  const lines = seen.flatMap(({ chain, from }, index) => {
    if (chain === "") return [{ from, to: index, isGoto: false }];
    return (graph.byName.get(chain)?.jumps ?? []).flatMap(({ to, isGoto }) => {
      const target = at.get(to);
      return target === undefined ? [] : [{ from: index, to: target, isGoto }];
    });
  });
  return placeBoxes(seen, lines);
}

/** Breadth first, so that what is near the beginning is drawn. */
function reach({ byName }: ChainGraph, starts: readonly string[]): readonly Seen[] {
  const seen: Seen[] = [];
  const known = new Set<string>();
  const add = (chain: string, layer: number, from: number): void => {
    known.add(chain);
    seen.push({ chain, label: chain, layer, from });
  };
  for (const start of starts.slice(0, MOST_CHAINS)) add(start, 0, -1);
  for (let index = 0; index < seen.length; index++) {
    const { chain, layer } = seen[index]!;
    if (chain === "") continue;
    const fresh = (byName.get(chain)?.jumps ?? []).filter(({ to }) => byName.has(to) && !known.has(to));
    const room = Math.max(0, Math.min(MOST_CALLED, MOST_CHAINS - seen.length));
    const drawn = fresh.length <= room ? fresh.length : Math.max(0, room - 1);
    for (const { to } of fresh.slice(0, drawn)) add(to, layer + 1, index);
    const left = fresh.length - drawn;
    if (left > 0)
      seen.push({ chain: "", label: `${left.toLocaleString("en")} more`, layer: layer + 1, from: index });
  }
  return seen;
}

function placeBoxes(seen: readonly Seen[], lines: ChainDrawing["lines"]): ChainDrawing {
  const layers: number[][] = [];
  const place: number[] = [];
  const callersOf = seen.map((): number[] => []);
  for (const { from, to } of lines) callersOf[to]!.push(from);
  for (const [index, { layer }] of seen.entries()) {
    layers[layer] ??= [];
    layers[layer].push(index);
  }
  for (const layer of layers) {
    // Where the callers are on the average; without any, as they come.
    const wanted = (index: number): number => {
      const before = callersOf[index]!.filter((caller) => seen[caller]!.layer < seen[index]!.layer);
      return before.reduce((sum, caller) => sum + place[caller]!, 0) / Math.max(1, before.length);
    };
    const keyed = layer.map((index) => ({ index, key: wanted(index) }));
    keyed.sort((one, other) => one.key - other.key);
    for (const [at, { index }] of keyed.entries())
      place[index] = at / Math.max(1, keyed.length - 1) + at * 1e-6;
    layer.splice(0, layer.length, ...keyed.map(({ index }) => index));
  }
  const step = BOX.height + BOX.down;
  const most = Math.max(0, ...layers.map(({ length }) => length));
  const boxes: DrawnChain[] = [];
  for (const [column, layer] of layers.entries()) {
    const top = ((most - layer.length) * step) / 2;
    for (const [at, index] of layer.entries()) {
      const { chain, label } = seen[index]!;
      boxes[index] = { chain, label, x: column * (BOX.width + BOX.across), y: top + at * step };
    }
  }
  return {
    boxes,
    lines,
    width: layers.length * (BOX.width + BOX.across) - BOX.across,
    height: most * step - BOX.down,
  };
}
