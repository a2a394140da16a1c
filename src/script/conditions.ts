/**
 * `test`, `[ ]` and `[[ ]]`: true, false, or why that isn't known.
 *
 * Source: POSIX.1-2017, test; the grammar of several operands as dash and bash read it.
 */
import { holeIn, type Pieces, type Stretch, textOf, type Unknown } from "./pieces.ts";
import { differs, type Shell } from "./dialect.ts";
import { compilePattern } from "./patterns.ts";
import { isIptablesProgram } from "./programs.ts";

/** One operand. */
export interface Operand {
  readonly pieces: Pieces;
  /** In `[[ ]]`: the operand as a pattern; null where it holds something unknown, undefined outside. */
  readonly pattern?: string | null;
}

/** Whether a file is known to be there. */
export type HasFile = (path: string) => boolean;

type Answer = boolean | Unknown;

const BINARY = new Set([
  "=",
  "==",
  "!=",
  "-eq",
  "-ne",
  "-lt",
  "-le",
  "-gt",
  "-ge",
  "=~",
  "<",
  ">",
  "-nt",
  "-ot",
]);

/** Evaluates the operands between `[` and `]`; `shell`: null for `[[ ]]`. */
export function evaluateTest(
  operands: readonly Operand[],
  at: Stretch,
  hasFile: HasFile,
  shell: Shell | null,
): Answer | number {
  const answer = new Test(operands, at, hasFile).evaluate();
  const isOfBash = operands.some(({ pieces }) => textOf(pieces) === "==");
  // Other shells take `==` for a mistake, which is no success either.
  if (!isOfBash || shell === null || shell === "bash") return answer;
  return shell === "dash" ? 2 : { ...differs("== inside [ ]", at), fails: answer === false };
}

/** Recursive descent over the operands. */
class Test {
  readonly #operands: readonly Operand[];
  readonly #at: Stretch;
  readonly #hasFile: HasFile;
  #next = 0;

  constructor(operands: readonly Operand[], at: Stretch, hasFile: HasFile) {
    this.#operands = operands;
    this.#at = at;
    this.#hasFile = hasFile;
  }

  evaluate(): Answer {
    if (this.#operands.length === 0) return false;
    const answer = this.#or();
    return this.#next >= this.#operands.length ? answer : this.#unknown("this condition is not understood");
  }

  #unknown(why: string, option: string | null = null): Unknown {
    return { why, at: this.#at, option, inline: false };
  }

  /** The known text of the operand `ahead`; null at the end, and for one with a hole. */
  #text(ahead = 0): string | null {
    const operand = this.#operands[this.#next + ahead];
    return operand === undefined || holeIn(operand.pieces) !== null ? null : textOf(operand.pieces);
  }

  #or(): Answer {
    let answer = this.#and();
    while (this.#text() === "-o" || this.#text() === "||") {
      this.#next += 1;
      const other = this.#and();
      if (answer !== true) answer = answer === false || other === true ? other : answer;
    }
    return answer;
  }

  #and(): Answer {
    let answer = this.#not();
    while (this.#text() === "-a" || this.#text() === "&&") {
      this.#next += 1;
      const other = this.#not();
      if (answer !== false) answer = answer === true || other === false ? other : answer;
    }
    return answer;
  }

  #not(): Answer {
    if (this.#text() === "!" && this.#operands.length > this.#next + 1 && !this.#isBinary()) {
      this.#next += 1;
      const answer = this.#not();
      return typeof answer === "boolean" ? !answer : answer;
    }
    return this.#primary();
  }

  #isBinary(): boolean {
    return BINARY.has(this.#text(1) ?? "") && this.#operands.length > this.#next + 2;
  }

  #primary(): Answer {
    if (this.#isBinary()) return this.#binary();
    const operator = this.#text();
    const left = this.#operands.length - this.#next;
    if (operator === "(" && left > 1) {
      this.#next += 1;
      const answer = this.#or();
      this.#next += 1;
      return answer;
    }
    if (operator !== null && /^-[a-zA-Z]$/u.test(operator) && left > 1) {
      const operand = this.#operands[this.#next + 1]!;
      this.#next += 2;
      return this.#unary(operator, operand.pieces);
    }
    const operand = this.#operands[this.#next];
    this.#next += 1;
    return operand === undefined
      ? this.#unknown("this condition is not understood")
      : this.#unary("-n", operand.pieces);
  }

  #unary(operator: string, pieces: Pieces): Answer {
    const found = holeIn(pieces);
    const text = textOf(pieces);
    if (operator === "-n" || operator === "-z") {
      const isFull = text !== "" ? true : (found ?? false);
      return typeof isFull === "boolean" ? isFull === (operator === "-n") : isFull;
    }
    if (found !== null) return found;
    const isHere =
      isIptablesProgram(text) ||
      this.#hasFile(text) ||
      /^\/proc\/(?:net\/ip6?_tables_names$|sys\/)/u.test(text);
    if (/^-[efrxsw]$/u.test(operator) && isHere) return true;
    return this.#unknown(`whether ${operator} ${text} holds is known only when the script runs`);
  }

  #binary(): Answer {
    const [one, operator, other] = this.#operands.slice(this.#next, this.#next + 3) as [
      Operand,
      Operand,
      Operand,
    ];
    const name = textOf(operator.pieces);
    this.#next += 3;
    const found = holeIn(one.pieces) ?? holeIn(other.pieces);
    if (found !== null) return found;
    const [left, right] = [textOf(one.pieces), textOf(other.pieces)];
    if (name === "=" || name === "==" || name === "!=") {
      const pattern = other.pattern;
      const whole = pattern === undefined || pattern === null ? null : compilePattern(`^(?:${pattern})$`);
      if (pattern !== undefined && whole === null)
        return this.#unknown(`${left} ${name} ${right} is not worked out`);
      return (whole === null ? left === right : whole.test(left)) === (name !== "!=");
    }
    const compare = COMPARISONS[name];
    if (compare === undefined || !/^\s*-?\d+\s*$/u.test(left) || !/^\s*-?\d+\s*$/u.test(right))
      return this.#unknown(`${left} ${name} ${right} is not worked out`);
    return compare(Number(left), Number(right));
  }
}

const COMPARISONS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  "-eq": (one, other) => one === other,
  "-ne": (one, other) => one !== other,
  "-lt": (one, other) => one < other,
  "-le": (one, other) => one <= other,
  "-gt": (one, other) => one > other,
  "-ge": (one, other) => one >= other,
};
