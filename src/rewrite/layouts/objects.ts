/**
 * The chains that look for all addresses (or interfaces) of one side that some policy rules know, each once: a packet leaves them with the bits of all groups that it is in, or, on
 * the side that leads (`hoisted.ts`), goes through the policy rules of these groups.
 *
 *     -A P-FORWARD/D -d 10.1.0.0/16 -j P-FORWARD/D/10.1            a tree by prefix where there are many
 *     -A P-FORWARD/D/10.1 -d 10.1.4.7/32 -j D-DMZ                  a member of one group
 *     -A P-FORWARD/D/10.1 -d 10.1.4.8/32 -j MARK --set-xmark 0x18/0x18    a member of several
 *     -A D-DMZ -j MARK --set-xmark 0x8/0x8                         says which bit is whose
 *     -A D-ALL -j D-DMZ                                            nothing calls this chain: it says that who has the bit of D-DMZ or D-DB is in D-ALL
 *     -A D-ALL -j D-DB
 *
 * Nothing here ends the search: what lies inside a network is found as well as the network itself, so that lines may stand in any order, and `iptables -A P-FORWARD/D -d … -j D-DMZ`
 * adds a member.
 */
import { sortKeys } from "../../cluster/prefix-tree.ts";
import type { Axis, Family } from "../../model/types.ts";
import { printMark } from "../../plan/own-bits.ts";
import { ruleMembers } from "../../plan/policy-change.ts";
import type { PlanGroup } from "../../plan/types.ts";
import type { GroupChain } from "../nested-groups.ts";
import type { RewrittenLine } from "../types.ts";
import type { NewChain } from "./context.ts";
import { layOutTree, type TreePlace } from "./tree.ts";

/** A group, with the chain that is called for its members. */
export interface NamedGroup {
  readonly chain: string;
  readonly used: GroupChain;
}

/** What is tested once. */
interface TestedObject {
  text: string;
  readonly origins: Set<number>;
  readonly groups: NamedGroup[];
}

/** What is set for members: the bits of their groups, those of several groups at once. The side that leads has none: there some members are to be found first. */
export type Side = { readonly bitOf: (group: PlanGroup) => number } | { readonly first: readonly string[] };

/** The chain with that name, and those below. */
export function layOutObjects(
  name: string,
  axis: Axis,
  groups: readonly NamedGroup[],
  side: Side,
  place: TreePlace,
): readonly NewChain[] {
  const objects = collectObjects(groups, place.family);
  const bitOf = "bitOf" in side ? side.bitOf : null;
  const spelled = bitOf === null ? new Set(objects.keys()) : findSpelled(groups, objects);
  const linesOf = (chain: string, key: string): readonly RewrittenLine[] => {
    const found = objects.get(key);
    if (found === undefined || found.groups.length === 0) return [];
    const origins = [...found.origins];
    const line = (target: string) => ({ text: `-A ${chain} ${found.text} -j ${target}`, origins });
    if (bitOf === null || found.groups.length === 1 || spelled.has(key))
      return found.groups.map((each) => line(each.chain));
    const bits = printMark(found.groups.reduce((mask, { used }) => (mask | bitOf(used.group)) >>> 0, 0));
    return [line(`MARK --set-xmark ${bits}/${bits}`)];
  };
  // Members that the plan adds don't change the tree: then each of them is one more line at the end of the root, and nothing else.
  const added = groups.flatMap(({ chain, used: { group, members } }) =>
    (group.added ?? []).map((key) => ({
      text: `-A ${name} ${members.get(key)!.text} -j ${chain}`,
      origins: [],
    })),
  );
  // Who is found on the leading side does not come back, mostly.
  const leading = "first" in side ? ({ use: "half", first: side.first } as const) : {};
  const keys = [...objects.keys()];
  const [root, ...parts] = layOutTree({ name, axis, keys, added: [], ...leading }, place, linesOf);
  return [{ name, lines: [...root!.lines, ...added] }, ...parts];
}

/** By key, with the groups that each is in; those that a plan removes from all of theirs are in none. */
function collectObjects(groups: readonly NamedGroup[], family: Family): ReadonlyMap<string, TestedObject> {
  const objects = new Map<string, TestedObject>();
  for (const each of groups) {
    const { group, members } = each.used;
    for (const key of ruleMembers(group)) {
      const found = objects.get(key) ?? { text: "", origins: new Set<number>(), groups: [] };
      objects.set(key, found);
      const member = members.get(key);
      if (member === undefined) continue;
      found.groups.push(each);
      if (member.text.length > found.text.length) found.text = member.text;
      for (const line of member.origins) found.origins.add(line);
    }
  }
  return new Map(sortKeys([...objects.keys()], family).map((key) => [key, objects.get(key)!]));
}

/** Each group with a bit has to be called by its name somewhere, or nobody could tell which bit is whose: keys of objects that are spelled out for it, those in the fewest groups. */
function findSpelled(
  groups: readonly NamedGroup[],
  objects: ReadonlyMap<string, TestedObject>,
): ReadonlySet<string> {
  const spelled = new Set<string>();
  const named = new Set(
    [...objects.values()].flatMap(({ groups: own }) => (own.length === 1 ? [own[0]] : [])),
  );
  for (const group of groups) {
    if (named.has(group)) continue;
    const own = [...objects].filter(([, { groups: all }]) => all.includes(group));
    // Of equals the last: packets of the first rule come to the first objects, mostly.
    const best = own.reduceRight((least, each) =>
      each[1].groups.length < least[1].groups.length ? each : least,
    );
    spelled.add(best[0]);
    for (const each of best[1].groups) named.add(each);
  }
  return spelled;
}

/** The chain of a group with a bit: whoever calls it is a member. */
export function layOutSetter(name: string, bit: number): readonly RewrittenLine[] {
  const value = printMark(bit);
  return [{ text: `-A ${name} -j MARK --set-xmark ${value}/${value}`, origins: [] }];
}

/** The chain that says which groups a group is put together from that has no bit of its own. Nothing calls it: its policy rules ask for one of the bits of these. */
export function layOutUnion(name: string, parts: readonly string[]): readonly RewrittenLine[] {
  return parts.map((part) => ({ text: `-A ${name} -j ${part}`, origins: [] }));
}
