/**
 * Which rules a packet can match at all: those whose leading condition holds, as one bit a rule. A walk steps from one candidate to
 * the next and never looks at the others, which in a flat ruleset are nearly all.
 */
import { type Program, TRUTH } from "./program.ts";
import type { Truth } from "./truth.ts";

/** The candidates of one side; a class because it guards the bits, which are set anew for every packet. */
export class Candidates {
  readonly #bits: Int32Array;
  /** Rules of each condition that leads few: rules[starts[id] … starts[id + 1]). */
  readonly #starts: Int32Array;
  readonly #rules: Int32Array;
  /** Bits, ready to use, of each condition that leads more rules than there are words; there are at most 32 of those. */
  readonly #dense = new Map<number, Int32Array>();
  /** Of the truth that was loaded last. */
  #version = -1;

  constructor(program: Program, conditions: number) {
    const words = (program.ops.length + 31) >> 5;
    this.#bits = new Int32Array(words);
    const byLead = Array.from({ length: conditions }, (): number[] => []);
    for (const [rule, lead] of program.lead.entries()) byLead[lead]!.push(rule);
    const sparse = byLead.map((rules) => (rules.length <= words ? rules : []));
    this.#rules = Int32Array.from(sparse.flat());
    this.#starts = new Int32Array(conditions + 1);
    for (const [id, rules] of sparse.entries()) this.#starts[id + 1] = this.#starts[id]! + rules.length;
    for (const [id, rules] of byLead.entries()) {
      if (rules.length > words) this.#dense.set(id, bitsOf(rules, words));
    }
  }

  /** Finds the candidates of the packet that `truth` was evaluated for. */
  load(truth: Truth): void {
    if (truth.version === this.#version) return;
    this.#version = truth.version;
    const bits = this.#bits;
    const starts = this.#starts;
    bits.fill(0);
    for (const [id, dense] of this.#dense) {
      if (truth.values[id] === TRUTH.FALSE) continue;
      for (let word = 0; word < bits.length; word++) bits[word]! |= dense[word]!;
    }
    for (let hit = 0; hit < truth.hitCount; hit++) {
      const id = truth.hits[hit]!;
      const end = starts[id + 1]!;
      for (let at = starts[id]!; at < end; at++) {
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
