/**
 * The shell's integer arithmetic: `$(( 1 + 2 * n ))`, with numbers only; what needs assignment or more is not worked out.
 */

const PRECEDENCE: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];

const ASSIGNED = /([A-Za-z_]\w*)\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)=|=(?!=))|(?:\+\+|--)\s*([A-Za-z_]\w*)/gu;

/** The variables that an expression may change: `n=1`, `n+=1`, and `++n`, which is twice the sign of `n` in shells without it. */
export function assignedNames(text: string): readonly string[] {
  return [...text.matchAll(ASSIGNED)].map(([, before, after]) => before ?? after!);
}

/** The value, or null where it isn't plain arithmetic over numbers. `variable` gives the text of a name. */
export function evaluateArithmetic(text: string, variable: (name: string) => string | null): number | null {
  // `++` and `--` count up and down in bash alone, even where only a sign before a sign is meant.
  if (/\+\+|--/u.test(text)) return null;
  const tokens = text.match(/\d+|[A-Za-z_]\w*|\|\||&&|[=!<>]=|[-+*/%<>()!]|\S/gu) ?? [];
  let at = 0;
  const primary = (): number | null => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) return null;
    if (token === "(") {
      const value = binary(0);
      at += 1;
      return tokens[at - 1] === ")" ? value : null;
    }
    if (token === "-" || token === "+" || token === "!") {
      const value = primary();
      if (value === null) return null;
      return token === "-" ? -value : token === "+" ? value : Number(value === 0);
    }
    const digits = /^[A-Za-z_]/u.test(token) ? variable(token) : token;
    return digits !== null && /^-?(?:0|[1-9]\d{0,14})$/u.test(digits) ? Number(digits) : null;
  };
  const binary = (level: number): number | null => {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return primary();
    let value = binary(level + 1);
    while (at < tokens.length && operators.includes(tokens[at]!)) {
      const operator = tokens[at]!;
      at += 1;
      const other = binary(level + 1);
      value = value === null || other === null ? null : apply(operator, value, other);
    }
    return value;
  };
  const value = binary(0);
  // The shell counts in 64 bits; beyond what is exact here nothing is said.
  return at === tokens.length && value !== null && Number.isSafeInteger(value) ? value : null;
}

function apply(operator: string, one: number, other: number): number | null {
  switch (operator) {
    case "||":
      return Number(one !== 0 || other !== 0);
    case "&&":
      return Number(one !== 0 && other !== 0);
    case "==":
      return Number(one === other);
    case "!=":
      return Number(one !== other);
    case "<=":
      return Number(one <= other);
    case ">=":
      return Number(one >= other);
    case "<":
      return Number(one < other);
    case ">":
      return Number(one > other);
    case "+":
      return one + other;
    case "-":
      return one - other;
    case "*":
      return one * other;
    case "/":
      return other === 0 ? null : Math.trunc(one / other);
    default:
      return other === 0 ? null : one % other;
  }
}
