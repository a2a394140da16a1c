/**
 * Moves rules to later runs of their class where that completes products.
 *
 * A run takes all that is ready when its turn comes. One member that something stands in front of comes in a later run, and splits the product that it belongs to; but the others
 * can often wait for it. Rules are moved only past rules that they do not conflict with, so the order of runs stays one that keeps the meaning.
 */
import { AXES } from "../model/types.ts";
import { findCandidates } from "./candidates.ts";
import type { Item } from "./dependencies.ts";
import type { Movable } from "./features.ts";

/** A product of a run, or a single rule, as far as others may join it. */
interface Part {
  readonly items: readonly Item[];
  readonly signature: string;
  /** In AXES order; null: the rules do not test the axis. */
  readonly members: readonly (readonly string[] | null)[];
  run: number;
}

/** The same items in runs again; runs that are left without any go. `before`: for each item those that have to stand before it. */
export function gatherRuns(
  runs: readonly (readonly Item[])[],
  before: readonly (readonly number[])[],
): Item[][] {
  if (runs.length < 2) return runs.map((run) => [...run]);
  const places = new Places(runs, before);
  const parts = runs.flatMap((run, at) => partsOf(run, at));
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
  return places.runs();
}

/** In which run each item stands; a class because it guards that. */
class Places {
  readonly #items: readonly Item[];
  readonly #runOf: Int32Array;
  readonly #classes: readonly string[];
  readonly #after: number[][];

  constructor(runs: readonly (readonly Item[])[], before: readonly (readonly number[])[]) {
    this.#items = runs.flat().sort((one, other) => one.index - other.index);
    this.#runOf = new Int32Array(this.#items.length);
    runs.forEach((run, at) => {
      for (const { index } of run) this.#runOf[index] = at;
    });
    this.#classes = runs.map((run) => run[0]!.movable.classKey);
    this.#after = this.#items.map(() => []);
    before.forEach((list, index) => {
      for (const other of list) this.#after[other]!.push(index);
    });
  }

  /** Moves items to a later run of their class, if all of them may go there. */
  move(items: readonly Item[], run: number): boolean {
    const mayWait = items.every(
      ({ index, movable }) =>
        movable.classKey === this.#classes[run] &&
        this.#after[index]!.every((other) => this.#runOf[other]! > run),
    );
    if (mayWait) for (const { index } of items) this.#runOf[index] = run;
    return mayWait;
  }

  runs(): Item[][] {
    const runs: Item[][] = this.#classes.map(() => []);
    for (const item of this.#items) runs[this.#runOf[item.index]!]!.push(item);
    return runs.filter(({ length }) => length > 0);
  }
}

function partsOf(run: readonly Item[], at: number): Part[] {
  const byRule = new Map(run.map((item) => [item.movable.rule, item]));
  const left = new Set(run);
  const parts = findCandidates(run, "", "").map(({ rules, sets, template }): Part => {
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
