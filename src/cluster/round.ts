/**
 * One round of the search: candidates of all runs, and the choice among them.
 */
import { contractSegment } from "./contract.ts";
import { findCandidates, type Method } from "./candidates.ts";
import { type IsKnown, markKnown } from "./choose-trees.ts";
import { InternalError } from "../text/internal-error.ts";
import type { Item, Segment } from "./dependencies.ts";
import type { Run } from "./gather.ts";
import { orderSegment } from "./order.ts";
import { scheduleStretches } from "./schedule.ts";
import { countRulesSaved, type RuleNumbers, selectProducts } from "./select.ts";
import type { Product } from "./types.ts";

/** A segment with the products found in it so far. */
export interface OpenSegment {
  readonly table: string;
  readonly chain: string;
  readonly segment: Segment;
  readonly products: Product[];
  /** False once a round found no candidates in it. */
  active: boolean;
}

/** Rules of a segment that can be brought side by side. */
export interface OpenRun extends Run {
  readonly segment: OpenSegment;
}

/** How many times as many rules blocks have to save: a cover more often has the groups that people meant. */
const CLEARLY_MORE = 1.2;

/** A cover that merges that share of the rules which could be in products leaves nothing to better. */
const NEARLY_ALL = 0.9;

/** The candidates of a round, found by either method; blocks only where they are asked for. */
export class Round {
  readonly cover: readonly Product[];
  readonly #runs: readonly OpenRun[];
  readonly #isKnown: IsKnown;
  readonly #tolerance: number;
  readonly #numbers: RuleNumbers;
  readonly #homes = new Map<Product, OpenSegment>();
  #blocks: readonly Product[] | null = null;

  constructor(runs: readonly OpenRun[], isKnown: IsKnown, tolerance: number, numbers: RuleNumbers) {
    this.#numbers = numbers;
    this.#runs = runs;
    this.#isKnown = isKnown;
    this.#tolerance = tolerance;
    this.cover = this.#find("cover");
  }

  #find(method: Method): readonly Product[] {
    return this.#runs.flatMap(({ segment, items, candidates: likely, cover }) => {
      const { table, chain } = segment;
      const isFound = method === "cover" && this.#tolerance === 0 && cover !== null;
      // A product that lacks combinations may have rules without neighbours.
      const open = this.#tolerance === 0 ? likely : items;
      const candidates = isFound ? cover : findCandidates(open, method, this.#tolerance);
      const found = candidates.map((product) => markKnown({ table, chain, ...product }, this.#isKnown));
      for (const product of found) this.#homes.set(product, segment);
      return found;
    });
  }

  homeOf(product: Product): OpenSegment {
    return this.#homes.get(product)!;
  }

  /** The products of the cover that pay, given those accepted before; blocks where these save clearly more rules, or nothing else pays. */
  choose(accepted: readonly Product[]): readonly Product[] {
    const cover = selectProducts(this.cover, accepted, this.#numbers);
    const covered = this.#numbers.countRules(cover);
    if (covered > 0 && covered >= NEARLY_ALL * this.#numbers.countRules(this.cover)) return cover;
    this.#blocks ??= this.#find("blocks");
    const blocks = selectProducts(this.#blocks, accepted, this.#numbers);
    if (cover.length === 0 || blocks.length === 0) return cover.length === 0 ? blocks : cover;
    const saved = Math.max(0, countRulesSaved(cover, accepted, this.#numbers));
    return countRulesSaved(blocks, accepted, this.#numbers) > CLEARLY_MORE * saved ? blocks : cover;
  }
}

/** Runs among the rules of a segment that are still flat, wherever its products are put: more than `findRuns` has where one of them stands between rules that it need not keep apart. */
export function findWideRuns(open: OpenSegment): OpenRun[] {
  const contracted = contractSegment(open.segment, placesOf(open));
  if (contracted === null) throw new InternalError(`products of chain ${open.chain} can't be put in order`);
  const runs = scheduleStretches(contracted.segment, [contracted.segment.items]);
  return runs.flatMap((run) =>
    run.items.some(contracted.isProduct) || run.items.length < 2 ? [] : [{ ...run, segment: open }],
  );
}

function placesOf({ segment, products }: OpenSegment): readonly (readonly number[])[] {
  return products.map((product) => product.rules.map((rule) => segment.placeOf.get(rule)!));
}

/** Runs among the rules of a segment that are still flat, between the products that it already has. */
export function findRuns(open: OpenSegment): OpenRun[] {
  const { segment } = open;
  const order = orderSegment(segment, placesOf(open));
  if (order === null) throw new InternalError(`products of chain ${open.chain} can't be put in order`);
  const stretches: Item[][] = [[]];
  for (const node of order) {
    if (node.product === null) stretches.at(-1)!.push(node.items[0]!);
    else if (stretches.at(-1)!.length > 0) stretches.push([]);
  }
  const worthIt = stretches.filter(({ length }) => length > 1);
  return scheduleStretches(segment, worthIt).map((run) => ({ ...run, segment: open }));
}
