/**
 * Finds patterns of options that fit nothing.
 */
import { matchesPattern } from "../cluster/segments.ts";
import type { ClusterOptions } from "../cluster/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import type { ImportInput } from "./import-inputs.ts";

/** Warns of patterns of options that fit no chain of any input: a typing error, mostly. */
export function findIdlePatterns(
  inputs: readonly ImportInput[],
  options: ClusterOptions,
): readonly Diagnostic[] {
  const chains = inputs.flatMap(({ ruleset }) =>
    ruleset.tables.flatMap((table) => table.chains.map(({ name }) => name)),
  );
  const find = (option: string, patterns: readonly string[]) =>
    patterns
      .filter((pattern) => !chains.some((chain) => matchesPattern(chain, pattern)))
      .map((pattern) => makeDiagnostic("PATTERN_WITHOUT_CHAIN", null, { option, pattern }));
  return [...find("--keep-chain", options.keepChains), ...find("--rewrite-chain", options.rewriteChains)];
}
