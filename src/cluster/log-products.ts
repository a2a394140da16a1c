/**
 * Rules that log and go on, as products: those in front of a product (or behind it) that say LOG for its very members, or for those of some of its groups. The search joins no such rules, since a packet that two
 * of them match is logged twice; here no packet is in two.
 *
 *     -A FORWARD -s 10.0.0.1/32 -d 192.0.2.1/32 -j LOG        for each of the sources and destinations
 *     -A FORWARD -s 10.0.0.1/32 -d 192.0.2.1/32 -j DROP       for each of them: the product
 */
import { AXES, type Axis, type Rule } from "../model/types.ts";
import type { Item, Segment } from "./dependencies.ts";
import { kindOf } from "./features.ts";
import { regionOf, regionsOverlap } from "./regions.ts";
import type { MemberSet, Product } from "./types.ts";

/** Pairs of members that are compared on one axis at most. */
const MOST_PAIRS = 1_000_000;

/** Products of rules that log, the largest first, none with a rule of another; `products` are those of the segment. Whether they are worth anything is not asked. */
export function findLogProducts(segment: Segment, products: readonly Product[]): readonly Product[] {
  const logs = segment.items.filter(({ movable }) => movable.kin !== undefined);
  if (logs.length === 0) return [];
  const found = new Map<string, Product>();
  for (const { table, chain, sets, negated } of products) {
    if (negated !== undefined) continue;
    for (const some of choices(sets)) {
      for (const items of alike(logs, some)) {
        const rules = items.map(({ movable }) => movable.rule);
        const key = rules.map(({ line }) => line).join();
        if (found.has(key) || !isProduct(items, some)) continue;
        found.set(key, { table, chain, sets: some, rules, template: items[0]!.movable });
      }
    }
  }
  const taken = new Set<Rule>();
  const sorted = [...found.values()].sort((one, other) => other.rules.length - one.rules.length);
  return sorted.filter(({ rules }) => {
    if (rules.some((rule) => taken.has(rule))) return false;
    for (const rule of rules) taken.add(rule);
    return true;
  });
}

/** All sets, and those for addresses and interfaces alone: what packets can be in whose service is missing. */
function choices(sets: readonly MemberSet[]): readonly (readonly MemberSet[])[] {
  const others = sets.filter(({ axis }) => axis !== "service");
  const chosen: (readonly MemberSet[])[] = [];
  for (const set of others) chosen.push([set], ...chosen.map((some) => [...some, set]));
  return others.length === sets.length ? chosen : [...chosen, sets];
}

/** Rules whose members are in the sets, and that differ in nothing else. */
function alike(logs: readonly Item[], sets: readonly MemberSet[]): Iterable<readonly Item[]> {
  const members = new Map<Axis, ReadonlySet<string>>(
    sets.map(({ axis, members: own }) => [axis, new Set(own)]),
  );
  const byRest = new Map<string, Item[]>();
  for (const item of logs) {
    const { tokens } = item.movable;
    const isInside = AXES.every((axis, at) => members.get(axis)?.has(tokens[at]?.key ?? "") !== false);
    if (!isInside) continue;
    const others = AXES.map((axis, at) => (members.has(axis) ? "" : (tokens[at]?.key ?? "")));
    const key = [kindOf(item.movable), ...others].join("\u0001");
    const list = byRest.get(key);
    if (list === undefined) byRest.set(key, [item]);
    else list.push(item);
  }
  return byRest.values();
}

/** Whether they say each combination once, and no packet is in two. */
function isProduct(items: readonly Item[], sets: readonly MemberSet[]): boolean {
  if (items.length !== sets.reduce((count, { members }) => count * members.length, 1)) return false;
  const places = sets.map(({ axis }) => AXES.indexOf(axis));
  const cellOf = ({ movable }: Item) => places.map((at) => movable.tokens[at]!.key);
  if (new Set(items.map((item) => cellOf(item).join("\u0001"))).size < items.length) return false;
  // Members apart on each axis are combinations apart.
  const first = cellOf(items[0]!);
  return places.every((_, at) => {
    const line = items.filter((item) =>
      cellOf(item).every((key, other) => other === at || key === first[other]),
    );
    const regions = line.map(({ movable }) => regionOf(movable.rule));
    if (regions.length ** 2 > MOST_PAIRS) return false;
    return regions.every((one, index) => regions.slice(index + 1).every((two) => !regionsOverlap(one, two)));
  });
}
