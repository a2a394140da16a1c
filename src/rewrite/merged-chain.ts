/**
 * Chains in their new order: rules that stay, or what is left of them, and policy rules.
 */
import type { Item, Segment } from "../cluster/dependencies.ts";
import { orderSegment } from "../cluster/order.ts";
import type { CutChain } from "../cluster/segments.ts";
import type { Rule } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { MergedRule } from "./product.ts";
import { findRemainders } from "./remainders.ts";

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
}

/** A segment while the policy rules are sorted into it. */
export interface OpenSegment {
  readonly segment: Segment;
  readonly merged: { readonly merged: MergedRule; readonly indexes: readonly number[] }[];
}

/** Lines of calls that are rule chains now: of a run all of them, in its order. */
export type TreeCalls = Map<number, readonly MergedRule[]>;

/** Puts a chain in order, or says why that can't be. */
export function orderChain(
  cut: CutChain,
  segments: ReadonlyMap<object, OpenSegment>,
  calls: TreeCalls,
  diagnostics: Diagnostic[],
): MergedChain {
  const entries: ChainEntry[] = [];
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
    const order = orderSegment(
      segment,
      merged.map(({ indexes }) => indexes),
      rests,
    );
    if (order === null) {
      const names = merged.map(({ merged: { policy } }) => policy.name).join(", ");
      diagnostics.push(
        makeDiagnostic("POLICY_RULES_CANT_BE_ORDERED", null, { chain: cut.chain.name, names }),
      );
      continue;
    }
    for (const node of order) {
      if (node.product === null) entries.push(flatEntry(node.items[0]!, rests));
      else entries.push({ kind: "merged", merged: merged[node.product]!.merged });
    }
  }
  return { table: cut.table, chain: cut.chain.name, entries };
}

function flatEntry({ movable, index }: Item, rests: ReadonlyMap<number, readonly string[]>): FlatEntry {
  const rest = rests.get(index);
  return { kind: "flat", rule: movable.rule, ...(rest === undefined ? {} : { rest }) };
}
