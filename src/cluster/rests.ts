/**
 * Finds policy rules that are the rest of another one (`rest-form.ts`): flat rules behind a product that say what becomes of packets which are in some of its groups alone, often LOG and then DROP. What stands between the two has to
 * let them come together.
 */
import type { Segment } from "./dependencies.ts";
import { setKey } from "./cost.ts";
import { findLogProducts } from "./log-products.ts";
import { orderSegment } from "./order.ts";
import { canBeRest, type RestShape, restLevels } from "./rest-form.ts";
import type { OpenSegment } from "./round.ts";
import { DEEPEST_CHAIN } from "./segments.ts";
import type { Product } from "./types.ts";

/** Places that are put in order at most while rests are tried one by one, over all tries. */
const MOST_ORDERED = 30_000_000;

/** Products that stand behind others as their rests. */
export interface FoundRests {
  /** Products of rules that log, which are new. */
  readonly logs: readonly Product[];
  /** For each rest the product that it belongs to. */
  readonly headOf: ReadonlyMap<Product, Product>;
}

/** Finds those of all segments; `depthOf`: how deep a chain is called. */
export function findRests(
  segments: readonly OpenSegment[],
  products: readonly Product[],
  depthOf: (table: string, chain: string) => number,
): FoundRests {
  const logs: Product[] = [];
  const headOf = new Map<Product, Product>();
  for (const { table, chain, segment } of segments) {
    const own = products.filter(
      (product) =>
        product.replaces === undefined &&
        product.table === table &&
        product.chain === chain &&
        segment.placeOf.has(product.rules[0]!),
    );
    // What is left of a line that is split stands in a place of its own.
    if (own.length === 0 || own.some(({ parts }) => parts !== undefined)) continue;
    const room = DEEPEST_CHAIN - depthOf(table, chain) - 1;
    const found = findIn(segment, own, room);
    for (const [rest, head] of found) headOf.set(rest, head);
    const related = new Set([...found.keys(), ...found.values()]);
    for (const product of related) if (!own.includes(product)) logs.push(product);
  }
  return { logs, headOf };
}

/** A product with its rests, while they are sought. */
interface Block {
  readonly head: Product;
  readonly rests: Product[];
}

function findIn(segment: Segment, own: readonly Product[], room: number): ReadonlyMap<Product, Product> {
  const logs = findLogProducts(segment, own);
  if (own.length + logs.length < 2) return new Map();
  const isLog = new Set(logs);
  const canBeOrdered = (blocks: readonly Block[]): boolean => {
    // Logs that belong to nothing stay flat.
    const kept = blocks.filter(({ head, rests }) => rests.length > 0 || !isLog.has(head));
    return (
      orderSegment(
        segment,
        kept.map((block) => placesOf(segment, block)),
      ) !== null
    );
  };
  const all = [...own, ...logs].sort((one, other) => placeOf(segment, one) - placeOf(segment, other));
  const likely = sortIn(segment, all, room, () => true);
  if (likely.every(({ rests }) => rests.length === 0)) return new Map();
  let left = MOST_ORDERED;
  const certain = canBeOrdered(likely)
    ? likely
    : sortIn(segment, all, room, (blocks) => {
        left -= segment.items.length;
        return left > 0 && canBeOrdered(blocks);
      });
  return new Map(certain.flatMap(({ head, rests }) => rests.map((rest) => [rest, head] as const)));
}

/** Gives each product, in source order, to the last one before it that it can be a rest of. */
function sortIn(
  segment: Segment,
  products: readonly Product[],
  room: number,
  canBeOrdered: (blocks: readonly Block[]) => boolean,
): readonly Block[] {
  const blocks: Block[] = [];
  // All have a place from the beginning: whether two can be one depends on the others.
  const open = new Map<Product, Block>(products.map((head) => [head, { head, rests: [] }]));
  for (const product of products) {
    const home = blocks.findLast(({ head, rests }) => {
      if (!mayJoin(segment, { head, rests }, product, room)) return false;
      rests.push(product);
      open.delete(product);
      const isRight = canBeOrdered([...open.values()]);
      if (isRight) return true;
      rests.pop();
      open.set(product, { head: product, rests: [] });
      return false;
    });
    if (home === undefined) blocks.push(open.get(product)!);
  }
  return blocks;
}

function mayJoin(segment: Segment, { head, rests }: Block, next: Product, room: number): boolean {
  const [shape, others, own] = [restShapeOf(head), rests.map(restShapeOf), restShapeOf(next)];
  if (!canBeRest(shape, others, own) || restLevels(shape, [...others, own]) > room) return false;
  return comesLast(
    segment,
    [head, ...rests].flatMap((each) => indexesOf(segment, each)),
    indexesOf(segment, next),
  );
}

/** Whether none of the rules `last` has to stand before one of the others. */
export function comesLast(
  { after }: Pick<Segment, "after">,
  others: readonly number[],
  last: readonly number[],
): boolean {
  const before = new Set(others);
  return last.every((index) => {
    for (let edge = after.starts[index]!; edge < after.starts[index + 1]!; edge++)
      if (before.has(after.others[edge]!)) return false;
    return true;
  });
}

function restShapeOf({ sets, negated = [], template, missing, parts }: Product): RestShape {
  return {
    axes: sets.map(({ axis }) => axis),
    negated,
    groupOf: (axis) => setKey(sets.find((set) => set.axis === axis)!),
    template,
    isPlain: missing === undefined && parts === undefined,
  };
}

function placesOf(segment: Segment, { head, rests }: Block): readonly number[] {
  return [...new Set([head, ...rests].flatMap((each) => indexesOf(segment, each)))];
}

function indexesOf({ placeOf: places }: Segment, { rules }: Product): readonly number[] {
  return rules.map((rule) => places.get(rule)!);
}

function placeOf(segment: Segment, product: Product): number {
  return Math.min(...indexesOf(segment, product));
}
