/**
 * The traits of many rules: large rulesets have few different ones, so that two rules are compared by looking up what was found for two others.
 */
import { AXES } from "../model/types.ts";
import { conflictByHeaders, type Traits, traitsConflict, traitsOf } from "./conflicts.ts";
import { kindOf, type Movable } from "./features.ts";

/** Different traits up to which the answers for all pairs are kept: 16 MB. */
const MOST_KEPT = 4096;

/** The key of rules that test no single destination port. */
export const NO_PORT = 0;

const UNKNOWN = 0;
const CONFLICT = 1;
const NONE = 2;

/** Traits by the number of a rule. */
export class TraitTable {
  readonly #traits: Traits[] = [];
  readonly #ports: number[] = [];
  readonly #traitOf: Int32Array;
  readonly #answers: Uint8Array | null;

  constructor(movables: readonly Movable[]) {
    const numbers = new Map<string, number>();
    const signatures = new Map<string, number>();
    this.#traitOf = Int32Array.from(movables, (movable) => {
      const key = traitKey(movable, signatures);
      let number = numbers.get(key);
      if (number === undefined) {
        const traits = traitsOf(movable);
        number = this.#traits.push(traits) - 1;
        this.#ports.push(portKey(traits));
        numbers.set(key, number);
      }
      return number;
    });
    const count = this.#traits.length;
    this.#answers = count <= MOST_KEPT ? new Uint8Array(count * count) : null;
  }

  /** Whether two rules of different classes may not swap, if their addresses overlap. */
  conflict(rule: number, other: number): boolean {
    const one = this.#traitOf[rule]!;
    const two = this.#traitOf[other]!;
    if (this.#answers === null) return traitsConflict(this.#traits[one]!, this.#traits[two]!);
    const at = one * this.#traits.length + two;
    let answer = this.#answers[at]!;
    if (answer === UNKNOWN) {
      answer = traitsConflict(this.#traits[one]!, this.#traits[two]!) ? CONFLICT : NONE;
      this.#answers[at] = answer;
    }
    return answer === CONFLICT;
  }

  /** A number for the protocol and single destination port that the rule tests: rules with different ones have no packet in common. Else `NO_PORT`. */
  portOf(rule: number): number {
    return this.#ports[this.#traitOf[rule]!]!;
  }

  /** The ways in which these rules read headers, each as the number of one of them. */
  kindsOf(rules: readonly number[]): number[] {
    const kinds = new Map<string, number>();
    for (const rule of rules) {
      const { drops, profile, readsExtensions } = this.#traits[this.#traitOf[rule]!]!;
      const key = `${drops} ${readsExtensions} ${profile}`;
      if (!kinds.has(key)) kinds.set(key, rule);
    }
    return [...kinds.values()];
  }

  /** Whether rules that no packet matches both of may conflict all the same. */
  conflictByHeaders(rule: number, kinds: readonly number[]): boolean {
    const traits = this.#traits[this.#traitOf[rule]!]!;
    return kinds.some((other) => conflictByHeaders(traits, this.#traits[this.#traitOf[other]!]!));
  }
}

/** Rules of one key differ in their addresses only: what the signature leaves out are the members. */
function traitKey(movable: Movable, signatures: Map<string, number>): string {
  const { tokens } = movable;
  const signature = kindOf(movable);
  let number = signatures.get(signature);
  if (number === undefined) {
    number = signatures.size;
    signatures.set(signature, number);
  }
  let key = `${number}`;
  AXES.forEach((axis, at) => {
    if (axis !== "source" && axis !== "destination") key += `\u0000${tokens[at]?.key ?? ""}`;
  });
  return key;
}

function portKey({ region: { protocol, destinationPorts } }: Traits): number {
  const [range, more] = destinationPorts ?? [];
  if (protocol === null || range === undefined || more !== undefined || range.first !== range.last)
    return NO_PORT;
  return 1 + 65_536 * protocol + range.first;
}
