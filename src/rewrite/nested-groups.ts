/**
 * Group chains that ask other group chains for a part of their members: the parts set the same bit, so the larger group need not say their members again.
 */
import { chainDepths, DEEPEST_OWNER } from "../cluster/segments.ts";
import type { Table } from "../model/types.ts";
import type { PlanGroup } from "../plan/types.ts";
import type { MergedRule } from "./product.ts";

/** What the chain of a group needs: members in order, each with its text and the lines it came from. */
export interface GroupChain {
  readonly group: PlanGroup;
  /** Those that it says itself. */
  readonly members: Map<string, { text: string; readonly origins: Set<number> }>;
  /** Those that it asks first. */
  readonly parts: GroupChain[];
  /** The policy rules that use it, in their order. */
  readonly rules: readonly MergedRule[];
}

/**
 * Takes out of each chain what chains of groups that it includes have. A chain stays whole where it would have nothing of its own, where a part has no chain in the table (its
 * policy rules are refused), or where chains would be nested deeper than nft allows. Since a chain has more members than any of its parts, no ring can come of it.
 */
export function nestGroups(chains: readonly GroupChain[], merged: readonly MergedRule[], table: Table): void {
  const byId = new Map(chains.map((chain) => [chain.group.id, chain]));
  const whole = new Map(chains.map((chain) => [chain, new Set(chain.members.keys())]));
  const depths = chains.some(({ group }) => group.includes !== undefined) ? chainDepths(table) : new Map();
  const room = (chain: GroupChain): number => {
    const owners = merged.filter(({ groups }) => groups.some(({ id }) => id === chain.group.id));
    return DEEPEST_OWNER - Math.max(...owners.map(({ policy }) => depths.get(policy.chain) ?? DEEPEST_OWNER));
  };
  const levels = new Map<GroupChain, number>();
  // Parts before those who ask them: they have fewer members.
  const ordered = [...chains].sort((one, other) => whole.get(one)!.size - whole.get(other)!.size);
  for (const chain of ordered) {
    const own = whole.get(chain)!;
    const parts = (chain.group.includes ?? [])
      .flatMap((id) => byId.get(id) ?? [])
      .filter((part) => [...whole.get(part)!].every((member) => own.has(member)));
    const theirs = new Set(parts.flatMap((part) => [...whole.get(part)!]));
    const level = Math.max(0, ...parts.map((part) => (levels.get(part) ?? 0) + 1));
    const isNested = parts.length > 0 && theirs.size < own.size && level <= room(chain);
    levels.set(chain, isNested ? level : 0);
    if (!isNested) continue;
    chain.parts.push(...parts);
    for (const part of parts) for (const member of whole.get(part)!) handOver(chain, part, member);
  }
}

/** The comment that a member has, and the lines that it came from, go with it. */
function handOver(chain: GroupChain, part: GroupChain, member: string): void {
  const entry = chain.members.get(member);
  if (entry === undefined) return;
  chain.members.delete(member);
  const theirs = findEntry(part, member);
  if (theirs === undefined) return;
  if (entry.text.length > theirs.text.length) theirs.text = entry.text;
  for (const line of entry.origins) theirs.origins.add(line);
}

/** A part may have handed it on. */
function findEntry({ members, parts }: GroupChain, member: string): ReturnType<GroupChain["members"]["get"]> {
  const own = members.get(member);
  if (own !== undefined) return own;
  for (const part of parts) {
    const found = findEntry(part, member);
    if (found !== undefined) return found;
  }
  return undefined;
}
