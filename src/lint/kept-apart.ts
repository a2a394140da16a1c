/**
 * Policy rules that would be one, were it not for a single rule in between.
 */
import { setKey } from "../cluster/cost.ts";
import { makeSegment, type Segment } from "../cluster/dependencies.ts";
import { findFeatures } from "../cluster/features.ts";
import { orderSegment } from "../cluster/order.ts";
import type { Clustering, Product } from "../cluster/types.ts";
import { AXES, type Chain, type Family, type Rule, type Ruleset } from "../model/types.ts";
import { type Draft, linesOf, nameLines } from "./drafts.ts";

/** Pairs that are tried, and rules between them: each try looks for what conflicts. */
const MOST_PAIRS = 200;
const MOST_BETWEEN = 2000;

/** Rules that are one policy rule, or could be part of one: a product, or a single rule. */
type Candidate = Pick<Product, "table" | "chain" | "sets" | "rules" | "template">;

/** The findings. */
export function findKeptApart(ruleset: Ruleset, clustering: Clustering): readonly Draft[] {
  const { family, tables } = ruleset;
  const drafts: Draft[] = [];
  let tried = 0;
  for (const pair of findPairs(clustering, family)) {
    if (++tried > MOST_PAIRS) break;
    const { table, chain } = pair[0];
    const chains = tables.find(({ name }) => name === table)!.chains;
    const between = findOnlyRule(chains.find(({ name }) => name === chain)!, pair, family);
    if (between !== null) drafts.push(describe(pair, between));
  }
  return drafts;
}

/** Candidates of one chain that have the same members but on one axis, and are alike in everything else; at least one of two is a product. */
function* findPairs(
  { products, flat }: Clustering,
  family: Family,
): Iterable<readonly [Candidate, Candidate]> {
  const byRest = new Map<string, Product[]>();
  const open = products.filter(({ replaces }) => replaces === undefined);
  for (const product of open) {
    for (const key of keysOf(product)) {
      const list = byRest.get(key) ?? [];
      byRest.set(key, list);
      for (const other of list) yield [other, product];
      list.push(product);
    }
  }
  for (const { table, rule } of flat) {
    const template = findFeatures(rule, family);
    if (template.kind === "barrier") continue;
    const single = { table, chain: rule.chain, sets: [], rules: [rule], template };
    for (const key of keysOf(single)) for (const product of byRest.get(key) ?? []) yield [product, single];
  }
}

/** For each axis, all that two candidates have in common which differ on that axis alone. */
function keysOf({ table, chain, sets, template }: Candidate): readonly string[] {
  const members = AXES.map((axis, at) => {
    const set = sets.find((own) => own.axis === axis);
    return set === undefined ? setKey({ axis, members: [template.tokens[at]?.key ?? ""] }) : setKey(set);
  });
  return AXES.flatMap((axis, at) =>
    template.tokens[at] === null
      ? []
      : [
          [table, chain, template.signature, axis, ...members.filter((_, other) => other !== at)].join(
            "\u0001",
          ),
        ],
  );
}

/** The rule without which both could be merged; null where there is none, or more than one is in the way. */
function findOnlyRule(
  chain: Chain,
  [one, other]: readonly [Candidate, Candidate],
  family: Family,
): Rule | null {
  const both = new Set([...one.rules, ...other.rules]);
  const places = chain.rules.flatMap((rule, place) => (both.has(rule) ? [place] : []));
  const window = chain.rules.slice(places[0]!, places.at(-1)! + 1);
  if (window.length > MOST_BETWEEN) return null;
  const features = window.map((rule) => findFeatures(rule, family));
  const barriers = features.flatMap((one) => (one.kind === "barrier" ? [one.rule] : []));
  const movables = features.flatMap((one) => (one.kind === "movable" ? [one] : []));
  const suspects = barriers.length === 0 ? findBlockers(makeSegment(movables), both) : barriers;
  const [only, more] = suspects;
  if (only === undefined || more !== undefined) return null;
  const left = makeSegment(movables.filter(({ rule }) => rule !== only));
  return canMerge(left, both) ? only : null;
}

/** Rules that may swap neither with one of these before them nor with one behind them. */
function findBlockers({ items, before }: Segment, both: ReadonlySet<Rule>): readonly Rule[] {
  const held = new Set<Rule>();
  const holding = new Set<Rule>();
  for (const {
    index,
    movable: { rule },
  } of items) {
    for (const other of before.others.subarray(before.starts[index], before.starts[index + 1])) {
      const earlier = items[other]!.movable.rule;
      if (both.has(earlier) && !both.has(rule)) held.add(rule);
      if (both.has(rule) && !both.has(earlier)) holding.add(earlier);
    }
  }
  return [...held].filter((rule) => holding.has(rule));
}

/** Whether these rules can be brought side by side. */
function canMerge(segment: Segment, both: ReadonlySet<Rule>): boolean {
  const wanted = segment.items.filter(({ movable }) => both.has(movable.rule)).map(({ index }) => index);
  return orderSegment(segment, [wanted]) !== null;
}

function describe([one, other]: readonly [Candidate, Candidate], between: Rule): Draft {
  const [first, second] = [nameLines(linesOf(one.rules)), nameLines(linesOf(other.rules))];
  return {
    kind: "kept-apart",
    severity: "note",
    table: one.table,
    chain: one.chain,
    rules: [...one.rules, ...other.rules],
    because: [between],
    message: `${first} and ${second} could be one policy rule, but for line ${between.line} in between`,
    advice: `see whether line ${between.line} can stand before or behind them all`,
  };
}
