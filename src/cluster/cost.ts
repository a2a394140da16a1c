/**
 * What a policy rule costs and saves, for the person who reads the ruleset and for the file.
 *
 * The unit is one line that a person has to read. A flat rule is one line. A policy rule is worth two: its name and the groups it names. A group is
 * its name and its members, paid once by all rules that share it; that is why shared groups win over many small ones.
 */
import type { Axis } from "../model/types.ts";
import { countBranches, makePrefixTree } from "./prefix-tree.ts";
import type { MemberSet, Product } from "./types.ts";

/** Reading cost of one policy rule. */
export const POLICY_RULE_COST = 2;

/** Reading cost of a group's name and chain; each member adds one. */
export const GROUP_COST = 1;

/** Levels of a tree below the chain of a group that a base chain's own rule chain asks. */
const DEEPEST_TREE = 13;

/**
 * Reading cost of writing a part of a group as another group (`includes`): its name, the place where its members have to be looked up, and that whoever changes the one has to
 * think of the other. So four members at least have to be saved. The choice of policy rules does not count on it: it is made before groups are seen beside each other.
 */
export const INCLUDE_COST = 3;

/** Members of a group as far as they cost something: a person who has named the set elsewhere knows what is in it, and has asked for it. */
export function countMembers(set: MemberSet): number {
  return set.isKnown === true ? 0 : set.members.length;
}

/** Rules that a group's chains take: one a member, and one a branch where they are a tree. */
export function groupRules(set: MemberSet): number {
  const members = countMembers(set);
  return members === 0 ? 0 : members + treeBranches(set);
}

/** Branches by members: a set is judged again and again. */
const BRANCHES = new WeakMap<readonly string[], number>();

function treeBranches({ axis, members }: MemberSet): number {
  const known = BRANCHES.get(members);
  if (known !== undefined) return known;
  const family = members[0]!.includes(":") ? "v6" : "v4";
  // Deep enough for nearly all: a chain that is called deep down gets a smaller tree.
  const tree = makePrefixTree(axis, members, family, DEEPEST_TREE);
  const count = tree === null ? 0 : countBranches(tree);
  BRANCHES.set(members, count);
  return count;
}

/** Reading cost of a group, all of it. */
export function groupCost(set: MemberSet): number {
  return GROUP_COST + countMembers(set);
}

/**
 * Rules that a policy rule takes, its calls counted, as `rewrite/layouts/article.ts` lays it out: call, reset, a call and a test for each group (one call a protocol where
 * matches stand before the ports), clearing where there is something to clear, verdict. test/cluster/cost.test.ts compares the two.
 */
export function ruleChainRules({ sets, negated = [], rules, template, missing }: Product): number {
  const service = sets.find(({ axis }) => axis === "service");
  const protocols = new Set(service?.members.map((member) => member.split(" ")[0]));
  const groupCalls = sets.length + (template.pre === "" || service === undefined ? 0 : protocols.size - 1);
  const rest = service === undefined ? template.tail : template.post;
  const { target } = template.rule;
  const verdict = target.kind === "verdict" ? target.verdict : null;
  // RETURN is the owner's: a second rule there; the bits answer, and have to be set again where more than the groups decides.
  if (verdict === "RETURN") {
    const isPlain = rest === "" && rules.every(({ comment }) => comment === null);
    return 3 + groupCalls + sets.length + (isPlain ? 0 : 2);
  }
  const hasBits = negated.length < sets.length && (verdict !== "DROP" || rest !== "");
  return 3 + groupCalls + sets.length + (missing?.exceptions ?? 0) + (hasBits ? 1 : 0);
}

/** Rules that a table pays once for having groups at all: the chain that clears the own bits. */
export const TABLE_RULES = 1;

/** Keys by members: a set is asked for its key wherever groups are compared. */
const KEYS = new WeakMap<readonly string[], { readonly axis: Axis; readonly key: string }>();

/** Equal keys: the same group. The order of members does not count. */
export function setKey({ axis, members }: MemberSet): string {
  const known = KEYS.get(members);
  if (known?.axis === axis) return known.key;
  const key = `${axis}\u0000${[...members].sort().join("\u0000")}`;
  KEYS.set(members, { axis, key });
  return key;
}

/** Lines that a person reads less of a ruleset, or of a part of it, because of products; negative where it is more. */
export function readingGain(products: readonly Product[]): number {
  const merged = new Set(products.flatMap(({ rules }) => rules));
  const groups = new Map(products.flatMap(({ sets }) => sets.map((set) => [setKey(set), set] as const)));
  let gain = merged.size;
  for (const { missing } of products) gain -= POLICY_RULE_COST + (missing?.exceptions ?? 0);
  for (const set of groups.values()) gain -= groupCost(set);
  return gain;
}
