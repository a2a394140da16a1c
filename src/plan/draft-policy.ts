/**
 * Products as policy rules that have no name yet.
 */
import { setKey } from "../cluster/cost.ts";
import type { Product } from "../cluster/types.ts";
import { AXES, type Axis } from "../model/types.ts";
import { missingText } from "./missing.ts";
import { groupWords } from "./negated.ts";
import type { PolicyDraft } from "./naming/name-policies.ts";
import type { PlanGroup } from "./types.ts";

/** The policy rule of a product of one input. */
export function draftPolicyRule(
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
    ...(product.negated === undefined ? {} : { negated: product.negated }),
    summary: summarise(product, used),
    // Calls come first in a tree, wherever its chains stand.
    lines: product.rules.map(({ line }) => line).sort((left, right) => left - right),
    ...(product.parts === undefined ? {} : { combinations: countCombinations(product) }),
    ...(product.missing === undefined
      ? {}
      : { missing: product.missing.cells.map((tokens) => missingText(tokens.map(({ key }) => key))) }),
    ...(product.replaces === undefined || product.replaces.length === 0
      ? {}
      : { replaces: product.replaces }),
    ...(product.logPartial === undefined ? {} : { logPartial: product.logPartial }),
  };
  return { product, rule };
}

function countCombinations({ sets }: Product): number {
  return sets.reduce((count, { members }) => count * members.length, 1);
}

/** The rule as one line, `-s S-LAN -d 10.1.2.3/32 SRV-WEB -m conntrack --ctstate NEW -j ACCEPT`. */
export function summarise(
  { template, negated = [] }: Pick<Product, "template" | "negated">,
  used: Readonly<Partial<Record<Axis, string>>>,
): string {
  const words: string[] = [...template.guard];
  for (const axis of ["source", "destination", "in", "out", "service"] as const) {
    const group = used[axis];
    const token = template.tokens[AXES.indexOf(axis)]?.text ?? "";
    words.push(group === undefined ? token : groupWords(axis, group, negated.includes(axis)));
  }
  const rest =
    template.tokens[AXES.indexOf("service")] === null ? [template.tail] : [template.pre, template.post];
  return [...words, ...rest, template.rule.target.text].filter((word) => word !== "").join(" ");
}
