/**
 * How a plan's policy rules become chains: their layout and their order.
 */
import type { ChainForm, Layout, Order, Plan, PlanChainLayout } from "./types.ts";

/** All layouts; the first is taken where a plan says nothing. */
export const LAYOUTS: readonly Layout[] = ["article", "shared", "hoisted", "auto"];

/** What a plan may say of one chain, from what reads best to what reads worst. */
export const CHAIN_FORMS: readonly ChainForm[] = ["flat", "article", "shared", "hoisted"];

/** All orders; the first is taken where a plan says nothing. */
export const ORDERS: readonly Order[] = ["used", "written"];

/** Reads the word; null where it is none. */
export function parseLayout(text: string): Layout | null {
  return LAYOUTS.find((layout) => layout === text) ?? null;
}

/** The same for an order. */
export function parseOrder(text: string): Order | null {
  return ORDERS.find((order) => order === text) ?? null;
}

/** What a plan says of both for all chains, or is told to. */
export type LaidOut = Pick<Plan, "layout" | "order">;

/** A chain of an input. */
type ChainOfInput = Pick<PlanChainLayout, "input" | "table" | "chain">;

/** Those that are there. */
export function laidOutOf({
  layout,
  order,
}: { readonly [key in keyof LaidOut]: LaidOut[key] | undefined }): LaidOut {
  return { ...(layout === undefined ? {} : { layout }), ...(order === undefined ? {} : { order }) };
}

/** What a plan says of one chain. */
export function formOfChain(plan: Plan, { input, table, chain }: ChainOfInput): ChainForm | "auto" {
  return ownFormOf(plan, { input, table, chain }) ?? plan.layout ?? LAYOUTS[0]!;
}

/** What it says of this one alone; undefined where it is as all are. */
export function ownFormOf(
  { chainLayouts = [] }: Pick<Plan, "chainLayouts">,
  { input, table, chain }: ChainOfInput,
): ChainForm | undefined {
  return chainLayouts.find((each) => each.input === input && each.table === table && each.chain === chain)
    ?.layout;
}

/** What it says of each chain of an input; what is to be chosen, and is not, is as where it says nothing. */
export function formsOf(plan: Plan, input: number): (table: string, chain: string) => ChainForm {
  return (table, chain) => {
    const form = formOfChain(plan, { input, table, chain });
    return form === "auto" ? "article" : form;
  };
}

/** The plan as if policy rules of an input had been refused in chains that stay flat, and these chains. */
export function leaveFlat(
  plan: Plan,
  input: number,
  formOf: (table: string, chain: string) => ChainForm,
): { readonly plan: Plan; readonly flatOwners: readonly Omit<ChainOfInput, "input">[] } {
  const flat = new Set(
    plan.policyRules.filter((rule) => rule.input === input && formOf(rule.table, rule.chain) === "flat"),
  );
  if (flat.size === 0) return { plan, flatOwners: [] };
  const policyRules = plan.policyRules.map((rule) => (flat.has(rule) ? { ...rule, accept: false } : rule));
  const owners = new Map([...flat].map(({ table, chain }) => [`${table} ${chain}`, { table, chain }]));
  return { plan: { ...plan, policyRules }, flatOwners: [...owners.values()] };
}

/** A plan that is told another layout or order: a layout is for all chains then. */
export function layOut(plan: Plan, laidOut: LaidOut): Plan {
  const { chainLayouts: _, ...others } = plan;
  return { ...(laidOut.layout === undefined ? plan : others), ...laidOutOf(laidOut) };
}

/** A fresh plan in the layout and the order that a person wants: of the layout of all chains and those of some, both are the person's or none is. */
export function carryLayout(edited: Plan, fresh: Plan): Plan {
  const familyOf = ({ input }: PlanChainLayout) => edited.inputs[input]?.family;
  const own = (edited.chainLayouts ?? []).flatMap((each) => {
    const input = fresh.inputs.findIndex(({ family }) => family === familyOf(each));
    return input === -1 ? [] : [{ ...each, input }];
  });
  const isSaid = edited.layout !== undefined || own.length > 0;
  const { layout: _, chainLayouts: __, ...others } = fresh;
  return {
    ...(isSaid ? others : fresh),
    ...laidOutOf(edited),
    ...(own.length === 0 ? {} : { chainLayouts: own }),
  };
}

/** The lines of `chainLayouts` in a plan file: what is indented below it, and whatever stands between. */
const CHAIN_LAYOUTS = /^chainLayouts:.*\n(?:(?:(?![A-Za-z]).*\n)*[ \t].*\n)?/m;

/** The text of a plan file that says another layout for all chains, or order; all else stays. */
export function withLaidOut(text: string, laidOut: LaidOut): string {
  const open = laidOut.layout === undefined ? text : text.replace(CHAIN_LAYOUTS, "");
  return Object.entries(laidOutOf(laidOut)).reduce((changed, [key, word]) => {
    const line = `${key}: ${word}`;
    const found = new RegExp(`^${key}:.*$`, "m");
    if (found.test(changed)) return changed.replace(found, line);
    return changed.replace(/^rewriteChains:/m, `${line}\nrewriteChains:`);
  }, open);
}
