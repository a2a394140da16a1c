/**
 * Lines for members, in one chain or, for many networks, in a tree of chains by prefix.
 *
 *     -A S-LAN -s 10.1.0.0/16 -j S-LAN/10.1             a branch: its members are all inside the prefix
 *     -A S-LAN/10.1 -s 10.1.4.7/32 -j MARK --set-xmark 0x1/0x1
 *
 * Branches are called and come back, so that a line works in the chain at the root wherever it is put: `iptables -A S-LAN …` adds a member to a tree, too.
 */
import { makePrefixTree, type PrefixNode } from "../../cluster/prefix-tree.ts";
import { printHost } from "../../model/address.ts";
import type { Axis, Family } from "../../model/types.ts";
import type { ChainNames } from "../chain-names.ts";
import type { RewrittenLine } from "../types.ts";
import type { NewChain } from "./context.ts";

/** Where a tree stands. */
export interface TreePlace {
  readonly family: Family;
  /** Chains that may be called below the root, one inside the other. */
  readonly levels: number;
  readonly names: ChainNames;
}

/** What a tree is made of. */
export interface TreeMembers {
  /** Of the root. */
  readonly name: string;
  readonly axis: Axis;
  /** In their order. */
  readonly keys: readonly string[];
  /** More of them, which are to stand at the end of the root. */
  readonly added: readonly string[];
}

/** The root first; `linesOf` gives the lines of a member in a chain. */
export function layOutTree(
  { name, axis, keys, added }: TreeMembers,
  { family, levels, names }: TreePlace,
  linesOf: (chain: string, key: string) => readonly RewrittenLine[],
): readonly NewChain[] {
  const tree = makePrefixTree(axis, keys, family, levels);
  if (tree === null) return [{ name, lines: [...keys, ...added].flatMap((key) => linesOf(name, key)) }];
  const option = axis === "source" ? "-s" : "-d";
  const below: NewChain[] = [];
  const layOutNode = (chain: string, node: PrefixNode): readonly RewrittenLine[] => {
    const branches = node.branches.map((branch): RewrittenLine => {
      const inner = names.takeBranch(name, branch);
      const at = below.length;
      const lines = layOutNode(inner, branch);
      below.splice(at, 0, { name: inner, lines });
      const prefix = `${printHost(branch.words)}/${branch.length}`;
      return { text: `-A ${chain} ${option} ${prefix} -j ${inner}`, origins: [] };
    });
    return [...node.members.flatMap(({ key }) => linesOf(chain, key)), ...branches];
  };
  const root = layOutNode(name, tree);
  const rest = [...tree.others, ...added].flatMap((key) => linesOf(name, key));
  return [{ name, lines: [...root, ...rest] }, ...below];
}
