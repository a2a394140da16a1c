/**
 * The chains of a group: one line a member, which sets the group's bit. Many networks stand in a tree of chains by prefix (`tree.ts`).
 */
import { printMark } from "../../plan/own-bits.ts";
import { ruleMembers } from "../../plan/policy-change.ts";
import type { Axis } from "../../model/types.ts";
import type { PlanGroup } from "../../plan/types.ts";
import type { UsedGroup } from "../collect-groups.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { layOutSetter } from "./objects.ts";
import { layOutTree, type TreePlace } from "./tree.ts";

/** What tests a member, and the source lines that have it. */
export interface MemberLine {
  readonly text: string;
  readonly origins: readonly number[];
}

/** The chain of a group and those of its tree; `members` are in order. */
function layOutMembers(
  { name, axis, ...group }: PlanGroup,
  bit: number,
  members: ReadonlyMap<string, MemberLine>,
  place: TreePlace,
): readonly NewChain[] {
  const value = printMark(bit);
  // Members that the plan adds don't change the tree: then each of them is one more line of the group's own chain, and nothing else.
  const sorted = ruleMembers({ name, axis, ...group });
  const known = new Set(sorted);
  const added = [...members.keys()].filter((key) => !known.has(key));
  return layOutTree({ name, axis, keys: sorted, added }, place, (chain, key) => {
    const member = members.get(key);
    if (member === undefined) return [];
    return [
      { text: `-A ${chain} ${member.text} -j MARK --set-xmark ${value}/${value}`, origins: member.origins },
    ];
  });
}

const AXIS_WORDS: Readonly<Record<Axis, string>> = {
  source: "source",
  destination: "destination",
  service: "service",
  in: "in-interface",
  out: "out-interface",
};

/** The chains of a group with a title above the first; one that is only named (`objects.ts`) has no members of its own. */
export function layOutGroupChains(
  { group, members }: UsedGroup,
  isNamed: boolean,
  context: LayoutContext,
  place: TreePlace,
): readonly NewChain[] {
  const { name, axis } = group;
  const bit = context.bitOf(group);
  const [first, ...branches] = isNamed
    ? [{ name, lines: layOutSetter(name, bit) }]
    : layOutMembers(group, bit, members, place);
  const words = `${AXIS_WORDS[axis]} group, sets mark bit ${printMark(bit)}`;
  const title = `${name}: ${words}${branches.length > 0 ? `, by prefix: ${name}/...` : ""}`;
  return [{ ...first!, title }, ...branches];
}
