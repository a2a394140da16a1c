/**
 * Moves rules to later runs of their class where that completes products.
 *
 * A run takes all that is ready when its turn comes. One member that something stands in front of comes in a later run, and splits the product that it belongs to; but the others
 * can often wait for it. Rules are moved only past rules that they do not conflict with, so the order of runs stays one that keeps the meaning.
 */
import { AXES } from "../model/types.ts";
import { type Candidate, findCandidates } from "./candidates.ts";
import type { Item, Segment } from "./dependencies.ts";
import type { Movable } from "./features.ts";
import { withNeighbours } from "./neighbours.ts";

/** Rules of one class that stand side by side. */
export interface Run {
  /** In source order. */
  readonly items: readonly Item[];
  /** Those that may be in a product (`neighbours.ts`). */
  readonly candidates: readonly Item[];
  /** Their cover (see `candidates.ts`) where it is known. */
  readonly cover: readonly Candidate[] | null;
}

/** A product of a run, or a single rule, as far as others may join it. */
interface Part {
  readonly items: readonly Item[];
  readonly signature: string;
  /** In AXES order; null: the rules do not test the axis. */
  readonly members: readonly (readonly string[] | null)[];
  run: number;
}

/** Gathers the runs of a segment, stretch by stretch. */
export class Gatherer {
  readonly #places: Places;

  constructor(segment: Segment) {
    this.#places = new Places(segment);
  }

  /** The items of one stretch in runs again; runs that are left without any go. */
  gather(runs: readonly (readonly Item[])[]): Run[] {
    const candidates = new Set(withNeighbours(runs.flat()));
    const likely = runs.map((items) => items.filter((item) => candidates.has(item)));
    if (runs.length < 2) return runs.map((items, at) => ({ items, candidates: likely[at]!, cover: null }));
    const places = this.#places;
    places.start(runs);
    const covers = likely.map((items) => findCandidates(items));
    const parts = likely.flatMap((items, at) => partsOf(items, covers[at]!, at));
    const uses = new Map<Item, number>();
    for (const { items } of parts) for (const item of items) uses.set(item, (uses.get(item) ?? 0) + 1);
    const byKey = new Map<string, Part[]>();
    // From the first run on: what moves once may move again, together with what it has joined.
    for (const part of parts) {
      for (const key of keysOf(part)) {
        const earlier = byKey.get(key) ?? [];
        byKey.set(key, earlier);
        for (const other of earlier) {
          if (other.run >= part.run || other.items.length + part.items.length < 3) continue;
          // Rules of two products can't leave one of them.
          if (other.items.some((item) => uses.get(item)! > 1)) continue;
          if (places.move(other.items, part.run)) other.run = part.run;
        }
        earlier.push(part);
      }
    }
    return places.finish().flatMap(({ items, isSame }, at): readonly Run[] => {
      if (items.length === 0) return [];
      if (isSame) return [{ items, candidates: likely[at]!, cover: covers[at]! }];
      return [{ items, candidates: items.filter((item) => candidates.has(item)), cover: null }];
    });
  }
}

/** Items of other stretches. */
const ELSEWHERE = -1;

/** In which run of a stretch each item stands; a class because it guards that. */
class Places {
  readonly #segment: Segment;
  readonly #runOf: Int32Array;
  #items: readonly Item[] = [];
  #classes: readonly string[] = [];
  #changed = new Set<number>();

  constructor(segment: Segment) {
    this.#segment = segment;
    this.#runOf = new Int32Array(segment.items.length).fill(ELSEWHERE);
  }

  start(runs: readonly (readonly Item[])[]): void {
    this.#items = runs.flat().sort((one, other) => one.index - other.index);
    runs.forEach((run, at) => {
      for (const { index } of run) this.#runOf[index] = at;
    });
    this.#classes = runs.map((run) => run[0]!.movable.classKey);
    this.#changed = new Set();
  }

  /** Moves items to a later run of their class, if all of them may go there. */
  move(items: readonly Item[], run: number): boolean {
    const mayWait = items.every(
      ({ index, movable }) => movable.classKey === this.#classes[run] && this.#mayWait(index, run),
    );
    if (!mayWait) return false;
    this.#changed.add(run);
    for (const { index } of items) {
      this.#changed.add(this.#runOf[index]!);
      this.#runOf[index] = run;
    }
    return true;
  }

  /** Whether all that depends on the item stands behind a run, or behind the stretch. */
  #mayWait(index: number, run: number): boolean {
    const { starts, others } = this.#segment.after;
    for (let at = starts[index]!; at < starts[index + 1]!; at++) {
      const place = this.#runOf[others[at]!]!;
      if (place !== ELSEWHERE && place <= run) return false;
    }
    return true;
  }

  /** All runs, those without items among them; whether each has the items that it had. */
  finish(): { readonly items: readonly Item[]; readonly isSame: boolean }[] {
    const runs: Item[][] = this.#classes.map(() => []);
    for (const item of this.#items) {
      runs[this.#runOf[item.index]!]!.push(item);
      this.#runOf[item.index] = ELSEWHERE;
    }
    return runs.map((items, at) => ({ items, isSame: !this.#changed.has(at) }));
  }
}

function partsOf(run: readonly Item[], cover: readonly Candidate[], at: number): Part[] {
  const byRule = new Map(run.map((item) => [item.movable.rule, item]));
  const left = new Set(run);
  const parts = cover.map(({ rules, sets, template }): Part => {
    const items = rules.map((rule) => byRule.get(rule)!);
    for (const item of items) left.delete(item);
    const members = membersOf(template).map(
      (own, axis) => sets.find((set) => set.axis === AXES[axis])?.members ?? own,
    );
    return { items, signature: template.signature, members, run: at };
  });
  for (const item of left) {
    const { movable } = item;
    parts.push({ items: [item], signature: movable.signature, members: membersOf(movable), run: at });
  }
  return parts;
}

function membersOf({ tokens }: Movable): readonly (readonly string[] | null)[] {
  return tokens.map((token) => (token === null ? null : [token.key]));
}

/** For each axis that parts may differ on: what they have to agree in else. */
function keysOf({ signature, members }: Part): readonly string[] {
  const texts = members.map((list) => (list === null ? "" : [...list].sort().join("\u0001")));
  return members.flatMap((list, axis) =>
    list === null ? [] : [[signature, axis, ...texts.with(axis, "")].join("\u0000")],
  );
}
