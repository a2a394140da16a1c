/**
 * Steps to cells: single conjunctions, written the same way wherever they come from, in an order that counts only where it has to.
 */
import { areApart } from "./apart.ts";
import type { Cell } from "./cell.ts";
import { isSum } from "./commute.ts";
import type { Literal, Literals } from "./literal.ts";
import { NoList } from "./no-list.ts";
import type { Conjunction, Factor } from "./own-state.ts";
import type { Step } from "./walk.ts";

/** More cells than that are not written down: they take about 400 bytes each, and both sides' have to have numbers below 2^21. */
const MOST_CELLS = 500_000;

/** All cells of a list that some packet may come to, in their order. Throws NoList. */
export function* cellsOf(steps: readonly Step[], literals: Literals): Iterable<Cell> {
  let count = 0;
  const decided = new Decided();
  for (const step of steps) {
    if (!step.factors.every((factor) => isSum(factor, isOnce(step)))) throw new NoList();
    for (const all of products(step.factors)) {
      const cell = makeCell(all, step, literals);
      if (cell === null || decided.has(cell)) continue;
      if (++count > MOST_CELLS) throw new NoList();
      yield cell;
      if (cell.isPure && cell.all.length === 0) return;
      decided.add(cell);
    }
  }
}

/**
 * Whether cells of some steps ask for what no step of the other side does: then the lists are not the same, and none has to be written down. A literal that a narrower one
 * makes needless is asked for by nobody.
 */
export function asksMore(steps: readonly Step[], others: readonly Step[], literals: Literals): boolean {
  const seen = new Set<Literal>();
  for (const { all } of conjunctionsOf(others)) for (const literal of all) seen.add(literal);
  for (const { step, at, all } of conjunctionsOf(steps)) {
    for (const literal of all) {
      if (seen.has(literal)) continue;
      seen.add(literal);
      const example = step.factors.flatMap((factor, index) => (index === at ? all : factor[0]!));
      if (makeCell(example, step, literals)?.all.includes(literal) === true) return true;
    }
  }
  return false;
}

/** All conjunctions of all factors of steps that some packet fulfils. */
function* conjunctionsOf(
  steps: readonly Step[],
): Iterable<{ readonly step: Step; readonly at: number; readonly all: Conjunction }> {
  for (const step of steps) {
    if (step.factors.some(({ length }) => length === 0)) continue;
    for (const [at, factor] of step.factors.entries()) for (const all of factor) yield { step, at, all };
  }
}

/** Conditions that no packet fulfils any more, since the walk has ended for those that did; a class because it guards them. */
class Decided {
  readonly #forGood = new Set<number>();
  /** Until something changes what they ask. */
  readonly #forNow = new Set<number>();

  has({ condition }: Cell): boolean {
    return this.#forGood.has(condition) || this.#forNow.has(condition);
  }

  add({ condition, isPure, all }: Cell): void {
    if (!isPure) this.#forNow.clear();
    else if (all.some(({ isChangeable }) => isChangeable)) this.#forNow.add(condition);
    else this.#forGood.add(condition);
  }
}

/** One after the other, all conjunctions of a product, the last factor's members first. */
function* products(factors: readonly Factor[]): Iterable<Conjunction> {
  const at = factors.map(() => 0);
  if (factors.some(({ length }) => length === 0)) return;
  for (;;) {
    yield factors.flatMap((factor, index) => factor[at[index]!]!);
    let place = at.length - 1;
    while (place >= 0 && ++at[place]! === factors[place]!.length) at[place--] = 0;
    if (place < 0) return;
  }
}

/** A conjunction in its order. `step` says what happens; null where no packet fulfils it, and none is dropped. */
function makeCell(all: Conjunction, { outcome, ends }: Step, literals: Literals): Cell | null {
  const kept: Literal[] = [];
  const points: string[] = [];
  let quiet = -1;
  // What stands between two that may drop the packet or count has no order.
  let segment = 0;
  const close = (): void => {
    kept.push(...kept.splice(segment).sort((one, other) => one.id - other.id));
  };
  for (const literal of all) {
    if (!literal.isOpaque && kept.includes(literal)) continue;
    if (isQuietLiteral(literal)) {
      if (quiet === -1 && kept.some((one) => areApart(one, literal))) return null;
      if (kept.some((one) => implies(one, literal, literals))) continue;
      kept.push(...kept.splice(segment).filter((one) => !implies(literal, one, literals)), literal);
      continue;
    }
    close();
    if (quiet === -1) quiet = kept.length;
    if (literal.point !== null) points.push(literal.point);
    segment = kept.push(literal);
  }
  close();
  const condition = literals.numberOf(kept);
  const key = literals.numberOfText(outcome) * 2 ** 32 + condition;
  const isPure = ends && !kept.some(({ isOpaque }) => isOpaque);
  return { key, condition, outcome, all: kept, quiet: quiet === -1 ? kept.length : quiet, points, isPure };
}

function isQuietLiteral({ point, isOpaque }: Literal): boolean {
  return point === null && !isOpaque;
}

function implies(one: Literal, other: Literal, literals: Literals): boolean {
  if (one.match.kind !== other.match.kind) return false;
  const opposite = literals.opposite(other);
  return opposite !== null && areApart(one, opposite);
}

/** Whether it counts how often a step's conditions are asked or hold. */
function isOnce({ factors, ends }: Step): boolean {
  return !ends || factors.some((factor) => factor.some((all) => all.some(({ isOpaque }) => isOpaque)));
}
