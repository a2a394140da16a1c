/**
 * Sorts networks into a tree of prefixes, so that a packet is compared with a few of them and not with all.
 *
 * A node is a chain: it tests its own members one by one, and asks its branches where their prefix fits. Which prefixes are branches is what costs least by the prices of tests and of calls
 * (`kernel-costs.ts`), on both backends together, since one ruleset is for both: half of the packets are strangers to all members, the others come from each member alike.
 */
import { maskOfPrefix, parseAddress, sharedBits } from "../model/address.ts";
import type { AddressMask, Axis, Family } from "../model/types.ts";
import { BACKENDS, KERNEL_COSTS, type KernelCosts, priceOfAddress } from "./kernel-costs.ts";

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

/** The same of a branch. */
const SMALLEST_BRANCH = 3;

/** Levels that are tried: enough for some ten thousand members. */
const MOST_LEVELS = 6;

/** Lines that no chain of a tree has that could have fewer. */
const WIDEST = 64;

/** Packets that are in no prefix, for each that is in a member. */
const STRANGERS = 1;

/** What a branch has to save every packet that comes to its line, in ns, so that it is worth a chain to people who read the tree. */
const READING = 5;

/** Whether a packet meets all lines of a chain that it comes to, or mostly goes on for good with the one that is for it: then it meets half of them. */
export type TreeUse = "whole" | "half";

