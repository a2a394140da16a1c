/**
 * Splits products whose group is the union of groups that others have anyway: two policy rules with groups that a reader knows say more than one with a third group,
 * which only adds them up.
 */
import { AXES } from "../model/types.ts";
import type { Rule } from "../model/types.ts";
import { groupCost, POLICY_RULE_COST, ruleChainRules, setKey } from "./cost.ts";
import type { Movable } from "./features.ts";
import { countRulesSaved } from "./select.ts";
import type { MemberSet, Product } from "./types.ts";

/** Groups that may stand for one: more are no easier to read. */
const MOST_PARTS = 3;

/** Share of the rules which products save that splitting them may cost. */
const SPENT = 0.5;

/** The same rules in products again, in the order of their first rules. `movableOf`: any of the products' rules taken apart. */
export function splitUnions(
  products: readonly Product[],
  movableOf: (rule: Rule) => Movable,
): readonly Product[] {
  const groups = new KnownGroups(products);
  let isSplit = false;
  // The smallest first: what is a union itself is gone before larger ones are made of it.
  for (const set of groups.smallestFirst()) {
    const parts = groups.partsOf(set);
    if (parts === null) continue;
    isSplit = true;
    for (const product of groups.usersOf(set))
      groups.replace(
        product,
        parts.map((part) => restrict(product, part, movableOf)),
      );
  }
  if (!isSplit) return products;
  return groups.products().sort((one, other) => one.rules[0]!.line - other.rules[0]!.line);
}

/** Products by the groups that they have; a class because products are replaced. */
class KnownGroups {
  readonly #users = new Map<string, Set<Product>>();
  /** The smallest first. Splitting makes no others: a part takes the place of its union. */
  readonly #sets: readonly MemberSet[];
  /** Where they stand there. */
  readonly #places: ReadonlyMap<MemberSet, number>;
  /** By axis and member, those that have it. */
  readonly #having = new Map<string, MemberSet[]>();
  readonly #products: Set<Product>;
  /** Rules that the file may still grow by. */
  #room: number;

  constructor(products: readonly Product[]) {
    this.#products = new Set(products);
    this.#room = SPENT * countRulesSaved(products, []);
    const sets = new Map<string, MemberSet>();
    for (const product of products) {
      for (const set of product.sets) if (!sets.has(setKey(set))) sets.set(setKey(set), set);
      this.#add(product);
    }
    this.#sets = [...sets.entries()]
      .sort(
        ([key, one], [otherKey, other]) =>
          one.members.length - other.members.length || (key < otherKey ? -1 : 1),
      )
      .map(([, set]) => set);
    this.#places = new Map(this.#sets.map((set, place) => [set, place]));
    for (const set of this.#sets) {
      for (const member of set.members) {
        const key = memberKey(set, member);
        const having = this.#having.get(key);
        if (having === undefined) this.#having.set(key, [set]);
        else having.push(set);
      }
    }
  }

  #add(product: Product): void {
    for (const set of product.sets) {
      const users = this.#users.get(setKey(set));
      if (users === undefined) this.#users.set(setKey(set), new Set([product]));
      else users.add(product);
    }
  }

  products(): Product[] {
    return [...this.#products];
  }

  smallestFirst(): readonly MemberSet[] {
    return this.#sets;
  }

  usersOf(set: MemberSet): readonly Product[] {
    return [...this.#users.get(setKey(set))!];
  }

  replace(product: Product, parts: readonly Product[]): void {
    this.#products.delete(product);
    for (const set of product.sets) this.#users.get(setKey(set))!.delete(product);
    for (const part of parts) {
      this.#products.add(part);
      this.#add(part);
    }
  }

  /** Groups of other products whose union is this one, and that read better in its place, in all products that have it; null: there are none. */
  partsOf(set: MemberSet): readonly MemberSet[] | null {
    const users = this.usersOf(set);
    if (users.length === 0 || set.isKnown === true || set.chain !== undefined || !users.every(maySplit))
      return null;
    // Whatever the parts are, there are two of them at least.
    if (users.length * POLICY_RULE_COST >= groupCost(set)) return null;
    const parts = this.#cover(set, 1) ?? this.#cover(set, 2);
    if (parts === null) return null;
    const more = parts.length - 1;
    if (more * users.length * POLICY_RULE_COST >= groupCost(set)) return null;
    const rules =
      more * users.reduce((sum, product) => sum + ruleChainRules(product), 0) - set.members.length;
    if (rules > 0 && rules > this.#room) return null;
    this.#room -= Math.max(0, rules);
    return parts;
  }

  /**
   * Groups that have all members of a set, and no others; the largest first. Each has to be in `uses` products; if one product is enough, the groups have no
   * common members: else they may be no parts, but other views of the set.
   */
  #cover(set: MemberSet, uses: number): readonly MemberSet[] | null {
    const left = new Set(set.members);
    const parts: MemberSet[] = [];
    for (const part of this.#inside(set, uses)) {
      if (left.size === 0) break;
      const fits = (member: string) => left.has(member);
      if (!(uses === 1 ? part.members.every(fits) : part.members.some(fits))) continue;
      parts.push(part);
      for (const member of part.members) left.delete(member);
    }
    return left.size === 0 && parts.length <= MOST_PARTS ? parts : null;
  }

  /** Smaller groups of the same axis with members of a set only, the largest first. */
  #inside(set: MemberSet, uses: number): readonly MemberSet[] {
    const common = new Map<MemberSet, number>();
    for (const member of set.members)
      for (const other of this.#having.get(memberKey(set, member))!)
        common.set(other, (common.get(other) ?? 0) + 1);
    const inside = [...common].flatMap(([other, count]) =>
      count === other.members.length &&
      count < set.members.length &&
      this.#users.get(setKey(other))!.size >= uses
        ? [other]
        : [],
    );
    return inside.sort((one, other) => this.#places.get(other)! - this.#places.get(one)!);
  }
}

function memberKey({ axis }: MemberSet, member: string): string {
  return `${axis} ${member}`;
}

/** Products that are there already, or lack combinations, stay whole. */
function maySplit({ missing, replaces, name }: Product): boolean {
  return missing === undefined && replaces === undefined && name === undefined;
}

/** The part of a product that has these members. */
function restrict(product: Product, part: MemberSet, movableOf: (rule: Rule) => Movable): Product {
  const at = AXES.indexOf(part.axis);
  const wanted = new Set(part.members);
  const isMeant = ({ tokens }: Movable): boolean => wanted.has(tokens[at]!.key);
  const { parts = [], ...others } = product;
  const meant = parts.filter((each) => isMeant(each) || isMeant(each.partOf!));
  const split = new Set(meant.map(({ rule }) => rule));
  const rules = product.rules.filter((rule) => split.has(rule) || isMeant(movableOf(rule)));
  const sets = product.sets.map((set) => (set.axis === part.axis ? part : set));
  const template = movableOf(rules[0]!);
  return { ...others, sets, rules, template, ...(meant.length === 0 ? {} : { parts: meant }) };
}
