/**
 * Which rules a packet can match at all: those whose leading condition holds, as one bit a rule. A walk steps from one candidate to
 * the next and never looks at the others, which in a flat ruleset are nearly all.
 */
import { type Program, TRUTH } from "./program.ts";

/** The candidates of one side; a class because it guards the bits, which are set anew for every packet. */
export class Candidates {
  readonly #bits: Int32Array;
  /** Conditions that lead few rules, and those rules: rules[starts[i] … starts[i + 1]) for conditions[i]. */
  readonly #conditions: Int32Array;
  readonly #starts: Int32Array;
  readonly #rules: Int32Array;
  /** Conditions that lead many rules, with their bits ready: there are at most 32 of them. */
  readonly #dense: readonly { readonly id: number; readonly bits: Int32Array }[];

  constructor(program: Program) {
    const words = (program.ops.length + 31) >> 5;
    this.#bits = new Int32Array(words);
    const byLead = new Map<number, number[]>();
    for (const [rule, lead] of program.lead.entries()) {
      const rules = byLead.get(lead);
      if (rules === undefined) byLead.set(lead, [rule]);
      else rules.push(rule);
    }
    const sparse = [...byLead].filter(([, rules]) => rules.length <= words);
    this.#conditions = Int32Array.from(sparse, ([id]) => id);
    this.#rules = Int32Array.from(sparse.flatMap(([, rules]) => rules));
    this.#starts = new Int32Array(sparse.length + 1);
    for (const [index, [, rules]] of sparse.entries()) {
      this.#starts[index + 1] = this.#starts[index]! + rules.length;
    }
    this.#dense = [...byLead]
      .filter(([, rules]) => rules.length > words)
      .map(([id, rules]) => ({ id, bits: bitsOf(rules, words) }));
  }

  /** Finds the candidates of the packet that `truth` was evaluated for. */
  load(truth: Uint8Array): void {
    const bits = this.#bits;
    bits.fill(0);
    for (const dense of this.#dense) {
      if (truth[dense.id] === TRUTH.FALSE) continue;
      for (let word = 0; word < bits.length; word++) bits[word]! |= dense.bits[word]!;
    }
    const conditions = this.#conditions;
    for (let index = 0; index < conditions.length; index++) {
      if (truth[conditions[index]!] === TRUTH.FALSE) continue;
      const end = this.#starts[index + 1]!;
      for (let at = this.#starts[index]!; at < end; at++) {
        const rule = this.#rules[at]!;
        bits[rule >> 5]! |= 1 << (rule & 31);
      }
    }
  }

  /** The first candidate from a rule on. There always is one: the closing RETURN of a chain has no conditions. */
  next(rule: number): number {
    const bits = this.#bits;
    let word = rule >> 5;
    let rest = bits[word]! & (-1 << (rule & 31));
    while (rest === 0) rest = bits[++word]!;
    return (word << 5) + 31 - Math.clz32(rest & -rest);
  }
}

function bitsOf(rules: readonly number[], words: number): Int32Array {
  const bits = new Int32Array(words);
  for (const rule of rules) bits[rule >> 5]! |= 1 << (rule & 31);
  return bits;
}
