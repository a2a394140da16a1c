/**
 * Sorts networks into a tree of prefixes, so that a packet is compared with a few of them and not with all.
 *
 * A node is a chain: it tests its own members one by one, and asks its branches where their prefix fits. A packet is compared with at most WIDTH lines a
 * level (a little more where networks lie inside each other): that is the cheapest width on both backends, since a level costs one jump beside.
 */
import { maskOfPrefix, parseAddress, sharedBits } from "../model/address.ts";
import type { AddressMask, Axis, Family } from "../model/types.ts";

/** A member that is a network. */
export interface PrefixMember {
  /** As iptables-save prints it, `10.1.0.0/16`. */
  readonly key: string;
  /** The address, in 32-bit words. */
  readonly words: readonly number[];
  readonly length: number;
}

/** A part of a tree: all its members, and all those of its branches, are inside its prefix. */
export interface PrefixNode {
  readonly words: readonly number[];
  readonly length: number;
  /** Tested here, ascending; a network stands before those inside it. */
  readonly members: readonly PrefixMember[];
  /** Ascending; at least two members each. */
  readonly branches: readonly PrefixNode[];
}

/** Members sorted into a tree. */
export interface PrefixTree extends PrefixNode {
  /** Members that are no network (ranges, masks with holes), in their order: they are tested at the root. */
  readonly others: readonly string[];
}

/** Fewest members that a tree is made of: with fewer, a line after the other is as fast (test/kernel). */
export const SMALLEST_TREE = 16;

/** Lines that a chain of a tree has, about. */
const WIDTH = 8;

/** Members that a chain without branches has, about. */
const LEAF = 6;

/** The tree of members, at most `levels` chains deep below the root; null for axes without addresses, and where it has no branches. */
export function makePrefixTree(
  axis: Axis,
  keys: readonly string[],
  family: Family,
  levels: number,
): PrefixTree | null {
  if ((axis !== "source" && axis !== "destination") || keys.length < SMALLEST_TREE || levels < 1) return null;
  const members: PrefixMember[] = [];
  const others: string[] = [];
  for (const key of keys) {
    const member = readPrefix(key, family);
    if (member === null) others.push(key);
    else members.push(member);
  }
  if (members.length < SMALLEST_TREE) return null;
  const root = makeNode(members.sort(compareMembers), levels);
  return root.branches.length === 0 ? null : { ...root, others };
}

/** A member as a network; null where it is none. */
export function readPrefix(key: string, family: Family): PrefixMember | null {
  const read: AddressMask | string = parseAddress(key, family);
  return typeof read === "string" || read.prefix === null
    ? null
    : { key, words: read.address, length: read.prefix };
}

/** Whether a network is inside another, or the same. */
export function isInside(inner: Omit<PrefixMember, "key">, outer: Omit<PrefixMember, "key">): boolean {
  return inner.length >= outer.length && sharedBits(inner.words, outer.words) >= outer.length;
}

/** Keys in an order that does not depend on theirs: networks by address, each before those inside it, then all others. */
export function sortKeys(keys: readonly string[], family: Family): readonly string[] {
  const networks = keys.flatMap((key) => readPrefix(key, family) ?? []).sort(compareMembers);
  const known = new Set(networks.map(({ key }) => key));
  return [...networks.map(({ key }) => key), ...keys.filter((key) => !known.has(key)).sort()];
}

/** By address, a network before those inside it. */
function compareMembers(one: PrefixMember, other: PrefixMember): number {
  for (const [at, word] of one.words.entries()) if (word !== other.words[at]) return word - other.words[at]!;
  return one.length - other.length;
}

/** Members of one block, sorted, with the longest prefix that all of them have. */
interface Block {
  readonly members: readonly PrefixMember[];
  readonly length: number;
}

function makeBlock(members: readonly PrefixMember[]): Block {
  const shared = sharedBits(members[0]!.words, members.at(-1)!.words);
  return { members, length: members.reduce((least, { length }) => Math.min(least, length), shared) };
}

function makeNode(sorted: readonly PrefixMember[], levels: number): PrefixNode {
  const whole = makeBlock(sorted);
  const { words } = sorted[0]!;
  const place = { words: maskWords(words, whole.length), length: whole.length };
  const wanted = Math.min(WIDTH, Math.ceil(sorted.length / LEAF));
  if (levels === 0 || wanted < 2) return { ...place, members: sorted, branches: [] };
  const { members, blocks } = cut(whole, wanted);
  const branches: PrefixNode[] = [];
  for (const block of blocks) {
    if (block.members.length < 3) members.push(...block.members);
    else branches.push(makeNode(block.members, levels - 1));
  }
  return { ...place, members: members.sort(compareMembers), branches };
}

/** Cuts the largest block in two as long as there are fewer lines than wanted. Members as wide as the block that is cut are left over. */
function cut(
  whole: Block,
  wanted: number,
): { readonly members: PrefixMember[]; readonly blocks: readonly Block[] } {
  const members: PrefixMember[] = [];
  const blocks: Block[] = [whole];
  while (blocks.length < wanted) {
    const largest = blocks.reduce((best, block) =>
      block.members.length > best.members.length ? block : best,
    );
    if (largest.members.length < 3) break;
    const inner = largest.members.filter(({ length }) => length > largest.length);
    members.push(...largest.members.filter(({ length }) => length === largest.length));
    const at = inner.findIndex(({ words }) => bitAt(words, largest.length) === 1);
    const halves = at === -1 ? [inner] : [inner.slice(0, at), inner.slice(at)];
    const cutBlocks = halves.filter(({ length }) => length > 0).map(makeBlock);
    blocks.splice(blocks.indexOf(largest), 1, ...cutBlocks);
    if (blocks.length === 0) break;
  }
  return { members, blocks };
}

function bitAt(words: readonly number[], bit: number): number {
  return (words[bit >>> 5]! >>> (31 - (bit & 31))) & 1;
}

function maskWords(words: readonly number[], length: number): readonly number[] {
  const mask = maskOfPrefix(length, words.length === 1 ? "v4" : "v6");
  return words.map((word, at) => (word & mask[at]!) >>> 0);
}

/** How many branches a tree has, all levels: the rules that it costs beside those of its members. */
export function countBranches({ branches }: PrefixNode): number {
  return branches.reduce((sum, branch) => sum + 1 + countBranches(branch), 0);
}
