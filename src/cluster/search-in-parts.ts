/**
 * The search once more, with lists of ports split (`split-lists.ts`): taken where the whole is less to read for it, and the file no longer.
 */
import type { Rule } from "../model/types.ts";
import { readingGain } from "./cost.ts";
import type { Movable } from "./features.ts";
import type { OpenSegment } from "./round.ts";
import { countRulesSaved } from "./select.ts";
import { findSplits, type Splits, withParts } from "./split-lists.ts";
import type { Product } from "./types.ts";

/** What a search comes to. */
export interface Outcome {
  readonly products: readonly Product[];
  /** Rules that some candidate had, chosen or not. */
  readonly notWorthIt: ReadonlySet<Rule>;
}

/** A search in segments of which nothing is known yet; `fixed`: products elsewhere. */
export type Search = (segments: readonly OpenSegment[], fixed: readonly Product[]) => Outcome;

/** How often rules that were not merged as a whole are made whole, and all is searched again. */
const MOST_TRIES = 8;

/**
 * `plain`: what the search comes to without. Only segments with something to split are searched again, the products of all others beside them. Rules are split wholly or not
 * at all: what stays flat stays as it is written.
 */
export function searchInParts(segments: readonly OpenSegment[], plain: Outcome, search: Search): Outcome {
  let open = segments.flatMap((segment) => {
    const splits = findSplits(segment.segment);
    return splits.size === 0 ? [] : [{ segment, splits }];
  });
  const searched = new Set(open.flatMap(({ segment }) => rulesOf(segment)));
  const fixed = plain.products.filter(({ rules }) => !searched.has(rules[0]!));
  for (let tries = 0; tries < MOST_TRIES && open.some(({ splits }) => splits.size > 0); tries++) {
    const { products, notWorthIt } = search(
      open.map(({ segment, splits }) => ({
        ...{ ...segment, products: [], active: true },
        segment: withParts(segment.segment, splits),
      })),
      fixed,
    );
    // Whole rules make it no better.
    if (readingGain(products) <= readingGain(plain.products)) return plain;
    const unfinished = findUnfinished(products);
    if (unfinished.size === 0) {
      if (countRulesSaved(products, []) < countRulesSaved(plain.products, [])) return plain;
      return { products, notWorthIt: new Set([...plain.notWorthIt, ...notWorthIt]) };
    }
    open = open.map(({ segment, splits }) => ({ segment, splits: without(splits, unfinished) }));
  }
  return plain;
}

function rulesOf({ segment }: OpenSegment): readonly Rule[] {
  return segment.items.map(({ movable }) => movable.rule);
}

/** Rules of which some parts are in products, and others are not. */
function findUnfinished(products: readonly Product[]): ReadonlySet<Rule> {
  const found = new Map<Movable, Set<string>>();
  for (const part of products.flatMap(({ parts = [] }) => parts)) {
    const keys = found.get(part.partOf!);
    if (keys === undefined) found.set(part.partOf!, new Set([keyOf(part)]));
    else keys.add(keyOf(part));
  }
  const open = [...found].filter(([whole, keys]) => keys.size < whole.parts!.length);
  return new Set(open.map(([{ rule }]) => rule));
}

function keyOf({ tokens }: Movable): string {
  return tokens.map((token) => token?.key ?? "").join("\u0000");
}

function without(splits: Splits, rules: ReadonlySet<Rule>): Splits {
  return new Map([...splits].filter(([{ rule }]) => !rules.has(rule)));
}
