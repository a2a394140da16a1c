/**
 * Which source group a policy rule can have in common with its neighbours, for the shared layout.
 */
import { headMatches } from "./layouts/words.ts";
import { hasExceptions, type MergedRule } from "./product.ts";

/** Tests of addresses and interfaces read no header: then it is the same to ask them behind the source. */
const PLAIN = /^(?:! )?-[sdio] \S+$/;

/** The id of its source group; null for rules that have to stand alone. */
export function sharedSource(merged: MergedRule): string | null {
  const { groups, negated, servicesFirst, policy, template } = merged;
  const { target } = template.rule;
  // RETURN is the owner's, and who reads a log knows rule chains as they are in the article's layout.
  const isAlone =
    (target.kind === "verdict" && target.verdict === "RETURN") ||
    servicesFirst ||
    hasExceptions(merged) ||
    negated.length > 0 ||
    policy.logPartial !== undefined ||
    !headMatches(merged).every((text) => PLAIN.test(text));
  return isAlone ? null : (groups.find(({ axis }) => axis === "source")?.id ?? null);
}
