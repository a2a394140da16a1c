/**
 * Orders places of a chain so that what decides most packets, for what testing it costs, comes first, as far as the dependencies allow.
 *
 * Each place decides `packets`, and costs all that go past it `cost`; the sum over all places of packets × the cost of what stands before is to be small. That is
 * scheduling on one machine with precedence (1|prec|Σ w·C): packets per cost decides between two that may swap, and one that has to wait for a place with less than
 * its own pulls that place along. So blocks are merged as Sidney's theorem says they stand together: exact where the dependencies are parallel chains, good in forests.
 */
import type { Segment } from "./dependencies.ts";
import type { OrderedNode } from "./order.ts";
import { type Limit, orderWithinLimits } from "./order-within-limits.ts";

/** What a place is for, and what it costs. */
export interface Use {
  /** Packets that it decides. */
  readonly packets: number;
  /** What testing it costs each packet that goes on; above 0. */
  readonly cost: number;
  /** How late it may stand, for each backend that counts; missing for all places of a chain where nothing is too late. */
  readonly limits?: readonly Limit[];
}

/** The use of places. */
export type UseOf = (node: OrderedNode) => Use;

/** Places of a segment that are ordered; more stay as they are, since each may have to pass all others. */
export const MOST_PLACES = 4000;

/** Places that stand together. */
interface Block extends Omit<Use, "limits"> {
  /** Indexes of places. */
  readonly places: readonly number[];
}

/** A better order of places that are in a right one; the same array where there is none. */
export function orderByUse(
  nodes: readonly OrderedNode[],
  segment: Segment,
  useOf: UseOf,
): readonly OrderedNode[] {
  if (nodes.length > MOST_PLACES) return nodes;
  const uses = nodes.map(useOf);
  const before = placesBefore(nodes, segment);
  const written = [...nodes.keys()];
  const limits = uses.flatMap((use) => (use.limits === undefined ? [] : [use.limits]));
  if (limits.length > 0) {
    const limited = orderWithinLimits(uses.map(rankOf), limits, before);
    return costOf(limited, uses) < costOf(written, uses) ? limited.map((at) => nodes[at]!) : nodes;
  }
  let order: readonly number[] = written;
  // What moved may have brought others side by side. Each round costs less than the one before, so there is a last one.
  for (;;) {
    const next = passSingly(mergeBlocks(order, uses, before), uses, before);
    if (costOf(next, uses) >= costOf(order, uses)) break;
    order = next;
  }
  return order === written ? nodes : order.map((at) => nodes[at]!);
}

/** Packets per cost, by powers of two: smaller differences are no reason to move a line. */
function rankOf({ packets, cost }: Use): number {
  return packets === 0 ? Number.NEGATIVE_INFINITY : Math.floor(Math.log2(packets / cost));
}

/** For each place those that have to stand before it; what follows from others may be missing. */
export function placesBefore(
  nodes: readonly OrderedNode[],
  { items, before }: Segment,
): readonly ReadonlySet<number>[] {
  const placesOf = new Map<number, number[]>();
  nodes.forEach((node, at) => {
    for (const { index } of node.items) placesOf.set(index, [...(placesOf.get(index) ?? []), at]);
  });
  return nodes.map((node, at) => {
    const found = new Set<number>();
    for (const { index } of node.items) {
      for (let edge = before.starts[index]!; edge < before.starts[index + 1]!; edge++)
        for (const place of placesOf.get(items[before.others[edge]!]!.index)!)
          if (place !== at) found.add(place);
    }
    return found;
  });
}

/** Takes the places one by one: each goes past blocks of less use, and takes those along that it can't go past. The blocks stay sorted. */
function mergeBlocks(
  order: readonly number[],
  uses: readonly Use[],
  before: readonly ReadonlySet<number>[],
): readonly number[] {
  const blocks: Block[] = [];
  for (const place of order) {
    let block: Block = { places: [place], ...uses[place]! };
    let at = blocks.length;
    for (; at > 0; at--) {
      const previous = blocks[at - 1]!;
      if (rankOf(block) <= rankOf(previous)) break;
      // What has to stand between the two would be in one of them: direct dependencies are all.
      if (!block.places.some((own) => previous.places.some((other) => before[own]!.has(other)))) continue;
      block = {
        places: [...previous.places, ...block.places],
        packets: previous.packets + block.packets,
        cost: previous.cost + block.cost,
      };
      blocks.splice(at - 1, 1);
    }
    blocks.splice(at, 0, block);
  }
  return blocks.flatMap(({ places }) => places);
}

/** Inside of blocks, single places go past others that they need not wait for. */
function passSingly(
  order: readonly number[],
  uses: readonly Use[],
  before: readonly ReadonlySet<number>[],
): readonly number[] {
  const sorted: number[] = [];
  for (const place of order) {
    const rank = rankOf(uses[place]!);
    let at = sorted.length;
    while (at > 0 && rank > rankOf(uses[sorted[at - 1]!]!) && !before[place]!.has(sorted[at - 1]!)) at--;
    sorted.splice(at, 0, place);
  }
  return sorted;
}

/** What all packets together pay for places before the one that decides them. */
function costOf(order: readonly number[], uses: readonly Use[]): number {
  let passed = 0;
  let sum = 0;
  for (const place of order) {
    const { packets, cost } = uses[place]!;
    sum += packets * passed;
    passed += cost;
  }
  return sum;
}
