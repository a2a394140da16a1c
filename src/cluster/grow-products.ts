/**
 * Lets flat rules join the groups that were found: a member for which they say, in every product with that group, all that the product says for the others.
 * Runs are made before it is known what will be a product; a rule that no run could take may still be moved to one.
 */
import { AXES, type Axis } from "../model/types.ts";
import { setKey } from "./cost.ts";
import type { Movable } from "./features.ts";
import { orderSegment } from "./order.ts";
import type { OpenSegment } from "./round.ts";
import type { Product } from "./types.ts";

/** Pairs of a product and a flat rule that are compared at most. */
const MOST_PAIRS = 20_000_000;

/** Rules that are put in order at most, over all tries. */
const MOST_ORDERED = 30_000_000;

/** A product with its place in `OpenSegment.products`. */
interface Home {
  readonly segment: OpenSegment;
  readonly at: number;
}

/** The rules that a new member brings to each product with its group. */
type NewRules = ReadonlyMap<Home, readonly Movable[]>;

/** Replaces products by larger ones, in place, as long as rules join; whether some did. `others`: products elsewhere, whose groups stay as they are. */
export function growProducts(segments: readonly OpenSegment[], others: readonly Product[]): boolean {
  const flat = new FlatRules(segments);
  if (flat.pairs() > MOST_PAIRS) return false;
  const fixed = new Set(others.flatMap(({ sets }) => sets.map(setKey)));
  let room = MOST_ORDERED;
  let isGrown = false;
  for (let grew = true; grew; ) {
    grew = false;
    for (const [axis, homes] of groupsOf(segments, fixed)) {
      for (const rules of newMembers(axis, homes, flat)) {
        for (const { segment } of rules.keys()) room -= segment.segment.items.length;
        if (room < 0) return isGrown;
        const joined = join(axis, rules);
        if (joined === null) continue;
        flat.remove([...joined.values()].flat());
        grew = true;
        isGrown = true;
      }
    }
  }
  return isGrown;
}

/** All products with a group, group by group; but for groups that others have, and those that a person has made. */
function groupsOf(
  segments: readonly OpenSegment[],
  fixed: ReadonlySet<string>,
): readonly (readonly [Axis, readonly Home[]])[] {
  const groups = new Map<string, [Axis, Home[]]>();
  for (const segment of segments) {
    segment.products.forEach((product, at) => {
      for (const set of product.sets) {
        const key = setKey(set);
        if (set.isKnown === true || fixed.has(key)) continue;
        const known = groups.get(key);
        if (known === undefined) groups.set(key, [set.axis, [{ segment, at }]]);
        else known[1].push({ segment, at });
      }
    });
  }
  return [...groups.values()];
}

/** Rules that are in no product, by segment and signature; a class because rules leave it. */
class FlatRules {
  readonly #bySignature = new Map<OpenSegment, Map<string, Set<Movable>>>();

  constructor(segments: readonly OpenSegment[]) {
    for (const segment of segments) {
      if (segment.products.length === 0) continue;
      const wanted = new Set(segment.products.map(({ template }) => template.signature));
      const merged = new Set(segment.products.flatMap(({ rules }) => rules));
      const found = new Map([...wanted].map((signature) => [signature, new Set<Movable>()]));
      for (const { movable } of segment.segment.items)
        if (!merged.has(movable.rule)) found.get(movable.signature)?.add(movable);
      this.#bySignature.set(segment, found);
    }
  }

