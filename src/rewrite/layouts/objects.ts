/**
 * The chains that test all addresses (or interfaces) of one side that some policy rules know, each once: a packet leaves them with the bits of all groups that it is in.
 *
 *     -A P-FORWARD/S -s 10.1.0.0/16 -j P-FORWARD/S/10.1            a tree by prefix where there are many
 *     -A P-FORWARD/S/10.1 -s 10.1.4.7/32 -j S-LAN                  a member of one group
 *     -A P-FORWARD/S/10.1 -s 10.1.4.8/32 -j MARK --set-xmark 0x18/0x18    a member of several
 *     -A S-LAN -j MARK --set-xmark 0x8/0x8                         says which bit is whose
 *
 * Nothing here ends the search: what lies inside a network is found as well as the network itself, so that lines may stand in any order, and `iptables -A P-FORWARD/S -s … -j S-LAN`
 * adds a member.
 */
import { sortKeys } from "../../cluster/prefix-tree.ts";
import type { Axis, Family } from "../../model/types.ts";
import { printMark } from "../../plan/own-bits.ts";
import { ruleMembers } from "../../plan/policy-change.ts";
import type { PlanGroup } from "../../plan/types.ts";
import type { GroupChain } from "../nested-groups.ts";
import type { RewrittenLine } from "../types.ts";
import type { LayoutContext, NewChain } from "./context.ts";
import { layOutTree, type TreePlace } from "./tree.ts";

/** What is tested once. */
interface TestedObject {
  text: string;
  readonly origins: Set<number>;
  readonly groups: PlanGroup[];
}

/**
 * The chain with that name, and those below. Groups of `whole` have a chain that tests their members; the others are only named by theirs (`layOutSetter`).
 */
export function layOutObjects(
  name: string,
  axis: Axis,
  groups: readonly GroupChain[],
  whole: ReadonlySet<string>,
  context: LayoutContext,
  place: TreePlace,
): readonly NewChain[] {
  // By bit, so that what is read again, in whatever order, is written again as it was.
  const sorted = [...groups].sort((one, other) => context.bitOf(one.group) - context.bitOf(other.group));
  const named = sorted.filter(({ group }) => !whole.has(group.id));
  const objects = collectObjects(named, context.family);
  const spelled = findSpelled(named, objects);
  const setBits = (chain: string, key: string): readonly RewrittenLine[] => {
    const found = objects.get(key);
    if (found === undefined || found.groups.length === 0) return [];
    const origins = [...found.origins];
    const line = (target: string) => ({ text: `-A ${chain} ${found.text} -j ${target}`, origins });
    if (found.groups.length === 1 || spelled.has(key)) return found.groups.map((group) => line(group.name));
    const bits = printMark(found.groups.reduce((mask, group) => mask | context.bitOf(group), 0));
    return [line(`MARK --set-xmark ${bits}/${bits}`)];
  };
  const calls = sorted
    .filter(({ group }) => whole.has(group.id))
    .map(({ group }) => ({ text: `-A ${name} -j ${group.name}`, origins: [] }));
  const added = named.flatMap(({ group, members }) =>
    (group.added ?? []).map((key) => ({
      text: `-A ${name} ${members.get(key)!.text} -j ${group.name}`,
      origins: [],
    })),
  );
  const [root, ...parts] = layOutTree({ name, axis, keys: [...objects.keys()], added: [] }, place, setBits);
  return [{ name, lines: [...calls, ...root!.lines, ...added] }, ...parts];
}

/** By key, with the groups that each is in; those that a plan removes from all of theirs are in none. */
function collectObjects(groups: readonly GroupChain[], family: Family): ReadonlyMap<string, TestedObject> {
  const objects = new Map<string, TestedObject>();
  for (const { group, members } of groups) {
    for (const key of ruleMembers(group)) {
      const found = objects.get(key) ?? { text: "", origins: new Set<number>(), groups: [] };
      objects.set(key, found);
      const member = members.get(key);
      if (member === undefined) continue;
      found.groups.push(group);
      if (member.text.length > found.text.length) found.text = member.text;
      for (const line of member.origins) found.origins.add(line);
    }
  }
  return new Map(sortKeys([...objects.keys()], family).map((key) => [key, objects.get(key)!]));
}

/** Each group has to be called by its name somewhere, or nobody could tell which bit is whose: keys of objects that are spelled out for it. */
function findSpelled(
  groups: readonly GroupChain[],
  objects: ReadonlyMap<string, TestedObject>,
): ReadonlySet<string> {
  const spelled = new Set<string>();
  const named = new Set(
    [...objects.values()].flatMap(({ groups: own }) => (own.length === 1 ? [own[0]!.id] : [])),
  );
  for (const { group } of groups) {
    if (named.has(group.id)) continue;
    const first = [...objects].find(([, { groups: own }]) => own.includes(group));
    if (first === undefined) continue;
    spelled.add(first[0]);
    for (const { id } of first[1].groups) named.add(id);
  }
  return spelled;
}

/** The chain of a group that is only named: whoever calls it is a member. */
export function layOutSetter(name: string, bit: number): readonly RewrittenLine[] {
  const value = printMark(bit);
  return [{ text: `-A ${name} -j MARK --set-xmark ${value}/${value}`, origins: [] }];
}
