/**
 * Tells rules that could be in a product from those that could not: all rules of a product have another one that differs on one axis only. In rulesets that nobody has written group by
 * group most rules have none, and need not be looked at again.
 */
import { AXES } from "../model/types.ts";
import type { Item } from "./dependencies.ts";
import type { Movable } from "./features.ts";

/** The items that are like another one in all but one axis (or in all), in the order given; of those that are split, a part is enough. */
export function withNeighbours(items: readonly Item[]): readonly Item[] {
  if (items.every(({ movable }) => movable.parts === undefined)) return findAlike(items);
  const parts = items.flatMap(({ movable, index }) =>
    (movable.parts ?? [movable]).map((part) => ({ movable: part, index })),
  );
  const found = new Set(findAlike(parts).map(({ index }) => index));
  return items.filter(({ index }) => found.has(index));
}

function findAlike(items: readonly Item[]): readonly Item[] {
  const hasOne = new Uint8Array(items.length);
  const rows = new Rows(items.map(({ movable }) => movable));
  for (let axis = 0; axis < AXES.length; axis++) {
    const keys = rows.keysWithout(axis);
    const open = new Map<number, number>();
    for (let at = 0; at < keys.length; at++) if (hasOne[at] === 0) open.set(keys[at]!, at);
    if (open.size === 0) break;
    for (let at = 0; at < keys.length; at++) {
      const other = open.get(keys[at]!);
      if (other === undefined || other === at) continue;
      hasOne[at] = 1;
      hasOne[other] = 1;
    }
  }
  return items.filter((_, at) => hasOne[at] === 1);
}

/** Rules as numbers, one for the signature and one for the member on each axis. */
class Rows {
  readonly #signatures: Column;
  readonly #members: readonly Column[];

  constructor(movables: readonly Movable[]) {
    this.#signatures = new Column(movables.map(({ signature }) => signature));
    this.#members = AXES.map((_, axis) => new Column(movables.map(({ tokens }) => tokens[axis]?.key ?? "")));
  }

  /** A number for each rule; equal ones for rules that differ on that axis alone. */
  keysWithout(axis: number): Float64Array {
    let keys = Float64Array.from(this.#signatures.numbers);
    let { size } = this.#signatures;
    this.#members.forEach((column, at) => {
      if (at === axis || column.size === 1) return;
      if (size * column.size > Number.MAX_SAFE_INTEGER) {
        const dense = new Column(keys);
        keys = Float64Array.from(dense.numbers);
        size = dense.size;
      }
      for (let row = 0; row < keys.length; row++) keys[row] = keys[row]! * column.size + column.numbers[row]!;
      size *= column.size;
    });
    return keys;
  }
}

/** Values as numbers from 0 on: equal ones have one number. */
class Column {
  readonly numbers: Int32Array;
  /** How many there are. */
  readonly size: number;

  constructor(values: ArrayLike<string> | ArrayLike<number>) {
    const known = new Map<string | number, number>();
    this.numbers = new Int32Array(values.length);
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      let number = known.get(value);
      if (number === undefined) {
        number = known.size;
        known.set(value, number);
      }
      this.numbers[at] = number;
    }
    this.size = known.size;
  }
}
