/**
 * Names for all groups of a plan at once: who gets a name alone, and who has to share it, is known only then.
 */
import { setKey } from "../../cluster/cost.ts";
import type { MemberSet, Product } from "../../cluster/types.ts";
import { AXES, type Rule, type Ruleset } from "../../model/types.ts";
import type { PlanGroup } from "../types.ts";
import { findSharedComment, makeHeadingOf } from "./comment-names.ts";
import { findKeptNames } from "./kept-names.ts";
import { NameBook } from "./name-book.ts";
import { findSetNames, type NamelessSet } from "./set-names.ts";
import type { NameBase } from "./sources.ts";

/** The `#` line above a rule. */
export type HeadingOf = (rule: Rule) => string | undefined;

/** What the names of a plan are found with. */
export interface Naming {
  /** Takes the names that are given. */
  readonly book: NameBook;
  readonly headingOf: HeadingOf;
  readonly base: NameBase;
}

/** Begins to name what is found in rulesets: no name is that of a chain of theirs, or one that a person gave in the earlier plan. */
export function beginNaming(rulesets: readonly Ruleset[], base: NameBase): Naming {
  const chains = rulesets.flatMap(({ tables }) => tables.flatMap((table) => table.chains));
  const { groups = [], policyRules = [] } = base.previous ?? {};
  const given = [...groups, ...policyRules].filter(({ id, name }) => name !== id);
  const book = new NameBook([...chains, ...given].map(({ name }) => name));
  return { book, headingOf: makeHeadingOf(rulesets), base };
}

/** The sets of all products, by key, as far as names go. */
export function collectSets(
  products: readonly Product[],
  headingOf: HeadingOf,
): ReadonlyMap<string, NamelessSet> {
  const uses = new Map<string, { readonly set: MemberSet; readonly users: Product[] }>();
  for (const product of products) {
    for (const set of product.sets) {
      const key = setKey(set);
      const entry = uses.get(key);
      if (entry === undefined) uses.set(key, { set, users: [product] });
      else entry.users.push(product);
    }
  }
  return new Map(
    [...uses].map(([key, { set, users }]) => {
      const comment = findSharedComment(
        users.flatMap(({ rules }) => rules),
        headingOf,
      );
      const isAlone = users.every(({ sets }) => sets.length === 1);
      return [key, { axis: set.axis, members: set.members, comment, isAlone }];
    }),
  );
}

/** What the number of a group is made from. */
export function contentOf(members: readonly string[]): string {
  return [...members].sort().join("\n");
}

/** Groups with their names, by key. */
export function nameGroups(
  products: readonly Product[],
  { book, headingOf, base }: Naming,
): ReadonlyMap<string, PlanGroup> {
  const drafts = [...collectSets(products, headingOf)]
    .map(([key, set]) => ({ key, axis: set.axis, members: set.members, best: findSetNames(set, base)[0] }))
    .sort((one, other) => AXES.indexOf(one.axis) - AXES.indexOf(other.axis));
  const { previous = null } = base;
  const before = previous === null ? [] : [...findKeptNames(drafts, previous)];
  const kept = new Map(before.filter(([, { id }]) => book.takeExactly(id)));
  const open = drafts.filter(({ key }) => !kept.has(key));
  const others = drafts.filter(({ key }) => kept.has(key)).map(({ best }) => best.names[0]);
  const given = book.takeAll(
    // The same hosts as sources and as destinations have the same number.
    open.map(({ key, best, members }) => ({ key, names: best.names, content: contentOf(members) })),
    others,
  );
  return new Map(
    drafts.map(({ key, axis, members, best }) => {
      const old = kept.get(key);
      const name = old?.id ?? given.get(key)!;
      // A better source of an earlier import has the last word, and its own remark.
      const isOlder = old !== undefined && old.nameFrom !== best.from;
      const [from, note] = isOlder ? [old.nameFrom, old.nameNote] : [best.from, best.note];
      const notes = note === undefined ? {} : { nameNote: note };
      return [key, { id: name, name, axis, accept: true, nameFrom: from, ...notes, members }];
    }),
  );
}
