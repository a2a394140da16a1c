/**
 * Sets that a ruleset has: what chains list one by one, what ipsets hold, and what policy rules have in common.
 */
import { setKey } from "../cluster/cost.ts";
import { findFeatures, type Movable } from "../cluster/features.ts";
import type { Clustering, Product } from "../cluster/types.ts";
import { AXES, type Axis, type Chain, type Family, type Rule, type Ruleset } from "../model/types.ts";
import { linesOf, nameLines } from "./drafts.ts";

/** Where the members of a set are written down. */
export interface SetUse {
  readonly table: string;
  readonly chain: string;
  readonly rules: readonly Rule[];
  /** The policy rule that uses it; missing for a chain, whose rules are its members. */
  readonly product?: Product;
}

/** One set of members on one axis, with all places that have it. */
export interface FoundSet {
  readonly axis: Axis;
  readonly members: readonly string[];
  /** What people call it: its chain's or its ipset's name, or the lines that use it. */
  readonly name: string;
  /** False where the name is only the lines that use it. */
  readonly isNamed: boolean;
  readonly uses: readonly SetUse[];
}

/** All sets, those with names first. Sets of policy rules that are the same are one. */
export function findSets(ruleset: Ruleset, { products }: Clustering): readonly FoundSet[] {
  const named = ruleset.tables.flatMap((table) =>
    table.chains.flatMap((chain) => listedBy(table.name, chain, ruleset.family)),
  );
  const found = new Map<string, FoundSet & { readonly uses: SetUse[] }>();
  for (const product of products) {
    for (const set of product.sets) {
      const use = { table: product.table, chain: product.chain, rules: product.rules, product };
      const known = found.get(setKey(set));
      if (known !== undefined) known.uses.push(use);
      else found.set(setKey(set), { ...set, name: "", isNamed: false, uses: [use] });
    }
  }
  const unnamed = [...found.values()].map((set) => ({ ...set, name: nameUses(set.axis, set.uses) }));
  return [...named, ...ipsetsOf(ruleset), ...unnamed];
}

function nameUses(axis: Axis, uses: readonly SetUse[]): string {
  const word = {
    source: "sources",
    destination: "destinations",
    service: "services",
    in: "in-interfaces",
    out: "out-interfaces",
  }[axis];
  return `the ${word} of ${nameLines(linesOf(uses.flatMap(({ rules }) => rules)))}`;
}

/** A chain of rules that test one member each and do the same with it: a group, whatever its target is. */
function listedBy(table: string, chain: Chain, family: Family): readonly FoundSet[] {
  if (chain.policy !== null || chain.rules.length < 2) return [];
  const [first] = chain.rules;
  const members: string[] = [];
  let axis: Axis | null = null;
  for (const rule of chain.rules) {
    if (rule.target.text !== first!.target.text) return [];
    const only = onlyMember(rule, family);
    if (only === null || (axis !== null && only.axis !== axis)) return [];
    axis = only.axis;
    members.push(only.member);
  }
  const uses = [{ table, chain: chain.name, rules: chain.rules }];
  return [{ axis: axis!, members: [...new Set(members)], name: chain.name, isNamed: true, uses }];
}

/** The one thing that a rule tests. Its target does not matter, so it is looked at as if it were a verdict. */
function onlyMember(rule: Rule, family: Family): { readonly axis: Axis; readonly member: string } | null {
  const plain = { ...rule, target: { kind: "verdict", verdict: "ACCEPT", text: "-j ACCEPT" } } as const;
  const features = findFeatures(plain, family);
  if (features.kind === "barrier" || features.guard.length > 0) return null;
  const at = features.tokens.findIndex((token) => token !== null);
  if (at === -1 || features.tokens.some((token, other) => token !== null && other !== at)) return null;
  const axis = AXES[at]!;
  const isAll = axis === "service" ? features.pre === "" && features.post === "" : features.tail === "";
  return isAll ? { axis, member: features.tokens[at]!.key } : null;
}

/** Sets of a save file that rules name, by what they hold. */
function ipsetsOf({ tables }: Ruleset): readonly FoundSet[] {
  const found = new Map<string, FoundSet & { readonly uses: SetUse[] }>();
  for (const { name: table, chains } of tables)
    for (const { name: chain, rules } of chains)
      for (const rule of rules)
        for (const match of rule.matches) {
          if (match.kind !== "addressSet") continue;
          const key = `${match.side} ${match.set}`;
          const use = { table, chain, rules: [rule] };
          const known = found.get(key);
          if (known !== undefined) known.uses.push(use);
          else {
            const members = match.ranges.map(({ first, last }) => `${first.join(".")}-${last.join(".")}`);
            const set = { axis: match.side, members, name: `the set ${match.set}`, isNamed: true };
            found.set(key, { ...set, uses: [use] });
          }
        }
  return [...found.values()];
}

/** The rule of a policy rule with other members, as iptables-save prints it. */
export function printRule(chain: string, movable: Movable, tokens: Movable["tokens"]): string {
  const { guard, pre, post, tail, rule } = movable;
  const at = AXES.indexOf("service");
  const header = tokens.flatMap((token, place) => (token === null || place === at ? [] : [token.text]));
  const service = tokens[at];
  const rest = service === null || service === undefined ? [tail] : [pre, service.text, post];
  return ["-A", chain, ...header, ...guard, ...rest, rule.target.text]
    .filter((word) => word !== "")
    .join(" ");
}
