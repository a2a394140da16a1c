/**
 * Finds the groups of a ruleset: which rules are products of member sets, and which stay flat.
 *
 * Works in rounds. Merging rules brings others side by side, and a group that exists already is cheaper to use again; so the search is repeated on
 * what is left, in the order in which it will be emitted, until nothing more is found. That is also what makes a second import find nothing. Chains of exceptions are looked at again in the end: a
 * list of them may be a group that other rules have.
 */
import type { Rule, Ruleset } from "../model/types.ts";
import { segmentOf } from "./dependencies.ts";
import { finishProducts } from "./finish.ts";
import { growProducts } from "./grow-products.ts";
import { findRuns, findWideRuns, type OpenRun, type OpenSegment, Round } from "./round.ts";
import {
  type ChosenTrees,
  chooseTrees,
  findJoinedRules,
  findLateTrees,
  type IsKnown,
} from "./choose-trees.ts";
import { findMarkRules } from "./marks/find.ts";
import { findRests } from "./rests.ts";
import { chainDepths, cutTable } from "./segments.ts";
import { type Outcome, type Search, searchInParts } from "./search-in-parts.ts";
import { RuleNumbers } from "./select.ts";
import type {
  Clustering,
  ClusterOptions,
  FlatReason,
  FlatRule,
  MarkBits,
  Product,
  TreeProduct,
} from "./types.ts";

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
  const marked = marks.trees.map(({ variants }) => variants[0]!);
  const search = (certain: readonly TreeProduct[]): Clustering => ({
    ...searchFlat(ruleset, options, chooseTrees(ruleset, options, isKnown, certain), isKnown, onProgress),
    marks,
  });
  const found = search(marked);
  const late = findLateTrees(found);
  return late.length === 0 ? found : search([...marked, ...late]);
}

/** Searches what no tree stands for. */
function searchFlat(
  ruleset: Ruleset,
  options: ClusterOptions,
  trees: ChosenTrees,
  isKnown: IsKnown,
  onProgress: ClusterProgress | undefined,
): Clustering {
  const joined = new Set(trees.products.flatMap(findJoinedRules));
  const shared = new Set(trees.products.flatMap(({ isWritten, rules }) => (isWritten === true ? rules : [])));
  const segments: OpenSegment[] = [];
  const reasons = new Map<Rule, { readonly table: string; reason: FlatReason }>();
  for (const table of ruleset.tables) {
    for (const { chain, pieces } of cutTable(table, ruleset, options, joined)) {
      for (const piece of pieces) {
        if (piece.kind === "barrier") {
          reasons.set(piece.rule, { table: table.name, reason: piece.reason });
          continue;
        }
        for (const { rule, kin } of piece.rules)
          reasons.set(rule, { table: table.name, reason: kin === undefined ? "alone" : "effect" });
        // Nor is a chain of services with a verdict, which policy rules share, anything to be merged.
        const isTaken = piece.rules.some(({ rule }) => shared.has(rule));
        if (isTaken || trees.gone.has(`${table.name} ${chain.name}`)) continue;
        const segment = segmentOf(piece.rules);
        segments.push({ table: table.name, chain: chain.name, segment, products: [], active: true });
      }
    }
  }
  const search: Search = (open, fixed) =>
    searchInRounds(open, segments, fixed, isKnown, options.tolerance ?? 0, onProgress);
  const plain = search(segments, trees.products);
  // What is missing in a product is told by whole rules.
  const { products, notWorthIt } =
    (options.tolerance ?? 0) > 0 ? plain : searchInParts(segments, plain, search);
  for (const rule of notWorthIt) reasons.get(rule)!.reason = "not-worth-it";
  const { logs, rests } = findAllRests(ruleset, segments, products);
  const all = sortByLine([...products, ...logs]);
  const merged = new Set(all.flatMap((product) => product.rules));
  const flat: FlatRule[] = [];
  for (const [rule, { table, reason }] of reasons) if (!merged.has(rule)) flat.push({ table, rule, reason });
  flat.sort((left, right) => left.rule.line - right.rule.line);
  return { ruleset, products: all, flat, declined: trees.declined, rests };
}

/** Rests among the products that were found, with rules that log; and those that chains are already. */
function findAllRests(
  { tables }: Ruleset,
  segments: readonly OpenSegment[],
  products: readonly Product[],
): { readonly logs: readonly Product[]; readonly rests: ReadonlyMap<Product, Product> } {
  const depths = new Map(tables.map((table) => [table.name, chainDepths(table)]));
  const depthOf = (table: string, chain: string) => depths.get(table)?.get(chain) ?? 0;
  const { logs, headOf } = findRests(segments, products, depthOf);
  const known = products.flatMap((product) => {
    const head = products.find(
      ({ table, name }) => name !== undefined && name === product.restOf && table === product.table,
    );
    return head === undefined ? [] : [[product, head] as const];
  });
  return { logs, rests: new Map([...headOf, ...known]) };
}

function sortByLine(products: readonly Product[]): readonly Product[] {
  return [...products].sort((one, other) => one.rules[0]!.line - other.rules[0]!.line);
}

function searchInRounds(
  segments: readonly OpenSegment[],
  all: readonly OpenSegment[],
  trees: readonly Product[],
  isKnown: IsKnown,
  tolerance: number,
  onProgress: ClusterProgress | undefined,
): Outcome {
  const notWorthIt = new Set<Rule>();
  const numbers = new RuleNumbers();
  const total = segments.reduce((sum, { segment }) => sum + segment.items.length, 0);
  let isWide = false;
  for (;;) {
    const runs: OpenRun[] = [];
    let done = 0;
    for (const open of segments) {
      done += open.segment.items.length;
      if (isWide ? open.products.length === 0 : !open.active) continue;
      for (const run of isWide ? findWideRuns(open) : findRuns(open)) runs.push(run);
      open.active = false;
      onProgress?.(done, total);
    }
    const round = new Round(runs, isKnown, tolerance, numbers);
    const accepted = [...trees, ...segments.flatMap(({ products }) => products)];
    for (const product of round.cover) {
      round.homeOf(product).active = true;
      for (const rule of product.rules) notWorthIt.add(rule);
    }
    // Last, what would pay without the groups found so far: a second import, which sees the rest alone, would find it.
    const shared = round.choose(accepted);
    const chosen = shared.length > 0 ? shared : round.choose([]);
    if (chosen.length === 0) {
      // A group that grew may be what other rules have been waiting for.
      const isGrown: boolean = isWide && growProducts(segments, trees);
      if (isWide && !isGrown) return { products: finishProducts(segments, trees, all), notWorthIt };
      isWide = !isGrown;
      for (const open of segments) open.active ||= isGrown;
      continue;
    }
    isWide = false;
    for (const product of chosen) round.homeOf(product).products.push(product);
  }
}
