/**
 * The order of a chain once the policy rules are sorted into it: as it is written, or by use.
 */
import type { Item, Segment } from "../cluster/dependencies.ts";
import { type OrderedNode, orderSegment } from "../cluster/order.ts";
import { orderByUse, type UseOf } from "../cluster/order-by-use.ts";
import type { CutChain } from "../cluster/segments.ts";
import type { Rule } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { orderTogether } from "../cluster/order-together.ts";
import type { MergedRule } from "./product.ts";
import { findRemainders } from "./remainders.ts";
import { sharedSource } from "./shared-source.ts";

/** A place of a chain in its new order. */
export type ChainEntry = FlatEntry | { readonly kind: "merged"; readonly merged: MergedRule };

/** A rule that stays; `rest`: only what is left of it, as lines. */
export interface FlatEntry {
  readonly kind: "flat";
  readonly rule: Rule;
  readonly rest?: readonly string[];
}

/** A chain in its new order. */
export interface MergedChain {
  readonly table: string;
  readonly chain: string;
  readonly entries: readonly ChainEntry[];
  /** Whether use made it another order than the old one would be. */
  readonly isMoved: boolean;
}

/** The use of places of a chain; missing where it is to stay as it is written. */
export type ChainUse = (table: string, chain: string) => UseOf | undefined;

/** A segment while the policy rules are sorted into it. */
export interface OpenSegment {
  readonly segment: Segment;
  readonly merged: { readonly merged: MergedRule; readonly indexes: readonly number[] }[];
}

/** Lines of calls that are rule chains now: of a run all of them, in its order. */
export type TreeCalls = Map<number, readonly MergedRule[]>;

/** What the order of chains is made of; the diagnostics grow. */
export interface Ordering {
  readonly segments: ReadonlyMap<object, OpenSegment>;
  readonly calls: TreeCalls;
  readonly useOf: ChainUse;
  /** Chains in which rules of one source are to stand together. */
  readonly isShared: (table: string, chain: string) => boolean;
  readonly diagnostics: Diagnostic[];
}

/** Orders one chain; says where the policy rules can't be put in any order. */
export function orderChain(
  cut: CutChain,
  { segments, calls, useOf, isShared, diagnostics }: Ordering,
): MergedChain {
  const entries: ChainEntry[] = [];
  // A chain in which nothing is merged stays line by line.
  const isMerged = cut.pieces.some((piece) =>
    piece.kind === "barrier" ? calls.has(piece.rule.line) : segments.get(piece)!.merged.length > 0,
  );
  const use = isMerged ? useOf(cut.table, cut.chain.name) : undefined;
  let isMoved = false;
  for (const piece of cut.pieces) {
    if (piece.kind === "barrier") {
      const all = calls.get(piece.rule.line);
      if (all === undefined) entries.push({ kind: "flat", rule: piece.rule });
      for (const merged of all ?? [])
        if (merged.rules[0] === piece.rule) entries.push({ kind: "merged", merged });
      continue;
    }
    const { segment, merged } = segments.get(piece)!;
    const rests = findRemainders(segment.items, merged);
    const written = orderSegment(
      segment,
      merged.map(({ indexes }) => indexes),
      rests,
    );
    if (written === null) {
      const names = merged.map(({ merged: { policy } }) => policy.name).join(", ");
      diagnostics.push(
        makeDiagnostic("POLICY_RULES_CANT_BE_ORDERED", null, { chain: cut.chain.name, names }),
      );
      continue;
    }
    const used = use === undefined ? written : orderByUse(written, segment, use);
    const sourceOf = ({ product }: OrderedNode) =>
      product === null ? null : sharedSource(merged[product]!.merged);
    const order = isShared(cut.table, cut.chain.name) ? orderTogether(used, segment, sourceOf) : used;
    isMoved ||= used !== written;
    for (const node of order) {
      if (node.product === null) entries.push(flatEntry(node.items[0]!, rests));
      else entries.push({ kind: "merged", merged: merged[node.product]!.merged });
    }
  }
  return { table: cut.table, chain: cut.chain.name, entries, isMoved };
}

function flatEntry({ movable, index }: Item, rests: ReadonlyMap<number, readonly string[]>): FlatEntry {
  const rest = rests.get(index);
  return { kind: "flat", rule: movable.rule, ...(rest === undefined ? {} : { rest }) };
}