/** The tree of members, at most `levels` chains deep below the root; null for axes without addresses, and where it has no branches. */
export function makePrefixTree(
  axis: Axis,
  keys: readonly string[],
  family: Family,
  levels: number,
  use: TreeUse = "whole",
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
  const prices = pricesFor(family);
  const whole = makeFork(members.sort(compareMembers), 1, prices);
  const root = new Shaper(prices, use).shape(whole, Math.min(levels, MOST_LEVELS));
  return root.branches.length === 0 ? null : { words: whole.words.map(() => 0), length: 0, ...root, others };
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

/** A prefix that some members have in common and no others, with what lies below it. */
interface Fork {
  readonly words: readonly number[];
  readonly length: number;
  /** The member that is this prefix. */
  readonly own: PrefixMember | null;
  /** By the next bit. */
  readonly below: readonly Fork[];
  readonly size: number;
  /** Of the prefix that a branch for it would have: any between here and the fork above says as much, and some are cheaper to test. */
  readonly tested: number;
}

/** `sorted` members, below a prefix of `above` bits. */
function makeFork(sorted: readonly PrefixMember[], above: number, prices: Prices): Fork {
  const [first] = sorted;
  const { words } = first!;
  const length = Math.min(first!.length, sharedBits(words, sorted.at(-1)!.words));
  const own = first!.length === length ? first! : null;
  const inner = own === null ? sorted : sorted.slice(1);
  const at = inner.findIndex((member) => bitAt(member.words, length) === 1);
  const halves = at === -1 ? [inner] : [inner.slice(0, at), inner.slice(at)];
  const below = halves.filter((half) => half.length > 0).map((half) => makeFork(half, length + 1, prices));
  const tested = cheapestLength(above, length, prices);
  return { words, length, own, below, size: sorted.length, tested };
}

/** The longest of those that cost least. */
function cheapestLength(from: number, to: number, { tests }: Prices): number {
  let best = to;
  for (let length = to - 1; length >= from; length--) if (tests[length]! < tests[best]!) best = length;
  return best;
}

/** What lines cost on both backends together, in ns. */
interface Prices {
  /** A test that fails, by the length of its prefix. */
  readonly tests: readonly number[];
  /** Calling a chain, and coming back. */
  readonly call: number;
}

const PRICES = new Map<Family, Prices>();

function pricesFor(family: Family): Prices {
  const known = PRICES.get(family);
  if (known !== undefined) return known;
  const sum = (of: (costs: KernelCosts) => number): number =>
    BACKENDS.reduce((all, backend) => all + of(KERNEL_COSTS[backend]), 0);
  const tests = Array.from({ length: family === "v4" ? 33 : 129 }, (_, length) =>
    sum((costs) => costs.rule + priceOfAddress(costs, maskOfPrefix(length, family))),
  );
  const prices = { tests, call: sum((costs) => costs.matched + costs.call + costs.rule) };
  PRICES.set(family, prices);
  return prices;
}

/**
 * Chooses the lines of chains: a packet that is in a chain meets all of them, or half, and then those of the branches that it is in. Each member is as likely as any other. A class because it
 * guards what it has found out about each fork.
 */
class Shaper {
  readonly #prices: Prices;
  /** Which part of a chain's lines a packet meets that is in a member. */
  readonly #met: number;
  /** What the chain of a fork costs at best, by the levels below that may be used. */
  readonly #best = new Map<Fork, Map<number, number>>();

  constructor(prices: Prices, use: TreeUse) {
    this.#prices = prices;
    this.#met = use === "whole" ? 1 : 0.5;
  }

  /** The root of the tree of a fork, and all below. */
  shape(whole: Fork, levels: number): Pick<PrefixNode, "members" | "branches"> {
    const branches: Fork[] = [];
    this.#cover(whole, whole.size * (this.#met + STRANGERS), levels, branches);
    return this.#build(whole, branches, levels);
  }

  /** What all packets cost that are in members of a fork, in lines of a chain that so many come to; `branches` gets the forks that have chains of their own. */
  #cover(fork: Fork, packets: number, levels: number, branches: Fork[]): number {
    const start = branches.length;
    // A prefix of all addresses keeps nobody out, and the kernel gives a line without it back.
    const mayBranch = levels > 0 && fork.size >= SMALLEST_BRANCH && fork.tested > 0;
    // With so many packets more, it would be one of far too many lines.
    const isSmall = fork.size * WIDEST < packets;
    const lines = mayBranch && isSmall ? Infinity : this.#lines(fork, packets, levels, branches);
    if (!mayBranch) return lines;
    const { tests, call } = this.#prices;
    const line = packets * (tests[fork.tested]! + READING);
    const branch = line + fork.size * call + this.#branch(fork, levels - 1);
    if (branch >= lines) return lines;
    branches.splice(start, branches.length, fork);
    return branch;
  }

  /** The same where the fork itself is no branch. */
  #lines(fork: Fork, packets: number, levels: number, branches: Fork[]): number {
    const own = fork.own === null ? 0 : packets * this.#prices.tests[fork.length]!;
    return fork.below.reduce((sum, each) => sum + this.#cover(each, packets, levels, branches), own);
  }

  #branch(fork: Fork, levels: number): number {
    const useful = usefulLevels(fork, levels);
    const known = this.#best.get(fork) ?? new Map<number, number>();
    this.#best.set(fork, known);
    const cost = known.get(useful) ?? this.#lines(fork, fork.size * this.#met, useful, []);
    known.set(useful, cost);
    return cost;
  }

  /** The chain of a fork, where these are its branches. */
  #build(whole: Fork, branches: readonly Fork[], levels: number): Pick<PrefixNode, "members" | "branches"> {
    const isBranch = new Set(branches);
    const members: PrefixMember[] = [];
    const collect = (fork: Fork): void => {
      if (isBranch.has(fork)) return;
      if (fork.own !== null) members.push(fork.own);
      fork.below.forEach(collect);
    };
    collect(whole);
    const nodes = branches.map((fork): PrefixNode => {
      const inner: Fork[] = [];
      const useful = usefulLevels(fork, levels - 1);
      this.#lines(fork, fork.size * this.#met, useful, inner);
      const place = { words: maskWords(fork.words, fork.tested), length: fork.tested };
      return { ...place, ...this.#build(fork, inner, useful) };
    });
    return { members, branches: nodes };
  }
}

/** More would hardly be used, and each takes its time to be tried. */
function usefulLevels({ size }: Fork, levels: number): number {
  return Math.min(levels, 31 - Math.clz32(size));
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
