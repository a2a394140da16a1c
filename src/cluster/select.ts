/**
 * Chooses, over a whole ruleset, the products that pay. A group pays through sharing, so no product can be judged alone.
 */
import { AXES, type Rule } from "../model/types.ts";
import { groupCost, groupRules, POLICY_RULE_COST, ruleChainRules, setKey, TABLE_RULES } from "./cost.ts";
import type { Movable } from "./features.ts";
import type { Product } from "./types.ts";

/** Share of the losing products that goes at a time: the others may pay once their rivals are gone. */
const DROPPED_AT_ONCE = 0.1;

/**
 * Share of the products that goes at a time while the file would grow: one at a time up to a hundred of them, and never so few that the ranking, which
 * looks at all of them, is repeated for each of thousands.
 */
const GIVEN_UP_AT_ONCE = 0.01;

/** A product under judgement. */
interface Candidate {
  readonly product: Product;
  readonly keys: readonly string[];
  /** Its rules, and parts of rules, by their numbers in the selection. */
  readonly rules: Int32Array;
  /** Rules that its chain takes. */
  readonly chainRules: number;
  readonly position: number;
}

/**
 * The candidates that pay, given those accepted before. Afterwards the ruleset has no more rules than it had, or it has a group that is used twice and
 * no more rules: else nothing is chosen.
 */
export function selectProducts(
  candidates: readonly Product[],
  accepted: readonly Product[],
  numbers = new RuleNumbers(),
): Product[] {
  const state = new Selection(accepted, numbers);
  const open = candidates.map((product, position) => state.candidate(product, position));
  for (const candidate of open) state.add(candidate);
  state.dropLosers();
  state.reviveWinners(open);
  // What is left reads better; the file must not grow for it.
  while (state.open.size > 0 && !state.isWorthIt()) state.dropWorst();
  const chosen = [...state.open].sort((left, right) => left.position - right.position);
  return chosen.map((candidate) => candidate.product);
}

/** How many rules fewer the file has through products, given those accepted before. */
export function countRulesSaved(
  products: readonly Product[],
  accepted: readonly Product[],
  numbers = new RuleNumbers(),
): number {
  const before = new Selection(accepted, numbers);
  return before.extraRules() - new Selection([...accepted, ...products], numbers).extraRules();
}

/**
 * Numbers for rules, from 0 on: made once for choices that look at the same products again and again. A rule that is split has a number for each part, and none of its own:
 * it is gone where all of them are in products.
 */
export class RuleNumbers {
  readonly #numbers = new Map<Rule, number>();
  readonly #products = new WeakMap<Product, Int32Array>();
  readonly #parts = new Map<Rule, ReadonlyMap<string, number>>();
  /** By number: the parts of the same rule; rules that are not split aside. */
  readonly kin = new Map<number, readonly number[]>();
  #count = 0;

  /** The rules of a product. */
  of(product: Product): Int32Array {
    let rules = this.#products.get(product);
    if (rules === undefined) {
      rules =
        product.parts === undefined ? this.#ofRules(product.rules) : this.#ofParts(product, product.parts);
      this.#products.set(product, rules);
    }
    return rules;
  }

  #ofRules(rules: readonly Rule[]): Int32Array {
    return Int32Array.from(rules, (rule) => this.#numberOf(rule));
  }

