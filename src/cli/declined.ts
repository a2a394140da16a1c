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
  const rules = -countRulesSaved(declined, products);
  if (rules <= 0) return [];
  const names = declined.slice(0, MOST_NAMED).map(({ replaces, chain }) => replaces[0] ?? chain);
  const more = declined.length > MOST_NAMED ? [`${declined.length - MOST_NAMED} more`] : [];
  const args = {
    count: declined.length,
    path,
    rules,
    chains: [...names, ...more].join(", "),
  };
  return [makeDiagnostic("COMPILED_CHAINS_STAY", null, args)];
}
