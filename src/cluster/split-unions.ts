/**
 * Splits products whose group is the union of groups that others have anyway: two policy rules with groups that a reader knows say more than one with a third group,
 * which only adds them up.
 */
import { AXES } from "../model/types.ts";
import type { Rule } from "../model/types.ts";
import { groupCost, POLICY_RULE_COST, ruleChainRules, setKey } from "./cost.ts";
import type { Movable } from "./features.ts";
import type { MemberSet, Product } from "./types.ts";

/** The same rules in products again, in the order of their first rules. `movableOf`: any of the products' rules taken apart. */
export function splitUnions(
  products: readonly Product[],
  movableOf: (rule: Rule) => Movable,
): readonly Product[] {
  const groups = new KnownGroups(products);
  let open = products;
  // A group that a split leaves unused is one fewer to choose from: what was split on its account still is right.
  for (const product of products) {
    const parts = groups.partsOf(product);
    if (parts === null) continue;
    const split = parts.map((part) => restrict(product, part, movableOf));
    open = open.flatMap((each) => (each === product ? split : [each]));
    groups.replace(product, split);
  }
  return open === products
    ? products
    : [...open].sort((one, other) => one.rules[0]!.line - other.rules[0]!.line);
}

/** The groups that products have, and how many products have each. */
class KnownGroups {
  readonly #uses = new Map<string, number>();
  readonly #sets = new Map<string, Map<string, MemberSet>>();

  constructor(products: readonly Product[]) {
    for (const { sets } of products) for (const set of sets) this.#count(set, 1);
  }

  #count(set: MemberSet, step: 1 | -1): void {
    const key = setKey(set);
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + step);
    let known = this.#sets.get(set.axis);
    if (known === undefined) {
      known = new Map();
      this.#sets.set(set.axis, known);
    }
    if (!known.has(key)) known.set(key, set);
  }

  replace(product: Product, parts: readonly Product[]): void {
    for (const set of product.sets) this.#count(set, -1);
    for (const part of parts) for (const set of part.sets) this.#count(set, 1);
  }

  /** Groups of other products whose union is a group of this one, and that read better in its place; null: there are none. */
  partsOf(product: Product): readonly MemberSet[] | null {
    if (product.missing !== undefined || product.replaces !== undefined || product.name !== undefined)
      return null;
    for (const set of product.sets) {
      if (this.#uses.get(setKey(set)) !== 1 || set.isKnown === true) continue;
      const parts = this.#cover(set);
      if (parts === null) continue;
      const more = parts.length - 1;
      if (more * POLICY_RULE_COST < groupCost(set) && more * ruleChainRules(product) <= set.members.length)
        return parts;
    }
    return null;
  }

  /** Groups that have each member of a set once, and no others; the largest first. With common members they would be no parts, but other views of it. */
  #cover(set: MemberSet): readonly MemberSet[] | null {
    const wanted = new Set(set.members);
    const inside = [...this.#sets.get(set.axis)!.entries()]
      .filter(
        ([key, { members }]) =>
          this.#uses.get(key)! > 0 &&
          members.length < wanted.size &&
          members.every((member) => wanted.has(member)),
      )
      .sort(
        ([key, one], [otherKey, other]) =>
          other.members.length - one.members.length || (key < otherKey ? -1 : 1),
      );
    const parts: MemberSet[] = [];
    const left = new Set(wanted);
    for (const [, part] of inside) {
      if (left.size === 0) break;
      if (!part.members.every((member) => left.has(member))) continue;
      parts.push(part);
      for (const member of part.members) left.delete(member);
    }
    return left.size === 0 ? parts : null;
  }
}

/** The part of a product that has these members. */
function restrict(product: Product, part: MemberSet, movableOf: (rule: Rule) => Movable): Product {
  const at = AXES.indexOf(part.axis);
  const wanted = new Set(part.members);
  const rules = product.rules.filter((rule) => wanted.has(movableOf(rule).tokens[at]!.key));
  const sets = product.sets.map((set) => (set.axis === part.axis ? part : set));
  return { ...product, sets, rules, template: movableOf(rules[0]!) };
}
