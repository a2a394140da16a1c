/**
 * Names for all groups of a plan at once: who gets a name alone, and who has to share it, is known only then.
 */
import { setKey } from "../../cluster/cost.ts";
import type { MemberSet, Product } from "../../cluster/types.ts";
import { AXES, type Rule } from "../../model/types.ts";
import type { PlanGroup } from "../types.ts";
import { type ChainNames, type Found, openNames } from "./chain-names.ts";
import { findSharedComment, makeHeadingOf } from "./comment-names.ts";
import { findKeptNames } from "./kept-names.ts";
import type { NameBook } from "./name-book.ts";
import { findSetNames, type NamelessSet } from "./set-names.ts";
import type { FoundName, NameBase } from "./sources.ts";
import { chooseName, nameAfterTwins, pairTwins } from "./twin-names.ts";

/** The `#` line above a rule. */
export type HeadingOf = (rule: Rule) => string | undefined;

/** What the names of a plan are found with. */
export interface Naming {
  /** Takes the names that are given. */
  readonly book: NameBook;
  readonly chainNames: ChainNames;
  readonly headingOf: HeadingOf;
  readonly base: NameBase;
}

/**
 * Begins to name what is found in rulesets: chains that are groups or policy rules keep their names; no other name is that of a chain, or one that a person
 * gave in the earlier plan.
 */
export function beginNaming(found: readonly Found[], base: NameBase): Naming {
  const { book, chainNames } = openNames(found);
  const { groups = [], policyRules = [] } = base.previous ?? {};
  for (const { id, name } of [...groups, ...policyRules]) if (name !== id) book.takeExactly(name);
  return { book, chainNames, headingOf: makeHeadingOf(found.map(({ ruleset }) => ruleset)), base };
}

/** The sets of all products, by key, as far as names go. */
export function collectSets(
  products: readonly Product[],
  headingOf: HeadingOf,
): ReadonlyMap<string, NamelessSet> {
  const uses = new Map<string, { set: MemberSet; readonly users: Product[] }>();
  for (const product of products) {
    for (const set of product.sets) {
      const key = setKey(set);
      const entry = uses.get(key);
      if (entry === undefined) {
        uses.set(key, { set, users: [product] });
        continue;
      }
      entry.users.push(product);
      if (entry.set.chain === undefined || tellsMore(set, entry.set)) entry.set = set;
    }
  }
  return new Map(
    [...uses].map(([key, { set, users }]) => {
      const comment = findSharedComment(
        users.flatMap(({ rules }) => rules),
        headingOf,
      );
      const isAlone = users.every(({ sets }) => sets.length === 1);
      const { axis, members, chain } = set;
      return [key, { axis, members, comment, isAlone, ...(chain === undefined ? {} : { chain }) }];
    }),
  );
}

/** Whether the one set is as a chain has it, and the other one is not: some chains say no order. */
function tellsMore(one: MemberSet, other: MemberSet): boolean {
  return one.chain !== undefined && one.isSorted !== true && other.isSorted === true;
}

/** What the number of a group is made from. */
export function contentOf(members: readonly string[]): string {
  return [...members].sort().join("\n");
}

/** Groups with their names, by key. */
export function nameGroups(
  products: readonly Product[],
  { book, chainNames, headingOf, base }: Naming,
): ReadonlyMap<string, PlanGroup> {
  const sets = [...collectSets(products, headingOf)]
    .map(([key, set]) => ({ key, ...set, content: contentOf(set.members), found: findSetNames(set, base) }))
    .sort((one, other) => AXES.indexOf(one.axis) - AXES.indexOf(other.axis));
  const twins = pairTwins(sets);
  const drafts = sets.map((set) => ({
    ...set,
    // A chain that is there has its name.
    best: set.chain === undefined ? chooseName(set, twins.get(set.key)) : set.found[0],
  }));
  const { previous = null } = base;
  const before = previous === null ? [] : [...findKeptNames(drafts, previous)];
  const kept = new Map(before.filter(([key, { id }]) => !chainNames.sets.has(key) && book.takeExactly(id)));
  const nameOf = (key: string) => chainNames.sets.get(key) ?? kept.get(key)?.id;
  const isFree = ({ names: [name] }: FoundName) => book.takeExactly(name);
  const alike = nameAfterTwins(drafts, twins, nameOf, isFree);
  const isSettled = (key: string) => nameOf(key) !== undefined || alike.has(key);
  const open = drafts.filter(({ key }) => !isSettled(key));
  const others = drafts.filter(({ key }) => isSettled(key)).map(({ best }) => best.names[0]);
  const given = book.takeAll(
    open.map(({ key, best: { names }, content }) => ({ key, names, content, twin: twins.get(key)?.key })),
    others,
  );
  return new Map(
    drafts.map(({ key, axis, members, best }) => {
      const old = kept.get(key);
      const name = nameOf(key) ?? alike.get(key)?.names[0] ?? given.get(key)!;
      // A better source of an earlier import has the last word, and its own remark.
      const isOlder = old !== undefined && old.nameFrom !== best.from;
      const now = alike.get(key) ?? best;
      const [from, note] = isOlder ? [old.nameFrom, old.nameNote] : [now.from, now.note];
      const notes = note === undefined ? {} : { nameNote: note };
      return [key, { id: name, name, axis, accept: true, nameFrom: from, ...notes, members }];
    }),
  );
}
