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

/** A search in segments of which nothing is known yet. */
export type Search = (segments: readonly OpenSegment[]) => Outcome;

/** How often rules that were not merged as a whole are made whole, and all is searched again. */
const MOST_TRIES = 4;

/** `plain`: what the search comes to without. Rules are split wholly or not at all: what stays flat stays as it is written. */
export function searchInParts(segments: readonly OpenSegment[], plain: Outcome, search: Search): Outcome {
  let splits = segments.map(({ segment }) => findSplits(segment));
  for (let tries = 0; tries < MOST_TRIES && splits.some(({ size }) => size > 0); tries++) {
    const outcome = search(
      segments.map((open, at) => ({
        ...{ ...open, products: [], active: true },
        segment: splits[at]!.size === 0 ? open.segment : withParts(open.segment, splits[at]!),
      })),
    );
    const open = findUnfinished(outcome.products);
    if (open.size === 0) return isBetter(outcome.products, plain.products) ? outcome : plain;
    splits = splits.map((own) => without(own, open));
  }
  return plain;
}

function isBetter(products: readonly Product[], others: readonly Product[]): boolean {
  return (
    readingGain(products) > readingGain(others) &&
    countRulesSaved(products, []) >= countRulesSaved(others, [])
  );
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
