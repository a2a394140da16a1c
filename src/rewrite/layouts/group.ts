/**
 * The chains of a group: one line a member, which sets the group's bit. Many networks stand in a tree of chains by prefix (`tree.ts`), or in an ipset (`set-group.ts`).
 */
import { printMark } from "../../plan/own-bits.ts";
import { chainMembers, ruleMembers } from "../../plan/policy-change.ts";
import { aggregateLines } from "../aggregate.ts";
import { type Axis, AXIS_WORDS } from "../../model/types.ts";
import type { GroupChain } from "../nested-groups.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { layOutStored } from "./set-group.ts";
import { layOutTree, type TreePlace } from "./tree.ts";

/** The chain of a group and those of its tree. */
function layOutMembers(
  used: GroupChain,
  bit: number,
  context: LayoutContext,
  place: TreePlace,
): readonly NewChain[] {
  const { group, members, parts } = used;
  const { name, axis } = group;
  const calls = parts.map((part) => ({ text: `-A ${name} -j ${part.group.name}`, origins: [] }));
  const stored = layOutStored(used, bit, context);
  if (stored !== null) return [{ name, lines: [...calls, ...stored] }];
  const aggregate = context.isJoined(group);
  const value = printMark(bit);
  const lines = aggregate ? aggregateMembers(axis, members, context.namedMembers) : members;
  const asked = new Set(parts.flatMap((part) => [...ruleMembers(part.group), ...chainMembers(part.group)]));
  // Members that the plan adds don't change the tree: then each of them is one more line of the group's own chain, and nothing else.
  const sorted = aggregate ? [...lines.keys()] : ruleMembers(group).filter((key) => !asked.has(key));
  const known = new Set(sorted);
  const added = [...lines.keys()].filter((key) => !known.has(key));
  const [root, ...branches] = layOutTree({ name, axis, keys: sorted, added }, place, (chain, key) => {
    const member = lines.get(key);
    if (member === undefined) return [];
    const text = `-A ${chain} ${member.text} -j MARK --set-xmark ${value}/${value}`;
    return [{ text, origins: [...member.origins] }];
  });
  return [{ name, lines: [...calls, ...root!.lines] }, ...branches];
}

/** Members with adjacent and nested ones joined, by their networks. */
function aggregateMembers(
  axis: Axis,
  members: GroupChain["members"],
  named: ReadonlySet<string>,
): ReadonlyMap<string, { readonly text: string; readonly origins: Iterable<number> }> {
  const written = [...members.values()].map(({ text, origins }) => ({ text, origins: [...origins] }));
  const lines = aggregateLines(axis, written, named);
  return new Map(lines.map((line) => [line.text.replace(/^-[sd] /, ""), line]));
}

/** The chains of a group with a title above the first. */
export function layOutGroupChains(
  used: GroupChain,
  context: LayoutContext,
  place: TreePlace,
): readonly NewChain[] {
  const { group } = used;
  const { name, axis } = group;
  const bit = context.bitOf(group);
  const [first, ...branches] = layOutMembers(used, bit, context, place);
  const words = `${AXIS_WORDS[axis]} group, sets mark bit ${printMark(bit)}`;
  const title = `${name}: ${words}${branches.length > 0 ? `, by prefix: ${name}/...` : ""}`;
  return [{ ...first!, title }, ...branches];
}
