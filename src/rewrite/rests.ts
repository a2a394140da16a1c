/**
 * Joins policy rules that a plan has as the rest of another one (`restOf`) with that one: they have one place in their chain then, and one rule chain.
 */
import { canBeRest, type RestShape, restLevels } from "../cluster/rest-form.ts";
import { comesLast } from "../cluster/rests.ts";
import type { Segment } from "../cluster/dependencies.ts";
import { chainDepths, DEEPEST_CHAIN } from "../cluster/segments.ts";
import type { Ruleset } from "../model/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { Span } from "../text/source.ts";
import type { MergedRule } from "./product.ts";

/** A policy rule with the places in its segment that it takes. */
export interface PlacedRule {
  readonly merged: MergedRule;
  readonly indexes: readonly number[];
}

/** How many chains may be below a rule chain of each chain. */
export function roomsBelow({ tables }: Ruleset): (table: string, chain: string) => number {
  const depths = new Map(tables.map((table) => [table.name, chainDepths(table)]));
  return (table, chain) => DEEPEST_CHAIN - (depths.get(table)?.get(chain) ?? 0) - 1;
}

/** Policy rules that stand in one place: the first one's rule chain has the verdicts of the others behind its tests. */
export interface JoinedRules<Placed> {
  readonly head: Placed;
  readonly rests: readonly Placed[];
}

/** Joins those of a segment. `canBeOrdered`: whether rules that take these places can all have one. `room`: chains that may be below a rule chain. */
export function joinPlaced(
  segment: Segment,
  placed: readonly PlacedRule[],
  room: number,
  canBeOrdered: (joined: readonly JoinedRules<PlacedRule>[]) => boolean,
): readonly JoinedRules<PlacedRule>[] {
  const start = ({ indexes }: PlacedRule): number => Math.min(...indexes);
  const sorted = [...placed].sort((one, other) => start(one) - start(other));
  const likely = join(sorted, room, (home, next) => mayFollow(segment, home, next));
  if (likely.length === placed.length || canBeOrdered(likely)) return likely;
  return join(sorted, room, (home, next, all) => {
    const tried = all.flatMap((each) => {
      if (each === home) return [{ head: home.head, rests: [...home.rests, next] }];
      return each.head === next ? [] : [each];
    });
    return mayFollow(segment, home, next) && canBeOrdered(tried);
  });
}

/** Joins those that one rule of the ruleset calls, in their order. */
export function joinCalled(called: readonly MergedRule[], room: number): readonly JoinedRules<MergedRule>[] {
  const joined = join(
    called.map((merged): PlacedRule => ({ merged, indexes: [] })),
    room,
    () => true,
  );
  return joined.map(({ head, rests }) => ({ head: head.merged, rests: rests.map(({ merged }) => merged) }));
}

/** The places that joined rules take. */
export function placesOf({ head, rests }: JoinedRules<PlacedRule>): readonly number[] {
  return [...new Set([head, ...rests].flatMap(({ indexes }) => indexes))];
}

function join(
  placed: readonly PlacedRule[],
  room: number,
  mayJoin: (
    home: JoinedRules<PlacedRule>,
    next: PlacedRule,
    all: readonly JoinedRules<PlacedRule>[],
  ) => boolean,
): readonly JoinedRules<PlacedRule>[] {
  let all: readonly JoinedRules<PlacedRule>[] = placed.map((head) => ({ head, rests: [] }));
  for (const next of placed) {
    const { restOf, logPartial } = next.merged.policy;
    const home = all.find(({ head }) => head.merged.policy.id === restOf && head !== next);
    // Who asks for a log of partial matches wants a rule chain of its own.
    if (home === undefined || logPartial !== undefined || !fits(home, next, room)) continue;
    if (!mayJoin(home, next, all)) continue;
    all = all
      .filter(({ head }) => head !== next)
      .map((each) => (each === home ? { head: home.head, rests: [...home.rests, next] } : each));
  }
  return all;
}

function fits({ head, rests }: JoinedRules<PlacedRule>, next: PlacedRule, room: number): boolean {
  const [shape, others, own] = [
    restShapeOf(head.merged),
    rests.map(({ merged }) => restShapeOf(merged)),
    restShapeOf(next.merged),
  ];
  return canBeRest(shape, others, own) && restLevels(shape, [...others, own]) <= room;
}

function mayFollow(segment: Segment, { head, rests }: JoinedRules<PlacedRule>, next: PlacedRule): boolean {
  return comesLast(
    segment,
    [head, ...rests].flatMap(({ indexes }) => indexes),
    next.indexes,
  );
}

/** A policy rule as far as it counts for rests. */
export function restShapeOf({
  groups,
  negated,
  template,
  missing,
  parts,
  servicesFirst,
}: MergedRule): RestShape {
  return {
    axes: groups.map(({ axis }) => axis),
    negated,
    groupOf: (axis) => groups.find((group) => group.axis === axis)!.id,
    template,
    isPlain: missing.length === 0 && parts.size === 0 && !servicesFirst,
  };
}

/** Places; `behind`: the policy rule whose rest another one is, and whose rule chain has its verdict. */
type Joinable =
  | { readonly kind: "flat" }
  | { readonly kind: "merged"; readonly merged: MergedRule; readonly behind?: MergedRule };

/** Says which policy rules a plan has as the rest of one that they can't be a rest of, and which stand apart although they could be, since others are in the way. */
export function findParted(
  places: readonly Joinable[],
  spanOf: (line: number) => Span,
): readonly Diagnostic[] {
  const entries = places.flatMap((place) => (place.kind === "merged" ? [place] : []));
  const heads = new Map(entries.map(({ merged }) => [merged.policy.id, merged]));
  return entries.flatMap(({ merged, behind }) => {
    const { policy, rules } = merged;
    const head = heads.get(policy.restOf ?? "");
    if (head === undefined || behind !== undefined || policy.logPartial !== undefined) return [];
    const args = { name: policy.name, head: head.policy.name };
    const isRest =
      head.policy.chain === policy.chain && canBeRest(restShapeOf(head), [], restShapeOf(merged));
    const code = isRest ? "POLICY_RULE_APART" : "POLICY_RULE_NO_REST";
    return [makeDiagnostic(code, spanOf(rules[0]!.line), args)];
  });
}
