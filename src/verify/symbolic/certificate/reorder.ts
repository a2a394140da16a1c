/**
 * Whether one list of cells is another one in an order that makes no difference.
 *
 * It is if every two cells that stand the other way round may be swapped: then neighbours can be swapped, one pair after the other, until both lists are the same.
 */
import { areApart } from "./apart.ts";
import type { Cell } from "./cell.ts";
import { maySwap } from "./commute.ts";

/** Pairs that are looked at: some seconds. */
const MOST_PAIRS = 100_000_000;

const CHECK_MASK = 0xffff;

/** False where that is not known; then the rest of `now` is not asked for. */
export function isReordered(old: readonly Cell[], now: Iterable<Cell>, checkTime: () => void): boolean {
  const order = placesIn(old, now);
  return order !== null && new Swaps(old, checkTime).areFine(order);
}

/** For each cell its place in the old list; null where they are not the same cells. */
function placesIn(old: readonly Cell[], now: Iterable<Cell>): Int32Array | null {
  // The first place of equal cells; from there on the next one.
  const first = new Map<number, number>();
  const next = new Int32Array(old.length);
  for (let at = old.length - 1; at >= 0; at--) {
    const { key } = old[at]!;
    next[at] = first.get(key) ?? -1;
    first.set(key, at);
  }
  const order = new Int32Array(old.length);
  let count = 0;
  for (const { key } of now) {
    // Equal ones keep their order.
    const place = first.get(key) ?? -1;
    if (place === -1) return null;
    first.set(key, next[place]!);
    order[count++] = place;
  }
  return count === old.length ? order : null;
}

/** Cells that may be swapped among each other without a look. */
interface CellClass {
  readonly example: Cell;
  /** Place of the first one that is still to come, or -1. */
  first: number;
  last: number;
  /** Classes whose cells have to be looked at beside its own. */
  readonly others: CellClass[];
}

/** Looks at pairs; a class because it guards the list of cells that are still to come. */
class Swaps {
  readonly #old: readonly Cell[];
  readonly #checkTime: () => void;
  readonly #classes: CellClass[] = [];
  readonly #classOf: CellClass[];
  /** Neighbours of the same class, by place. */
  readonly #next: Int32Array;
  readonly #before: Int32Array;
  #pairs = 0;

  constructor(old: readonly Cell[], checkTime: () => void) {
    this.#old = old;
    this.#checkTime = checkTime;
    this.#next = new Int32Array(old.length).fill(-1);
    this.#before = new Int32Array(old.length).fill(-1);
    const known = new Map<string, CellClass>();
    this.#classOf = old.map((cell, at) => this.#classify(cell, at, known));
    for (const one of this.#classes)
      one.others.push(...this.#classes.filter((other) => !mayAllSwap(one.example, other.example)));
  }

  #classify(cell: Cell, at: number, known: Map<string, CellClass>): CellClass {
    const protocols = quietProtocols(cell).map(({ id }) => id);
    const key = `${Number(cell.isPure)} ${protocols.join()} ${cell.points.join()} ${cell.outcome}`;
    const found = known.get(key);
    if (found === undefined) {
      const made: CellClass = { example: cell, first: at, last: at, others: [] };
      known.set(key, made);
      this.#classes.push(made);
      return made;
    }
    this.#next[found.last] = at;
    this.#before[at] = found.last;
    found.last = at;
    return found;
  }

  areFine(order: Int32Array): boolean {
    for (const place of order) {
      const cell = this.#old[place]!;
      const own = this.#classOf[place]!;
      for (const other of own.others) if (!this.#mayPass(cell, place, other)) return false;
      this.#remove(place, own);
    }
    return true;
  }

  /** Whether a cell may come before all cells of a class that stood before it and are still to come. */
  #mayPass(cell: Cell, place: number, { first }: CellClass): boolean {
    for (let at = first; at !== -1 && at < place; at = this.#next[at]!) {
      if ((++this.#pairs & CHECK_MASK) === 0) this.#checkTime();
      if (this.#pairs > MOST_PAIRS || !maySwap(this.#old[at]!, cell)) return false;
    }
    return true;
  }

  #remove(place: number, own: CellClass): void {
    const [before, next] = [this.#before[place]!, this.#next[place]!];
    if (before === -1) own.first = next;
    else this.#next[before] = next;
    if (next !== -1) this.#before[next] = before;
  }
}

function quietProtocols({ all, quiet }: Cell) {
  return all.slice(0, quiet).filter(({ match }) => match.kind === "protocol");
}

/** Whether any two cells of two classes may be swapped. */
function mayAllSwap(one: Cell, other: Cell): boolean {
  const isFar = quietProtocols(one).some((first) =>
    quietProtocols(other).some((second) => areApart(first, second)),
  );
  if (isFar) return true;
  const [points, others] = [new Set(one.points), new Set(other.points)];
  const isSame =
    one.points.every((point) => others.has(point)) && other.points.every((point) => points.has(point));
  return one.isPure && other.isPure && one.outcome === other.outcome && isSame;
}