  /** How many pairs of a product and a flat rule like it there are. */
  pairs(): number {
    let count = 0;
    for (const segment of this.#bySignature.keys())
      segment.products.forEach((_, at) => {
        count += this.like({ segment, at }).size;
      });
    return count;
  }

  /** Flat rules of a product's signature. */
  like({ segment, at }: Home): ReadonlySet<Movable> {
    return this.#bySignature.get(segment)!.get(segment.products[at]!.template.signature)!;
  }

  remove(movables: readonly Movable[]): void {
    for (const bySignature of this.#bySignature.values())
      for (const movable of movables) bySignature.get(movable.signature)?.delete(movable);
  }
}

/** Members that every product with the group could have, each with the rules that say so. */
function newMembers(axis: Axis, homes: readonly Home[], flat: FlatRules): readonly NewRules[] {
  const [first, ...others] = homes.map((home) => [home, candidates(axis, home, flat)] as const);
  return [...first![1].keys()].flatMap((member) => {
    const rules = new Map([[first![0], first![1].get(member)!]]);
    for (const [home, found] of others) {
      const own = found.get(member);
      if (own === undefined) return [];
      rules.set(home, own);
    }
    return [rules];
  });
}

/** For one product: members with flat rules for each combination of its other groups. */
function candidates(axis: Axis, home: Home, flat: FlatRules): ReadonlyMap<string, readonly Movable[]> {
  const { sets, template, missing } = home.segment.products[home.at]!;
  const found = new Map<string, Movable[]>();
  const like = flat.like(home);
  if (missing !== undefined || like.size === 0) return found;
  const own = AXES.map((name, at) => {
    const set = sets.find((each) => each.axis === name);
    return set === undefined ? new Set([template.tokens[at]?.key]) : new Set(set.members);
  });
  const axisAt = AXES.indexOf(axis);
  for (const movable of like) {
    if (!AXES.every((_, at) => at === axisAt || own[at]!.has(movable.tokens[at]?.key))) continue;
    const member = movable.tokens[axisAt]!.key;
    const list = found.get(member);
    if (list === undefined) found.set(member, [movable]);
    else list.push(movable);
  }
  const combinations = sets.reduce(
    (count, set) => (set.axis === axis ? count : count * set.members.length),
    1,
  );
  for (const [member, list] of found)
    if (new Set(list.map(cellText)).size < combinations) found.delete(member);
  return found;
}

/** Takes a member in wherever its group is; the rules that joined, or null where they can't be put in order. */
function join(axis: Axis, found: NewRules): NewRules | null {
  if (tryJoin(axis, found)) return found;
  const free = withoutHeld(axis, found);
  return free !== null && tryJoin(axis, free) ? free : null;
}

/** Of rules that say the same, those that can stand beside the others; null where that leaves all, or not one of each. */
function withoutHeld(axis: Axis, found: NewRules): NewRules | null {
  const free = new Map<Home, readonly Movable[]>();
  let isLess = false;
  for (const [home, rules] of found) {
    const cells = new Map<string, Movable[]>();
    for (const rule of rules) cells.set(cellText(rule), [...(cells.get(cellText(rule)) ?? []), rule]);
    const own = [...cells.values()].flatMap((alike) => (alike.length === 1 ? alike : []));
    for (const alike of cells.values()) {
      if (alike.length === 1) continue;
      const before = own.length;
      for (const rule of alike) if (fits(home, axis, [...own, rule])) own.push(rule);
      if (own.length === before) return null;
    }
    isLess ||= own.length < rules.length;
    free.set(home, own);
  }
  return isLess ? free : null;
}

/** Whether a product with more rules can be put in order. */
function fits(home: Home, axis: Axis, rules: readonly Movable[]): boolean {
  const products = home.segment.products.with(home.at, extend(home, axis, rules));
  return orderProducts(home.segment, products) !== null;
}

function cellText({ tokens }: Movable): string {
  return tokens.map((token) => token?.key ?? "").join("\u0000");
}

function tryJoin(axis: Axis, found: NewRules): boolean {
  const grown = new Map([...found].map(([home, movables]) => [home, extend(home, axis, movables)]));
  for (const segment of new Set([...grown.keys()].map((home) => home.segment))) {
    const products = [...segment.products];
    for (const [home, product] of grown) if (home.segment === segment) products[home.at] = product;
    if (orderProducts(segment, products) === null) return false;
  }
  for (const [{ segment, at }, product] of grown) segment.products[at] = product;
  return true;
}

function orderProducts({ segment }: OpenSegment, products: readonly Product[]): unknown {
  return orderSegment(
    segment,
    products.map(({ rules }) => rules.map((rule) => segment.placeOf.get(rule)!)),
  );
}

function extend({ segment, at }: Home, axis: Axis, movables: readonly Movable[]): Product {
  const product = segment.products[at]!;
  const member = movables[0]!.tokens[AXES.indexOf(axis)]!.key;
  const rules = [...product.rules, ...movables.map(({ rule }) => rule)];
  const sets = product.sets.map((set) =>
    set.axis === axis ? { ...set, members: [...set.members, member] } : set,
  );
  rules.sort((one, other) => one.line - other.line);
  const template = movables.find(({ rule }) => rule === rules[0]) ?? product.template;
  return { ...product, sets, rules, template };
}