  #ofParts({ rules }: Product, parts: readonly Movable[]): Int32Array {
    const split = new Set(parts.map(({ rule }) => rule));
    const others = this.#ofRules(rules.filter((rule) => !split.has(rule)));
    return Int32Array.from([...others, ...parts.map((part) => this.#numberOfPart(part))]);
  }

  #numberOfPart({ rule, tokens, partOf }: Movable): number {
    let numbers = this.#parts.get(rule);
    if (numbers === undefined) {
      numbers = new Map(partOf!.parts!.map((part) => [serviceOf(part.tokens), this.#count++]));
      const kin = [...numbers.values()];
      for (const number of kin) this.kin.set(number, kin);
      this.#parts.set(rule, numbers);
    }
    return numbers.get(serviceOf(tokens))!;
  }

  /** How many rules, parts counted for themselves, are in any of the products. */
  countRules(products: readonly Product[]): number {
    const seen = new Uint8Array(
      products.reduce((most, product) => Math.max(most, largest(this.of(product))), -1) + 1,
    );
    let count = 0;
    for (const product of products) {
      for (const rule of this.of(product)) {
        count += 1 - seen[rule]!;
        seen[rule] = 1;
      }
    }
    return count;
  }

  #numberOf(rule: Rule): number {
    let number = this.#numbers.get(rule);
    if (number === undefined) {
      number = this.#count++;
      this.#numbers.set(rule, number);
    }
    return number;
  }
}

function serviceOf(tokens: Movable["tokens"]): string {
  return tokens[AXES.indexOf("service")]!.key;
}

/** The set of products still in the race, with how often each rule is covered and each group used. */
class Selection {
  readonly open = new Set<Candidate>();
  readonly #numbers: RuleNumbers;
  /** For each rule, by number, how many products cover it. */
  readonly #covers: number[] = [];
  #covered = 0;
  readonly #uses = new Map<string, { uses: number; rules: number }>();
  readonly #tables = new Map<string, number>();
  /** Tables that have rule chains already. */
  readonly #written = new Set<string>();
  #chainRules = 0;

  constructor(accepted: readonly Product[], numbers: RuleNumbers) {
    this.#numbers = numbers;
    for (const product of accepted) this.#count(this.candidate(product, -1), 1);
  }

  /** A product that may be added. */
  candidate(product: Product, position: number): Candidate {
    const rules = this.#numbers.of(product);
    for (const rule of rules) {
      const last = this.#numbers.kin.get(rule)?.at(-1) ?? rule;
      while (this.#covers.length <= last) this.#covers.push(0);
    }
    return { product, keys: product.sets.map(setKey), rules, chainRules: ruleChainRules(product), position };
  }

  add(candidate: Candidate): void {
    this.open.add(candidate);
    this.#count(candidate, 1);
  }

  #remove(candidate: Candidate): void {
    this.open.delete(candidate);
    this.#count(candidate, -1);
  }

  #count(candidate: Candidate, step: 1 | -1): void {
    const { product, keys, rules, chainRules } = candidate;
    if (product.isWritten === true) {
      this.#countWritten(candidate);
      return;
    }
    const covers = this.#covers;
    const isSplit = this.#numbers.kin.size > 0;
    for (const rule of rules) {
      const before = covers[rule]!;
      covers[rule] = before + step;
      if (before !== 0 && before + step !== 0) continue;
      if (isSplit && !this.#othersCovered(rule)) continue;
      if (before === 0) this.#covered++;
      else this.#covered--;
    }
    product.sets.forEach((set, at) => {
      const key = keys[at]!;
      const entry = this.#uses.get(key) ?? { uses: 0, rules: groupRules(set) };
      entry.uses += step;
      if (entry.uses === 0) this.#uses.delete(key);
      else this.#uses.set(key, entry);
    });
    increase(this.#tables, product.table, step);
    this.#chainRules += step * chainRules;
  }

  /** One that is a rule chain already: the file gets neither longer nor shorter, in whatever layout it is, and the next import finds no more than this one. */
  #countWritten({ product, keys }: Candidate): void {
    for (const key of keys) this.#uses.set(key, { uses: (this.#uses.get(key)?.uses ?? 0) + 1, rules: 0 });
    this.#written.add(product.table);
  }

  /** Lines that a person need not read any more, less what has to be read instead. */
  readingGain({ product, keys, rules }: Candidate): number {
    let gain = this.#newlyCovered(rules) - POLICY_RULE_COST - (product.missing?.exceptions ?? 0);
    product.sets.forEach((set, at) => {
      gain -= groupCost(set) / this.#uses.get(keys[at]!)!.uses;
    });
    return gain;
  }

  /** Rules that the file saves through this product; negative where it grows. */
  ruleGain({ product, keys, rules, chainRules }: Candidate): number {
    let gain = this.#newlyCovered(rules) - chainRules;
    product.sets.forEach((set, at) => {
      gain -= groupRules(set) / this.#uses.get(keys[at]!)!.uses;
    });
    return gain;
  }

  /** Whether the other parts of a rule are in products; of one that is not split there are none. */
  #othersCovered(part: number): boolean {
    const kin = this.#numbers.kin.get(part);
    return kin === undefined || kin.every((other) => other === part || this.#covers[other]! > 0);
  }

  #newlyCovered(rules: Int32Array): number {
    if (this.#numbers.kin.size > 0) return this.#newlyWhole(rules);
    let count = 0;
    for (const rule of rules) if (this.#covers[rule] === 1) count++;
    return count;
  }

  /** The same where rules are split: each counts once, however many of its parts only these cover. */
  #newlyWhole(rules: Int32Array): number {
    const whole = new Set<number>();
    for (const rule of rules)
      if (this.#covers[rule] === 1 && this.#othersCovered(rule))
        whole.add(this.#numbers.kin.get(rule)?.[0] ?? rule);
    return whole.size;
  }

  /** Whether the file, with what was accepted before, gets shorter, or is as long as it was and has a group that is used twice. */
  isWorthIt(): boolean {
    const extra = this.extraRules();
    return extra < 0 || (extra === 0 && this.#hasSharedGroup());
  }

  /** How many rules more the rewritten file would have. */
  extraRules(): number {
    const tables = [...this.#tables.keys()].filter((table) => !this.#written.has(table));
    let rules = this.#chainRules + TABLE_RULES * tables.length - this.#covered;
    for (const group of this.#uses.values()) rules += group.rules;
    return rules;
  }

  #hasSharedGroup(): boolean {
    return [...this.#uses.values()].some(({ uses }) => uses > 1);
  }

  /** Drops candidates without gain, worst first, a few at a time, until all that are left gain. */
  dropLosers(): void {
    for (;;) {
      const losers = this.#ranked((candidate) => this.readingGain(candidate)).filter(({ gain }) => gain <= 0);
      if (losers.length === 0) return;
      for (const { candidate } of losers.slice(0, portion(losers.length, DROPPED_AT_ONCE))) {
        this.#remove(candidate);
      }
    }
  }

  /** Takes back, largest first, what would pay now that its rivals are gone. */
  reviveWinners(candidates: readonly Candidate[]): void {
    const dropped = candidates.filter((candidate) => !this.open.has(candidate));
    dropped.sort(
      (left, right) =>
        right.product.rules.length - left.product.rules.length || left.position - right.position,
    );
    for (const candidate of dropped) {
      this.add(candidate);
      if (this.readingGain(candidate) <= 0) this.#remove(candidate);
    }
  }

  /** Drops the candidates that save the file fewest rules, a few at a time. */
  dropWorst(): void {
    const ranked = this.#ranked((candidate) => this.ruleGain(candidate));
    for (const { candidate } of ranked.slice(0, portion(ranked.length, GIVEN_UP_AT_ONCE))) {
      this.#remove(candidate);
    }
  }

  /** Least gain first; ties: later products go first. */
  #ranked(
    gainOf: (candidate: Candidate) => number,
  ): { readonly candidate: Candidate; readonly gain: number }[] {
    return [...this.open]
      .map((candidate) => ({ candidate, gain: gainOf(candidate) }))
      .sort((left, right) => left.gain - right.gain || right.candidate.position - left.candidate.position);
  }
}

function largest(numbers: Int32Array): number {
  return numbers.reduce((most, number) => Math.max(most, number), -1);
}

/** That share of a number, in whole ones, at least one. */
function portion(count: number, share: number): number {
  return Math.max(1, Math.floor(count * share));
}

/** Counts up or down; an entry that reaches 0 goes. */
function increase<Key>(counts: Map<Key, number>, key: Key, step: number): void {
  const count = (counts.get(key) ?? 0) + step;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
