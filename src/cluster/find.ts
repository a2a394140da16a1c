/**
 * Finds the groups of a ruleset: which rules are products of member sets, and which stay flat.
 *
 * Works in rounds. Merging rules brings others side by side, and a group that exists already is cheaper to use again; so the search is repeated on
 * what is left, in the order in which it will be emitted, until nothing more is found. That is also what makes a second import find nothing.
 */
import type { Rule, Ruleset } from "../model/types.ts";
import { InternalError } from "../text/internal-error.ts";
import { findCandidates, type Method } from "./candidates.ts";
import { type Item, segmentOf, type Segment } from "./dependencies.ts";
import type { Run } from "./gather.ts";
import { orderSegment } from "./order.ts";
import { scheduleStretches } from "./schedule.ts";
import { chooseTrees, findJoinedRules, type IsKnown, markKnown } from "./choose-trees.ts";
import { findMarkRules } from "./marks/find.ts";
import { cutTable } from "./segments.ts";
import { countRulesSaved, selectProducts } from "./select.ts";
import type { Clustering, ClusterOptions, FlatReason, FlatRule, MarkBits, Product } from "./types.ts";

/** A segment with the products found in it so far. */
interface OpenSegment {
  readonly table: string;
  readonly chain: string;
  readonly segment: Segment;
  readonly products: Product[];
  /** False once a round found no candidates in it. */
  active: boolean;
}

/** Rules of a segment that can be brought side by side. */
interface OpenRun extends Run {
  readonly segment: OpenSegment;
}

/** How many times as many rules blocks have to save: a cover more often has the groups that people meant. */
const CLEARLY_MORE = 1.2;

/** A cover that merges that share of the rules which could be in products leaves nothing to better. */
const NEARLY_ALL = 0.9;

/** Reports how far the search is; `done` and `total` count rules. */
export type ClusterProgress = (done: number, total: number) => void;

/**
 * Searches all chains that may be rewritten. Deterministic: the same ruleset and options give the same groups. `isKnown`: whether a person has a name for
 * a set; such sets cost less. `given`: mark bits that axes have in other rulesets of the plan.
 */
export function findGroups(
  ruleset: Ruleset,
  options: ClusterOptions,
  onProgress?: ClusterProgress,
  isKnown: IsKnown = () => false,
  given: MarkBits = {},
): Clustering {
  const marks = findMarkRules(ruleset, options, given);
  const trees = chooseTrees(ruleset, options, isKnown, marks.trees);
  const joined = new Set(trees.products.flatMap(findJoinedRules));
  const segments: OpenSegment[] = [];
  const reasons = new Map<Rule, { readonly table: string; reason: FlatReason }>();
  for (const table of ruleset.tables) {
    for (const { chain, pieces } of cutTable(table, ruleset.family, options, joined)) {
      for (const piece of pieces) {
        if (piece.kind === "barrier") {
          reasons.set(piece.rule, { table: table.name, reason: piece.reason });
          continue;
        }
        for (const { rule } of piece.rules) reasons.set(rule, { table: table.name, reason: "alone" });
        if (trees.gone.has(`${table.name} ${chain.name}`)) continue;
        const segment = segmentOf(piece.rules);
        segments.push({ table: table.name, chain: chain.name, segment, products: [], active: true });
      }
    }
  }
  const products = searchInRounds(
    segments,
    reasons,
    trees.products,
    isKnown,
    options.tolerance ?? 0,
    onProgress,
  );
  const merged = new Set(products.flatMap((product) => product.rules));
  const flat: FlatRule[] = [];
  for (const [rule, { table, reason }] of reasons) if (!merged.has(rule)) flat.push({ table, rule, reason });
  flat.sort((left, right) => left.rule.line - right.rule.line);
  return { ruleset, products, flat, marks };
}

function searchInRounds(
  segments: readonly OpenSegment[],
  reasons: ReadonlyMap<Rule, { reason: FlatReason }>,
  trees: readonly Product[],
  isKnown: IsKnown,
  tolerance: number,
  onProgress: ClusterProgress | undefined,
): Product[] {
  const accepted: Product[] = [...trees];
  const total = segments.reduce((sum, { segment }) => sum + segment.items.length, 0);
  for (;;) {
    const runs: OpenRun[] = [];
    let done = 0;
    for (const open of segments) {
      done += open.segment.items.length;
      if (!open.active) continue;
      for (const run of findRuns(open)) runs.push(run);
      open.active = false;
      onProgress?.(done, total);
    }
    const round = new Round(runs, isKnown, tolerance);
    for (const product of round.cover) {
      round.homeOf(product).active = true;
      for (const rule of product.rules) reasons.get(rule)!.reason = "not-worth-it";
    }
    // Last, what would pay without the groups found so far: a second import, which sees the rest alone, would find it.
    const shared = round.choose(accepted);
    const chosen = shared.length > 0 ? shared : round.choose([]);
    if (chosen.length === 0)
      return accepted.sort((left, right) => left.rules[0]!.line - right.rules[0]!.line);
    for (const product of chosen) {
      accepted.push(product);
      round.homeOf(product).products.push(product);
    }
  }
}

/** The candidates of a round, found by either method; blocks only where they are asked for. */
class Round {
  readonly cover: readonly Product[];
  readonly #runs: readonly OpenRun[];
  readonly #isKnown: IsKnown;
  readonly #tolerance: number;
  readonly #homes = new Map<Product, OpenSegment>();
  #blocks: readonly Product[] | null = null;

  constructor(runs: readonly OpenRun[], isKnown: IsKnown, tolerance: number) {
    this.#runs = runs;
    this.#isKnown = isKnown;
    this.#tolerance = tolerance;
    this.cover = this.#find("cover");
  }

  #find(method: Method): readonly Product[] {
    return this.#runs.flatMap(({ segment, items, cover }) => {
      const { table, chain } = segment;
      const isFound = method === "cover" && this.#tolerance === 0 && cover !== null;
      const candidates = isFound ? cover : findCandidates(items, method, this.#tolerance);
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
    const cover = selectProducts(this.cover, accepted);
    const covered = countRules(cover);
    if (covered > 0 && covered >= NEARLY_ALL * countRules(this.cover)) return cover;
    this.#blocks ??= this.#find("blocks");
    const blocks = selectProducts(this.#blocks, accepted);
    if (cover.length === 0 || blocks.length === 0) return cover.length === 0 ? blocks : cover;
    const saved = Math.max(0, countRulesSaved(cover, accepted));
    return countRulesSaved(blocks, accepted) > CLEARLY_MORE * saved ? blocks : cover;
  }
}

function countRules(products: readonly Product[]): number {
  return new Set(products.flatMap(({ rules }) => rules)).size;
}

/** Runs among the rules of a segment that are still flat, between the products that it already has. */
function findRuns(open: OpenSegment): OpenRun[] {
  const { segment, products } = open;
  const indexOf = new Map(segment.items.map((item) => [item.movable.rule, item.index]));
  const order = orderSegment(
    segment,
    products.map((product) => product.rules.map((rule) => indexOf.get(rule)!)),
  );
  if (order === null) throw new InternalError(`products of chain ${open.chain} can't be put in order`);
  const stretches: Item[][] = [[]];
  for (const node of order) {
    if (node.product === null) stretches.at(-1)!.push(node.items[0]!);
    else if (stretches.at(-1)!.length > 0) stretches.push([]);
  }
  const worthIt = stretches.filter(({ length }) => length > 1);
  return scheduleStretches(segment, worthIt).map((run) => ({ ...run, segment: open }));
}
