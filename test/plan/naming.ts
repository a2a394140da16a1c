/** Names of single sets, for tests. */
import type { Axis } from "../../src/model/types.ts";
import { NameBook } from "../../src/plan/naming/name-book.ts";
import { findSetNames } from "../../src/plan/naming/set-names.ts";
import type { FoundName, NameBase } from "../../src/plan/naming/sources.ts";

/** The best name of a set that no comment speaks of. */
export function bestName(axis: Axis, members: readonly string[], base: NameBase = {}): FoundName {
  return findSetNames({ axis, members, comment: null, isAlone: false }, base)[0];
}

/** The best names of sets as they are given out together; `taken` are names of chains. */
export function giveNames(
  sets: readonly (readonly [axis: Axis, members: readonly string[]])[],
  base: NameBase = {},
  taken: readonly string[] = [],
): readonly string[] {
  const wishes = sets.map(([axis, members], at) => ({
    key: String(at),
    names: bestName(axis, members, base).names,
  }));
  const given = new NameBook(taken).takeAll(wishes);
  return wishes.map(({ key }) => given.get(key)!);
}
