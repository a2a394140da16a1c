/**
 * Makes the plan from what the search found: groups get names and mark bits, products become policy rules.
 */
import { setKey } from "../cluster/cost.ts";
import type { Clustering, FlatReason, Product } from "../cluster/types.ts";
import { AXES, type Axis, type Rule } from "../model/types.ts";
import { countUnparsed } from "../model/unparsed.ts";
import { type Diagnostic, makeDiagnostic } from "../text/diagnostic.ts";
import { settleMarkBits } from "./marks.ts";
import { missingText } from "./missing.ts";
import { beginNaming, nameGroups } from "./naming/name-groups.ts";
import { namePolicies, type PolicyDraft } from "./naming/name-policies.ts";
import type { NameBase } from "./naming/sources.ts";
import { optionsOf } from "./search-options.ts";
import type { MarkBits, Plan, PlanFlat, PlanGroup, PlanInput, PlanOptions, PlanSets } from "./types.ts";

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
  const groups = nameGroups(
    found.flatMap(({ products }) => products),
    naming,
  );
  const stored = new Set(
    found
      .flatMap(({ products }) => products.flatMap(({ sets }) => sets.filter(({ isStored }) => isStored)))
      .map(setKey),
  );
  const inputs = sources.map(makeInput);
  const drafts = found.flatMap(({ products }, input) =>
    products.map((product) => draftPolicyRule(product, input, groups)),
  );
  return {
    version: 1,
    inputs,
    ...optionsOf(options),
    markBits: bits ?? {},
    groups: [...groups.values()].map((group) => asStored(group, stored, options)),
    policyRules: namePolicies(drafts, { inputs }, naming),
    flat: sources.flatMap(({ clustering }, input) => collectFlat(clustering, input, bits === null)),
  };
}

/** A group whose chain keeps its members in a set already goes on so, unless somebody says where all groups keep theirs. */
function asStored(group: PlanGroup, stored: ReadonlySet<string>, { storage }: PlanOptions): PlanGroup {
  return storage === undefined && stored.has(setKey(group)) ? { ...group, storage: "ipset" } : group;
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

function draftPolicyRule(
  product: Product,
  input: number,
  groups: ReadonlyMap<string, PlanGroup>,
): PolicyDraft {
  const used: { [axis in Axis]?: string } = {};
  for (const set of product.sets) used[set.axis] = groups.get(setKey(set))!.id;
  const rule = {
    accept: true,
    input,
    table: product.table,
    chain: product.chain,
    groups: used,
    summary: summarise(product, used),
    // Calls come first in a tree, wherever its chains stand.
    lines: product.rules.map(({ line }) => line).sort((left, right) => left - right),
    ...(product.missing === undefined
      ? {}
      : { missing: product.missing.map((tokens) => missingText(tokens.map(({ key }) => key))) }),
    ...(product.replaces === undefined || product.replaces.length === 0
      ? {}
      : { replaces: product.replaces }),
  };
  return { product, rule };
}

/** The rule as one line, `-s S-LAN -d 10.1.2.3/32 SRV-WEB -m conntrack --ctstate NEW -j ACCEPT`. */
export function summarise(
  { template }: Pick<Product, "template">,
  used: Readonly<Partial<Record<Axis, string>>>,
): string {
  const option: Readonly<Record<Axis, string>> = {
    source: "-s ",
    destination: "-d ",
    in: "-i ",
    out: "-o ",
    service: "",
  };
  const words: string[] = [...template.guard];
  for (const axis of ["source", "destination", "in", "out", "service"] as const) {
    const group = used[axis];
    words.push(
      group === undefined ? (template.tokens[AXES.indexOf(axis)]?.text ?? "") : `${option[axis]}${group}`,
    );
  }
  const rest =
    template.tokens[AXES.indexOf("service")] === null ? [template.tail] : [template.pre, template.post];
  return [...words, ...rest, template.rule.target.text].filter((word) => word !== "").join(" ");
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
