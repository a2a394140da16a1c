/**
 * Names of chains with `*` (any characters) and `?` (one), as `--keep-chain` takes them and as the chains of other programs are known.
 */
import { patternExpression } from "../cluster/segments.ts";
import { isBaseChain } from "../model/tables.ts";

/** A pattern that can be asked. */
export interface ChainPattern {
  /** As it was written. */
  readonly text: string;
  readonly expression: RegExp;
  /** It is a name, and stands for that chain alone. */
  readonly isExact: boolean;
}

/** Reads a pattern as `import --keep-chain` does; whatever is written is one. */
export function chainPattern(text: string): ChainPattern {
  return { text, expression: patternExpression(text), isExact: !/[*?]/u.test(text) };
}

/** Whether a chain is meant. A base chain is what packets meet first: only its own name means it, and `*` never does. */
export function meansChain({ expression, isExact }: ChainPattern, table: string, chain: string): boolean {
  return (isExact || !isBaseChain(table, chain)) && expression.test(chain);
}

/** Whether one of the patterns means a chain. */
export function anyMeans(patterns: readonly ChainPattern[], table: string, chain: string): boolean {
  return patterns.some((pattern) => meansChain(pattern, table, chain));
}
