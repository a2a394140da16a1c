/**
 * The order of a chain once the policy rules are sorted into it: as it is written, or by use.
 */
import type { Item, Segment } from "../cluster/dependencies.ts";
import { type OrderedNode, orderSegment } from "../cluster/order.ts";
import { orderByUse, type UseOf } from "../cluster/order-by-use.ts";
import type { CutChain } from "../cluster/segments.ts";
import type { Rule, Ruleset } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { Span } from "../text/source.ts";
import { orderTogether } from "../cluster/order-together.ts";
import type { MergedRule } from "./product.ts";
import { findRemainders } from "./remainders.ts";
import {
  findParted,
  joinCalled,
  type JoinedRules,
  joinPlaced,
  type PlacedRule,
  placesOf,
  roomsBelow,
} from "./rests.ts";
import { sharedSource } from "./shared-source.ts";

/** A place of a chain in its new order. */
export type ChainEntry = FlatEntry | MergedEntry;

/** A policy rule; `behind`: the one whose rest it is, and that stands before it. */
export interface MergedEntry {
  readonly kind: "merged";
  readonly merged: MergedRule;
  readonly behind?: MergedRule;
}

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
  readonly merged: PlacedRule[];
}

/** Lines of calls that are rule chains now: of a run all of them, in its order. */
export type TreeCalls = Map<number, readonly MergedRule[]>;

/** How the policy rules of chains are to stand. */
export interface ChainChoices {
  readonly useOf: ChainUse;
  /** Chains in which rules of one source are to stand together. */
  readonly isShared: (table: string, chain: string) => boolean;
  /** Chains in which policy rules are to be the rest of others, where the plan says so. */
  readonly hasRests: (table: string, chain: string) => boolean;
}

/** What the order of chains is made of; the diagnostics grow. */
export interface Ordering extends ChainChoices {
  readonly segments: ReadonlyMap<object, OpenSegment>;
  readonly calls: TreeCalls;
  readonly diagnostics: Diagnostic[];
  /** The place of a line in the input. */
  readonly spanOf: (line: number) => Span;
}

/** Orders all chains; says where the policy rules can't be put in any order, or not as the plan has them. */
export function orderChains(
  cut: readonly CutChain[],
  ruleset: Ruleset,
  ordering: Ordering,
): readonly MergedChain[] {
  const roomBelow = roomsBelow(ruleset);
  const isOpen = (table: string, chain: string) => ordering.hasRests(table, chain);
  const chains = cut.map((each) => {
    const { table, chain } = each;
    return orderChain(each, isOpen(table, chain.name) ? roomBelow(table, chain.name) : null, ordering);
  });
  const joinable = chains.filter(({ table, chain }) => isOpen(table, chain));
  ordering.diagnostics.push(
    ...findParted(
      joinable.flatMap(({ entries }) => entries),
      ordering.spanOf,
    ),
  );
  return chains;
}

/** Orders one chain; `room`: chains that may be below a rule chain of it, null where no policy rule is to be the rest of another. */
function orderChain(cut: CutChain, room: number | null, ordering: Ordering): MergedChain {
  const { segments, calls, useOf } = ordering;
  const { table, chain } = cut;
  // A chain in which nothing is merged stays line by line.
  const isMerged = cut.pieces.some((piece) =>
    piece.kind === "barrier" ? calls.has(piece.rule.line) : segments.get(piece)!.merged.length > 0,
  );
  const use = isMerged ? useOf(table, chain.name) : undefined;
  const entries: ChainEntry[] = [];
  let isMoved = false;
  for (const piece of cut.pieces) {
    if (piece.kind === "segment") {
      const ordered = orderPlaces(segments.get(piece)!, { table, chain: chain.name, use, room }, ordering);
      entries.push(...ordered.entries);
      isMoved ||= ordered.isMoved;
      continue;
    }
    const called = calls.get(piece.rule.line);
    if (called === undefined) entries.push({ kind: "flat", rule: piece.rule });
    const here = (called ?? []).filter(({ rules }) => rules[0] === piece.rule);
    for (const joined of room === null ? here.map(alone) : joinCalled(here, room))
      entries.push(...entriesOf(joined));
  }
  return { table, chain: chain.name, entries, isMoved };
}

/** Where a segment is, and what is known of its chain. */
interface Place {
  readonly table: string;
  readonly chain: string;
  readonly use: UseOf | undefined;
  readonly room: number | null;
}

/** Orders a segment. */
function orderPlaces(
  { segment, merged: placed }: OpenSegment,
  { table, chain, use, room }: Place,
  { isShared, diagnostics }: Ordering,
): Pick<MergedChain, "entries" | "isMoved"> {
  const left = findRemainders(segment.items, placed);
  const orderOf = (some: readonly JoinedRules<PlacedRule>[]) =>
    orderSegment(segment, some.map(placesOf), left);
  const isPossible = (some: readonly JoinedRules<PlacedRule>[]) => orderOf(some) !== null;
  const joined = room === null ? placed.map(alone) : joinPlaced(segment, placed, room, isPossible);
  const written = orderOf(joined);
  if (written === null) {
    const names = placed.map(({ merged: { policy } }) => policy.name).join(", ");
    diagnostics.push(makeDiagnostic("POLICY_RULES_CANT_BE_ORDERED", null, { chain, names }));
    return { entries: [], isMoved: false };
  }
  const used = use === undefined ? written : orderByUse(written, segment, use);
  const sourceOf = ({ product }: OrderedNode) =>
    product === null ? null : sharedSource(joined[product]!.head.merged);
  const order = isShared(table, chain) ? orderTogether(used, segment, sourceOf) : used;
  const entries = order.flatMap((node): readonly ChainEntry[] => {
    if (node.product === null) return [flatEntry(node.items[0]!, left)];
    const { head, rests } = joined[node.product]!;
    return entriesOf({ head: head.merged, rests: rests.map(({ merged }) => merged) });
  });
  return { entries, isMoved: used !== written };
}

function alone<Placed>(head: Placed): JoinedRules<Placed> {
  return { head, rests: [] };
}

function entriesOf({ head, rests }: JoinedRules<MergedRule>): readonly MergedEntry[] {
  return [
    { kind: "merged", merged: head },
    ...rests.map((merged): MergedEntry => ({ kind: "merged", merged, behind: head })),
  ];
}

function flatEntry({ movable, index }: Item, rests: ReadonlyMap<number, readonly string[]>): FlatEntry {
  const rest = rests.get(index);
  return { kind: "flat", rule: movable.rule, ...(rest === undefined ? {} : { rest }) };
}
