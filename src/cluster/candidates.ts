/**
 * Finds the products of one run: rules of one signature, covered by sets of members.
 */
import { AXES } from "../model/types.ts";
import { findBlocks } from "./blocks.ts";
import { type Cell, coverCells } from "./cover.ts";
import type { Item } from "./dependencies.ts";
import type { Movable, Token } from "./features.ts";
import { MissingCells } from "./missing-cells.ts";
import { type CellKey, cellKeys, combine } from "./places.ts";
import { tolerate, type TolerantProduct } from "./tolerant.ts";
import { sayWhole } from "./say-whole.ts";
import type { MemberSet, Product } from "./types.ts";

/** How products are looked for: a cover, with all cells in few of them, or blocks, large ones that leave cells out. */
export type Method = "cover" | "blocks";

/** A product, wherever it is. */
export type Candidate = Omit<Product, "table" | "chain">;

/** Products of two cells or more among the rules of a run, in source order of their first rule. */
export function findCandidates(run: readonly Item[], method: Method = "cover", tolerance = 0): Candidate[] {
  const products: Candidate[] = [];
  for (const rules of alike(run)) {
    if (rules.length > 1) products.push(...coverRules(rules, method, tolerance));
  }
  return products.sort((left, right) => left.rules[0]!.line - right.rules[0]!.line);
}

/** A cell with the rules that say it; several where a line is repeated. */
interface CellRules {
  readonly cell: readonly number[];
  readonly rules: Movable[];
}

/** Rules that differ in their members only, signature by signature. */
function alike(run: readonly Item[]): Iterable<readonly Movable[]> {
  const bySignature = new Map<string, Movable[]>();
  for (const { movable } of run) {
    const list = bySignature.get(movable.signature);
    if (list === undefined) bySignature.set(movable.signature, [movable]);
    else list.push(movable);
  }
  return bySignature.values();
}

/** The cells of a run, signature by signature: what is covered, and what a lower bound is found for. Equal rules are one cell. */
export function cellsOfRun(run: readonly Item[]): readonly (readonly Cell[])[] {
  return [...alike(run)].map((rules) => [...numberRules(rules).cells.values()].map(({ cell }) => cell));
}

/** Rules with their members numbered, axis by axis. */
interface NumberedRules {
  /** Positions in AXES. */
  readonly axes: readonly number[];
  /** For each of them, the members by number. */
  readonly names: readonly (readonly string[])[];
  readonly cells: ReadonlyMap<CellKey, CellRules>;
  readonly keyOf: (cell: Cell) => CellKey;
}

/** How many products a cover of rules takes, those of one cell among them. */
export function coverSize(rules: readonly Movable[]): number {
  const { axes, cells } = numberRules(rules);
  return axes.length === 0 ? 1 : coverCells([...cells.values()].map(({ cell }) => cell)).length;
}

/** A rule that is split stands for the cells of its parts. */
function numberRules(whole: readonly Movable[]): NumberedRules {
  const rules = whole.some(({ parts }) => parts !== undefined)
    ? whole.flatMap((movable) => movable.parts ?? [movable])
    : whole;
  const axes = varyingAxes(rules);
  const numbers = axes.map(() => new Map<string, number>());
  const numbered = rules.map((movable) =>
    axes.map((axis, dimension) => {
      const known = numbers[dimension]!;
      const { key } = movable.tokens[axis]!;
      let number = known.get(key);
      if (number === undefined) {
        number = known.size;
        known.set(key, number);
      }
      return number;
    }),
  );
  const keyOf = cellKeys(numbers.map(({ size }) => size));
  const cells = new Map<CellKey, CellRules>();
  numbered.forEach((cell, at) => {
    const key = keyOf(cell);
    const entry = cells.get(key);
    if (entry === undefined) cells.set(key, { cell, rules: [rules[at]!] });
    else entry.rules.push(rules[at]!);
  });
  return { axes, names: numbers.map((known) => [...known.keys()]), cells, keyOf };
}

function coverRules(rules: readonly Movable[], method: Method, tolerance: number): Candidate[] {
  const numbered = numberRules(rules);
  // Equal rules only: a repeated line is no product.
  if (numbered.axes.length === 0) return [];
  const cells = [...numbered.cells.values()].map(({ cell }) => cell);
  return findSets(cells, numbered, method, tolerance)
    .filter(({ sets }) => sets.some((tokens) => tokens.length > 1))
    .map((product) => makeCandidate(product, numbered))
    .filter(({ sets }) => sets.some(({ members }) => members.length > 1));
}

function findSets(
  cells: readonly Cell[],
  numbered: NumberedRules,
  method: Method,
  tolerance: number,
): readonly TolerantProduct[] {
  const exact = method === "cover" ? coverCells(cells) : findBlocks(cells);
  if (tolerance === 0 || method !== "cover")
    return exact.map((sets) => ({ sets, missing: [], exceptions: 0 }));
  const movables = new Map([...numbered.cells.values()].map(({ cell, rules }) => [cell.join(), rules[0]!]));
  const judge = new MissingCells(numbered.axes, movables);
  return tolerate(cells, exact, tolerance, (sets, missing) => judge.count(sets, missing));
}

function makeCandidate(
  { sets: product, missing, exceptions }: TolerantProduct,
  { axes, names, cells, keyOf }: NumberedRules,
): Candidate {
  const sets: MemberSet[] = [];
  product.forEach((tokens, dimension) => {
    if (tokens.length < 2) return;
    sets.push({ axis: AXES[axes[dimension]!]!, members: tokens.map((token) => names[dimension]![token]!) });
  });
  const movables = combine(product)
    .flatMap((cell) => cells.get(keyOf(cell))?.rules ?? [])
    .sort((left, right) => left.rule.line - right.rule.line);
  const made = sayWhole(sets, movables);
  if (missing.length === 0) return made;
  const grouped = axes.flatMap((axis, dimension) =>
    product[dimension]!.length < 2 ? [] : [{ axis, dimension, tokens: tokensOf(movables, axis) }],
  );
  const cellTokens = missing.map((cell) =>
    grouped.map(({ dimension, tokens }) => tokens.get(names[dimension]![cell[dimension]!]!)!),
  );
  return { ...made, missing: { cells: cellTokens, exceptions } };
}

/** The tokens of rules on one axis, by key. */
function tokensOf(movables: readonly Movable[], axis: number): ReadonlyMap<string, Token> {
  return new Map(movables.map(({ tokens }) => [tokens[axis]!.key, tokens[axis]!]));
}

/** Positions in AXES at which the rules differ; all of them have a token there, or none has. */
function varyingAxes(rules: readonly Movable[]): number[] {
  const first = rules[0]!;
  return AXES.map((_, axis) => axis).filter((axis) => {
    const token = first.tokens[axis];
    return token !== null && rules.some((movable) => movable.tokens[axis]!.key !== token!.key);
  });
}
