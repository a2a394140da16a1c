/**
 * The chains of a group: one line a member, which sets the group's bit. Many networks stand in a tree of chains by prefix.
 *
 *     -A S-LAN -s 10.1.0.0/16 -j S-LAN/10.1             a branch: its members are all inside the prefix
 *     -A S-LAN/10.1 -s 10.1.4.7/32 -j MARK --set-xmark 0x1/0x1
 *
 * Branches are called and come back, so that a line works in the chain with the group's name wherever it is put: `iptables -A S-LAN …` adds a member to a tree, too.
 */
import { makePrefixTree, type PrefixNode } from "../../cluster/prefix-tree.ts";
import { printHost } from "../../model/address.ts";
import type { Family } from "../../model/types.ts";
import { printMark } from "../../plan/own-bits.ts";
import { ruleMembers } from "../../plan/policy-change.ts";
import type { PlanGroup } from "../../plan/types.ts";
import type { TreeNames } from "../tree-names.ts";
import type { RewrittenLine } from "../types.ts";

/** What tests a member, and the source lines that have it. */
export interface MemberLine {
  readonly text: string;
  readonly origins: readonly number[];
}

/** A chain that the rewrite makes. */
export interface NewChain {
  readonly name: string;
  readonly lines: readonly RewrittenLine[];
}

/** Where a group stands. */
export interface GroupPlace {
  readonly family: Family;
  /** Chains that may be called below its own, one inside the other. */
  readonly levels: number;
  readonly names: TreeNames;
}

/** The chain of a group and those of its tree; `members` are in order. */
export function layOutGroup(
  group: PlanGroup,
  bit: number,
  members: ReadonlyMap<string, MemberLine>,
  place: GroupPlace,
): readonly NewChain[] {
  const { name, axis } = group;
  const value = printMark(bit);
  const lineOf = (chain: string, key: string): readonly RewrittenLine[] => {
    const member = members.get(key);
    if (member === undefined) return [];
    return [
      { text: `-A ${chain} ${member.text} -j MARK --set-xmark ${value}/${value}`, origins: member.origins },
    ];
  };
  // Members that the plan adds don't change the tree: then each of them is one more line of the group's own chain, and nothing else.
  const sorted = ruleMembers(group);
  const tree = makePrefixTree(axis, sorted, place.family, place.levels);
  if (tree === null) return [{ name, lines: [...members.keys()].flatMap((key) => lineOf(name, key)) }];
  const option = axis === "source" ? "-s" : "-d";
  const below: NewChain[] = [];
  const layOutNode = (chain: string, node: PrefixNode): readonly RewrittenLine[] => {
    const branches = node.branches.map((branch): RewrittenLine => {
      const inner = place.names.take(name, branch);
      const at = below.length;
      below.splice(at, 0, { name: inner, lines: layOutNode(inner, branch) });
      const prefix = `${printHost(branch.words)}/${branch.length}`;
      return { text: `-A ${chain} ${option} ${prefix} -j ${inner}`, origins: [] };
    });
    return [...node.members.flatMap(({ key }) => lineOf(chain, key)), ...branches];
  };
  const root = layOutNode(name, tree);
  const inTree = new Set(sorted);
  const rest = [...tree.others, ...[...members.keys()].filter((key) => !inTree.has(key))];
  return [{ name, lines: [...root, ...rest.flatMap((key) => lineOf(name, key))] }, ...below];
}
