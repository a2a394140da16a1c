/**
 * Rules in a row to one diagram.
 *
 * Most rules of a ruleset stand in runs that could stand in any order: their diagrams never say two things about one packet. Such a run is a set of cells (source, destination,
 * rest), and sets are put together by what they share before any large diagram is made: that is what keeps a hundred thousand rules cheap.
 */
import { LEAF } from "./outcomes.ts";
import type { RulePiece } from "./rules.ts";
import type { Sequencer } from "./sequence.ts";

/** Diagram of all pieces, one after the other. */
export function sequencePieces(pieces: Iterable<RulePiece>, join: Sequencer): number {
  const runs: Run[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last?.take(piece) !== true) runs.push(new Run(piece, join));
  }
  const diagrams = runs.map((run) => run.finish());
  return foldBalanced(diagrams, LEAF.PASS, (one, two) => join.sequence(one, two));
}

/** Joins neighbours, then neighbours of what came out, so that no diagram is walked more often than the logarithm of their number. */
export function foldBalanced(
  items: readonly number[],
  empty: number,
  join: (one: number, two: number) => number,
): number {
  let left = items;
  while (left.length > 1) {
    const next: number[] = [];
    for (let at = 0; at < left.length; at += 2)
      next.push(at + 1 < left.length ? join(left[at]!, left[at + 1]!) : left[at]!);
    left = next;
  }
  return left[0] ?? empty;
}

/** Pieces whose order makes no difference; a class because it grows. */
class Run {
  readonly #join: Sequencer;
  readonly #pieces: RulePiece[];
  /** The rests of all pieces in one diagram: it says whether the next one may join. */
  #all: number;
  readonly #rests: Set<number>;
  #reads: boolean;
  #writes: boolean;

  constructor(piece: RulePiece, join: Sequencer) {
    this.#join = join;
    this.#pieces = [piece];
    this.#all = piece.rest;
    this.#rests = new Set([piece.rest]);
    this.#reads = piece.reads;
    this.#writes = piece.writes;
  }

  /** Adds a piece if its order makes no difference. */
  take(piece: RulePiece): boolean {
    const reads = this.#reads || piece.reads;
    const writes = this.#writes || piece.writes;
    if (reads && writes) return false;
    const isNew = !this.#rests.has(piece.rest);
    if (isNew || !this.#join.isRepeatable(piece.rest)) {
      const all = this.#join.merge(this.#all, piece.rest);
      if (all === null) return false;
      this.#all = all;
      this.#rests.add(piece.rest);
    }
    this.#reads = reads;
    this.#writes = writes;
    this.#pieces.push(piece);
    return true;
  }

  finish(): number {
    const [first] = this.#pieces;
    if (this.#pieces.length === 1) return this.#product(first!);
    const products = factor(this.#pieces, this.#join).map((piece) => this.#product(piece));
    return foldBalanced(products, LEAF.PASS, (one, two) => this.#join.merge(one, two)!);
  }

  #product({ source, destination, rest }: Cell): number {
    return this.#join.bind(destination, this.#join.bind(source, rest));
  }
}

type Cell = Pick<RulePiece, "source" | "destination" | "rest">;

/** Joins cells that agree in two of their three parts, for each of the three in turn. */
function factor(cells: readonly Cell[], join: Sequencer): readonly Cell[] {
  const merge = (one: number, two: number): number => join.merge(one, two)!;
  const or = (one: number, two: number): number => join.or(one, two);
  let left = joinBy(cells, "rest", merge);
  left = joinBy(left, "source", or);
  left = joinBy(left, "destination", or);
  return joinBy(left, "rest", merge);
}

function joinBy(
  cells: readonly Cell[],
  part: keyof Cell,
  join: (one: number, two: number) => number,
): readonly Cell[] {
  const [one, two] = (["source", "destination", "rest"] as const).filter((name) => name !== part);
  const groups = new Map<number, { readonly first: Cell; readonly values: number[] }>();
  const bases = new Map<number, Map<number, number>>();
  for (const cell of cells) {
    const inner = bases.get(cell[one!]) ?? new Map<number, number>();
    bases.set(cell[one!], inner);
    let group = inner.get(cell[two!]);
    if (group === undefined) {
      group = groups.size;
      inner.set(cell[two!], group);
      groups.set(group, { first: cell, values: [] });
    }
    groups.get(group)!.values.push(cell[part]);
  }
  const joined = new Map<string, number>();
  return [...groups.values()].map(({ first, values }) => {
    const distinct = [...new Set(values)];
    if (distinct.length === 1) return first;
    const key = distinct.join();
    const value = joined.get(key) ?? foldBalanced(distinct, distinct[0]!, join);
    joined.set(key, value);
    return { ...first, [part]: value };
  });
}
