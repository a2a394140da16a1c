/**
 * Names for policy rules: that of the chain that is one already, else what all their rules say of themselves, else the names of their groups.
 */
import { setKey } from "../../cluster/cost.ts";
import { isLog, kindOf } from "../../cluster/features.ts";
import type { Product } from "../../cluster/types.ts";
import { AXES, type Axis } from "../../model/types.ts";
import { LONGEST_CHAIN_NAME } from "../chain-name.ts";
import type { Plan, PlanPolicyRule } from "../types.ts";
import { findSharedComment, nameByComment } from "./comment-names.ts";
import { findSetNames } from "./set-names.ts";
import type { HeadingOf, Naming } from "./name-groups.ts";

/** A policy rule without its name. */
export interface PolicyDraft {
  readonly product: Product;
  readonly rule: Omit<PlanPolicyRule, "id" | "name" | "nameFrom" | "nameNote">;
}

/** Names in the order of the drafts. */
export function namePolicies(
  drafts: readonly PolicyDraft[],
  plan: Pick<Plan, "inputs">,
  { book, chainNames, headingOf, base: { previous = null } }: Naming,
): readonly PlanPolicyRule[] {
  const wanted = wantedNames(drafts, headingOf);
  const old = previous === null ? new Map<string, PlanPolicyRule>() : indexPolicies(previous);
  const kept = drafts.map(({ product, rule }, at) => {
    const key = placeKey(plan, rule);
    const found = old.get(key);
    old.delete(key);
    const chain = chainNames.policies.get(product);
    if (chain !== undefined) return { ...wanted[at]!, id: chain };
    return found !== undefined && book.takeExactly(found.id) ? found : null;
  });
  const keys = contentKeys(drafts);
  const open = drafts.map((_, at) => at).filter((at) => kept[at] === null);
  const others = drafts.flatMap((_, at) => (kept[at] === null ? [] : [wanted[at]!.name]));
  const given = book.takeAll(
    open.map((at) => ({ key: keys[at]!, names: [wanted[at]!.name] })),
    others,
  );
  return drafts.map(({ rule }, at) => {
    const { id, nameFrom, nameNote } = kept[at] ?? { ...wanted[at]!, id: given.get(keys[at]!)! };
    const source = nameFrom === undefined ? {} : { nameFrom };
    return { ...rule, id, name: id, ...source, ...(nameNote === undefined ? {} : { nameNote }) };
  });
}

interface WantedName {
  readonly name: string;
  /** Missing: from the names of its groups. */
  readonly nameFrom?: string;
  readonly nameNote?: string;
}

/** Rules that would be called the same are told apart by the service that each has alone. */
function wantedNames(drafts: readonly PolicyDraft[], headingOf: HeadingOf): readonly WantedName[] {
  const names = drafts.map(
    ({ product, rule }) =>
      findChain(product) ?? findCommented(product, headingOf) ?? nameByGroups(rule, logWords(product)),
  );
  const times = new Map<string, number>();
  for (const { name } of names) times.set(name, (times.get(name) ?? 0) + 1);
  return names.map((found, at) => {
    const { product, rule } = drafts[at]!;
    const token = product.template.tokens[AXES.indexOf("service")];
    const isSingle = rule.groups.service === undefined && token !== null && token !== undefined;
    if (times.get(found.name) === 1 || found.nameFrom !== undefined || !isSingle) return found;
    return nameByGroups(
      rule,
      findSetNames({ ...NO_COMMENT, axis: "service", members: [token.key] }, {})[0].names,
    );
  });
}

const NO_COMMENT = { comment: null, isAlone: false };

function findChain({ name }: Product): WantedName | null {
  return name === undefined ? null : { name, nameFrom: "chain" };
}

function findCommented({ rules }: Product, headingOf: HeadingOf): WantedName | null {
  const comment = findSharedComment(rules, headingOf);
  const found = comment === null ? null : nameByComment("R", comment);
  return found === null ? null : { name: found.name, nameFrom: "comment", nameNote: found.note };
}

/** What is logged has most often the groups of what is done with it then. */
function logWords({ template }: Product): readonly string[] {
  return isLog(template.rule.target) ? ["LOG"] : [];
}

function nameByGroups(
  { chain, groups, negated }: PolicyDraft["rule"],
  others: readonly string[] = [],
): WantedName {
  const names = AXES.flatMap((axis) => nameInPolicy(groups[axis], negated?.includes(axis) === true));
  return { name: namePolicyRule(chain, [...names, ...others]) };
}

/** What a group adds to the name of its policy rule: `S-LAN`, or `S-NOT-LAN` where it is negated; nothing where there is none. */
export function nameInPolicy(name: string | undefined, isNegated: boolean): readonly string[] {
  if (name === undefined) return [];
  return [isNegated ? name.replace(/^((?:S|D|SRV|I|O)-)?/, "$1NOT-") : name];
}

/** `R-LAN-WEB` from the names of its groups; not yet unique. */
export function namePolicyRule(chain: string, groupNames: readonly string[]): string {
  const stems = groupNames.map((name) => name.replace(/^(?:S|D|SRV|I|O)-/, ""));
  for (const parts of [stems, [stems[0]!, stems[stems.length - 1]!], [stems[stems.length - 1]!]]) {
    const name = ["R", ...parts].join("-");
    if (name.length <= LONGEST_CHAIN_NAME) return name;
  }
  return `R-${chain}`;
}

/** What a policy rule is, apart from its place among the others; one that is there twice has a number. */
function contentKeys(drafts: readonly PolicyDraft[]): readonly string[] {
  const times = new Map<string, number>();
  return drafts.map(({ product: { table, chain, sets, template } }) => {
    const key = [table, chain, kindOf(template), ...sets.map(setKey)].join("\n");
    const time = times.get(key) ?? 0;
    times.set(key, time + 1);
    return `${key}\n${time}`;
  });
}

function indexPolicies(plan: Plan): Map<string, PlanPolicyRule> {
  return new Map([...plan.policyRules].reverse().map((rule) => [placeKey(plan, rule), rule]));
}

function placeKey({ inputs }: Pick<Plan, "inputs">, rule: PolicyDraft["rule"]): string {
  const groups = AXES.map((axis: Axis) => rule.groups[axis] ?? "");
  return [inputs[rule.input]?.family, rule.table, rule.chain, rule.summary, ...groups].join("\n");
}
