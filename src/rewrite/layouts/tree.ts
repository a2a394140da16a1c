/**
 * Lines for members, in one chain or, for many networks, in a tree of chains by prefix.
 *
 *     -A S-LAN -s 10.1.0.0/16 -j S-LAN/10.1             a branch: its members are all inside the prefix
 *     -A S-LAN/10.1 -s 10.1.4.7/32 -j MARK --set-xmark 0x1/0x1
 *
 * Branches are called and come back, so that a line works in the chain at the root wherever it is put: `iptables -A S-LAN …` adds a member to a tree, too.
 */
import { makePrefixTree, type PrefixNode, type TreeUse } from "../../cluster/prefix-tree.ts";
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
  readonly use?: TreeUse;
  /** Those that are to be found first, in this order, wherever they are in the tree. */
  readonly first?: readonly string[];
}

/** The root first; `linesOf` gives the lines of a member in a chain. */
export function layOutTree(
  { name, axis, keys, added, use, first = [] }: TreeMembers,
  { family, levels, names }: TreePlace,
  linesOf: (chain: string, key: string) => readonly RewrittenLine[],
): readonly NewChain[] {
  const tree = makePrefixTree(axis, keys, family, levels, use);
  const places = new Map(first.map((key, at) => [key, at]));
  const placeOf = (key: string): number => places.get(key) ?? places.size;
  const option = axis === "source" ? "-s" : "-d";
  const below: NewChain[] = [];
  const asEntry = (chain: string) => (key: string) => ({
    place: placeOf(key),
    print: () => linesOf(chain, key),
  });
  const asBranch = (chain: string) => (branch: PrefixNode) => ({
    place: Math.min(...keysOf(branch).map(placeOf)),
    print: (): readonly RewrittenLine[] => {
      const inner = names.takeBranch(name, branch);
      const at = below.length;
      const lines = layOutNode(inner, branch, []);
      below.splice(at, 0, { name: inner, lines });
      const prefix = `${printHost(branch.words)}/${branch.length}`;
      return [{ text: `-A ${chain} ${option} ${prefix} -j ${inner}`, origins: [] }];
    },
  });
  const layOutNode = (
    chain: string,
    { members, branches }: Pick<PrefixNode, "members" | "branches">,
    others: readonly string[],
  ): readonly RewrittenLine[] =>
    [
      ...members.map(({ key }) => key).map(asEntry(chain)),
      ...branches.map(asBranch(chain)),
      ...others.map(asEntry(chain)),
    ]
      .sort((one, other) => one.place - other.place)
      .flatMap(({ print }) => print());
  const root = layOutNode(name, tree ?? { members: [], branches: [] }, tree?.others ?? keys);
  return [{ name, lines: [...root, ...added.flatMap((key) => linesOf(name, key))] }, ...below];
}

/** Of all members of a branch. */
function keysOf({ members, branches }: PrefixNode): readonly string[] {
  return [...members.map(({ key }) => key), ...branches.flatMap(keysOf)];
}
