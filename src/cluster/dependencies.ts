/**
 * Segments: movable rules without a barrier between them, and which of them have to stay in their order.
 */
import type { Rule } from "../model/types.ts";
import { ConflictSearch } from "./conflict-search.ts";
import { type EdgeLists, reverseEdges } from "./edges.ts";
import type { Movable } from "./features.ts";
import { ThinEdges } from "./reduce.ts";

/** A movable rule with its place in the segment. */
export interface Item {
  readonly movable: Movable;
  /** Ascending in the order of the chain. */
  readonly index: number;
}

/** Movable rules with their dependencies; found once, for the search, the order and the rewriting. */
export interface Segment {
  readonly items: readonly Item[];
  /** The index of each rule. */
  readonly placeOf: ReadonlyMap<Rule, number>;
  /** For each item those before it that it depends on; what follows from others may be left out. */
  readonly before: EdgeLists;
  /** The same from the other end. */
  readonly after: EdgeLists;
}

/** How many edges of a segment are kept. */
export interface EdgeLimits {
  /** Above that many, rules now and then become walls. */
  readonly most: number;
  /** As many edges there may be from wall to wall even then. */
  readonly betweenWalls: number;
}

/** 256 MB in both directions, while they are made. */
const LIMITS: EdgeLimits = { most: 1 << 25, betweenWalls: 1 << 20 };

/** Segments by their first rule: the search asks for one, and then the rewriter. */
const MADE = new WeakMap<Movable, Segment>();

/** The segment of rules that follow each other in a chain. */
export function segmentOf(rules: readonly Movable[]): Segment {
  const first = rules[0];
  const known = first === undefined ? undefined : MADE.get(first);
  if (known?.items.length === rules.length && known.items.every(({ movable }, at) => movable === rules[at]))
    return known;
  const segment = makeSegment(rules);
  if (first !== undefined) MADE.set(first, segment);
  return segment;
}

/** Makes a segment of rules in their order. */
export function makeSegment(rules: readonly Movable[], limits: EdgeLimits = LIMITS): Segment {
  const before = findDependencies(rules, limits);
  const items = rules.map((movable, index) => ({ movable, index }));
  const placeOf = new Map(rules.map(({ rule }, index) => [rule, index]));
  return { items, placeOf, before, after: reverseEdges(before) };
}

/**
 * The conflicts of each rule with earlier ones. Where there are too many to be kept, a rule now and then is a wall that nothing may move past: fewer orders than
 * could be, but all of them right.
 */
function findDependencies(rules: readonly Movable[], { most, betweenWalls }: EdgeLimits): EdgeLists {
  const search = new ConflictSearch(rules);
  const edges = new ThinEdges(rules.length);
  let wall = -1;
  let atWall = 0;
  for (let index = 0; index < rules.length; index++) {
    if (edges.count - atWall > Math.max(betweenWalls, most - atWall)) {
      for (let other = Math.max(0, wall); other < index; other++) edges.add(other);
      wall = index;
      atWall = edges.count;
    } else {
      search.forEachEarlier(index, wall + 1, (other) => edges.add(other));
      if (wall >= 0) edges.add(wall);
    }
    edges.close();
  }
  return edges.lists();
}
