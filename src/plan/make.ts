/**
 * Makes the plan from what the search found: groups get names and mark bits, products become policy rules.
 */
import type { Clustering } from "../cluster/types.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { draftPolicyRule } from "./draft-policy.ts";
import { settleMarkBits } from "./marks.ts";
import { findWrittenLayouts } from "./written-layouts.ts";
import { beginNaming, nameGroups } from "./naming/name-groups.ts";
import { namePolicies } from "./naming/name-policies.ts";
import type { NameBase } from "./naming/sources.ts";
import { collectFlat, makeInput, type PlanSource } from "./plan-inputs.ts";
import { optionsOf } from "./search-options.ts";
import { keepStored, structureGroups } from "./structure-groups.ts";
import type { MarkBits, Plan, PlanOptions } from "./types.ts";

export type { PlanSource };

/**
 * The plan of one or several inputs (at most one a family). Groups with the same members are one group, also across inputs; `base` is where names are looked up
 * beside the rules. Gives the warning NO_FREE_MARK_BITS, and a plan without policy rules, where the rulesets use nearly all bits themselves.
 */
export function makePlan(
  sources: readonly PlanSource[],
  options: PlanOptions,
  base: NameBase = {},
): { readonly plan: Plan; readonly diagnostics: readonly Diagnostic[] } {
  const rulesets = sources.map(({ clustering }) => clustering.ruleset);
  const axes = new Set(
    sources.flatMap(({ clustering }) =>
      clustering.products.flatMap(({ sets }) => sets.map(({ axis }) => axis)),
    ),
  );
  const marks = sources.flatMap(({ clustering }) => clustering.marks ?? []);
  const { bits, fault } = settleMarkBits(axes, rulesets, marks, options);
  const odd = sources.flatMap(({ clustering }) => describeOddChains(clustering));
  return { plan: assemble(sources, options, bits, base), diagnostics: [...fault, ...odd] };
}

/** Chains that look like mark groups and are none: whoever wrote them should know why they stay. */
function describeOddChains({ ruleset, marks }: Clustering): readonly Diagnostic[] {
  return (marks?.odd ?? []).map(({ chain, line, why }) => {
    const start = ruleset.file.lineStarts[line - 1] ?? 0;
    const next = ruleset.file.text.indexOf("\n", start);
    const span = { file: ruleset.file, start, end: next === -1 ? ruleset.file.text.length : next };
    return makeDiagnostic("MARK_GROUP_LIKE", span, { chain, why });
  });
}

function assemble(
  sources: readonly PlanSource[],
  options: PlanOptions,
  bits: MarkBits | null,
  base: NameBase,
): Plan {
  const found = sources.map(({ clustering: { ruleset, products } }) => ({
    ruleset,
    products: bits === null ? [] : products,
  }));
  const naming = beginNaming(found, base);
  // Groups before policy rules, so that the shorter names go to groups.
  const all = found.flatMap(({ products }) => products);
  const groups = nameGroups(all, naming);
  const inputs = sources.map(makeInput);
  const drafts = found.flatMap(({ products }, input) =>
    products.map((product) => draftPolicyRule(product, input, groups)),
  );
  const rests = new Map(sources.flatMap(({ clustering }) => [...(clustering.rests ?? [])]));
  const policyRules = namePolicies(drafts, { inputs }, naming);
  const ids = new Map(drafts.map(({ product }, at) => [product, policyRules[at]!.id]));
  return {
    version: 1,
    inputs,
    ...optionsOf(options),
    ...findWrittenLayouts(sources),
    markBits: bits ?? {},
    groups: keepStored(structureGroups(groups, all), all, options),
    policyRules: policyRules.map((rule, at) => {
      const restOf = ids.get(rests.get(drafts[at]!.product) ?? drafts[at]!.product)!;
      return restOf === rule.id ? rule : { ...rule, restOf };
    }),
    flat: sources.flatMap(({ clustering }, input) => collectFlat(clustering, input, bits === null)),
  };
}
