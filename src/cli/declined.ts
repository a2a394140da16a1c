/**
 * Says what was found and is not taken.
 */
import { countRulesSaved } from "../cluster/select.ts";
import type { Clustering } from "../cluster/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";

/** Chains that are named. */
const MOST_NAMED = 3;

/** Compiled products that were found, and stay as they are. */
export function describeDeclined(
  path: string,
  { products, declined = [] }: Clustering,
): readonly Diagnostic[] {
  // A list of exceptions is no tool's work: nobody misses the group.
  const compiled = declined.filter(({ negated }) => negated === undefined);
  const rules = -countRulesSaved(compiled, products);
  if (rules <= 0) return [];
  const names = compiled.slice(0, MOST_NAMED).map(({ replaces, chain }) => replaces[0] ?? chain);
  const more = compiled.length > MOST_NAMED ? [`${compiled.length - MOST_NAMED} more`] : [];
  const args = {
    count: compiled.length,
    path,
    rules,
    chains: [...names, ...more].join(", "),
  };
  return [makeDiagnostic("COMPILED_CHAINS_STAY", null, args)];
}
