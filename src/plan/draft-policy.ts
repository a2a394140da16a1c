/**
 * Products as policy rules that have no name yet.
 */
import { setKey } from "../cluster/cost.ts";
import type { Product } from "../cluster/types.ts";
import { AXES, type Axis } from "../model/types.ts";
import { missingText } from "./missing.ts";
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
    summary: summarise(product, used),
    // Calls come first in a tree, wherever its chains stand.
    lines: product.rules.map(({ line }) => line).sort((left, right) => left - right),
    ...(product.missing === undefined
      ? {}
      : { missing: product.missing.map((tokens) => missingText(tokens.map(({ key }) => key))) }),
    ...(product.replaces === undefined || product.replaces.length === 0
      ? {}
      : { replaces: product.replaces }),
    ...(product.logPartial === undefined ? {} : { logPartial: product.logPartial }),
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
