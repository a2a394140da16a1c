/**
 * Makes the plan from what the search found: groups get names and mark bits, products become policy rules.
 */
import type { Clustering, FlatReason } from "../cluster/types.ts";
import type { Rule } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { draftPolicyRule } from "./draft-policy.ts";
import { settleMarkBits } from "./marks.ts";
import { beginNaming, nameGroups } from "./naming/name-groups.ts";
import { namePolicies } from "./naming/name-policies.ts";
import type { NameBase } from "./naming/sources.ts";
import { optionsOf } from "./search-options.ts";
import { keepStored, structureGroups } from "./structure-groups.ts";
import type { MarkBits, Plan, PlanFlat, PlanInput, PlanOptions, PlanSets } from "./types.ts";

/** One input with what was found in it. */
export interface PlanSource {
  /** As it is to stand in the plan. */
  readonly path: string;
  readonly digest: string;
  /** Set where the plan has to keep the input itself. */
  readonly text?: string;
  readonly madeFrom?: string;
  readonly partial?: readonly string[];
  readonly sets?: PlanSets;
  readonly clustering: Clustering;
}

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
    ...layoutOf(sources),
    markBits: bits ?? {},
    groups: keepStored(structureGroups(groups, all), all, options),
    policyRules: policyRules.map((rule, at) => {
      const restOf = ids.get(rests.get(drafts[at]!.product) ?? drafts[at]!.product)!;
      return restOf === rule.id ? rule : { ...rule, restOf };
    }),
    flat: sources.flatMap(({ clustering }, input) => collectFlat(clustering, input, bits === null)),
  };
}

/** The layout that rulesets are in already. */
function layoutOf(sources: readonly PlanSource[]): Pick<Plan, "layout"> {
  if (sources.some(({ clustering }) => clustering.marks?.hasRuns === true)) return { layout: "hoisted" };
  return sources.some(({ clustering }) => clustering.marks?.hasShared === true) ? { layout: "shared" } : {};
}

function makeInput({ path, digest, text, madeFrom, partial, sets, clustering }: PlanSource): PlanInput {
  const { ruleset } = clustering;
  const unparsed = countUnparsed(ruleset);
  return {
    path,
    digest,
    family: ruleset.family,
    rules: ruleset.tables.reduce(
      (sum, { chains }) => sum + chains.reduce((rules, chain) => rules + chain.rules.length, 0),
      0,
    ),
    ...(unparsed === 0 ? {} : { unparsed }),
    tables: ruleset.tables.map(({ name }) => name),
    ...(partial === undefined ? {} : { partial }),
    ...(text === undefined ? {} : { text }),
    ...(madeFrom === undefined ? {} : { madeFrom }),
    ...(sets === undefined ? {} : { sets }),
  };
}

function collectFlat(clustering: Clustering, input: number, noBits: boolean): PlanFlat[] {
  const groups = new Map<string, { table: string; chain: string; reason: FlatReason; lines: number[] }>();
  const add = (table: string, rule: Rule, reason: FlatReason): void => {
    const key = `${table}\u0000${rule.chain}\u0000${reason}`;
    const entry = groups.get(key) ?? { table, chain: rule.chain, reason, lines: [] };
    entry.lines.push(rule.line);
    groups.set(key, entry);
  };
  for (const { table, rule, reason } of clustering.flat) add(table, rule, reason);
  if (noBits) {
    const merged = new Map<Rule, string>();
    for (const { table, rules } of clustering.products) for (const rule of rules) merged.set(rule, table);
    for (const [rule, table] of merged) add(table, rule, "no-free-bits");
  }
  return [...groups.values()].map(({ table, chain, reason, lines }) => ({
    input,
    table,
    chain,
    reason,
    lines: lines.sort((left, right) => left - right),
  }));
}
