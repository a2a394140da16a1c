/**
 * What the members of sets say about rules and groups.
 */
import { parseAddress, parseAddressRange } from "../model/address.ts";
import type { AddressRange, Family, Ruleset } from "../model/types.ts";
import type { Plan, PlanGroup } from "../plan/types.ts";
import { numberOf } from "../sets/numbers.ts";
import { joinRanges } from "../sets/paint.ts";
import type { AddressSet, SetFile } from "../sets/types.ts";
import type { Finding, LineView } from "./view.ts";

/** Findings about rulesets (in the order of the plan's inputs) that are seen through the sets of a file. */
export function findSetFindings(plan: Plan, rulesets: readonly Ruleset[], sets: SetFile): readonly Finding[] {
  return [...neverMatching(plan, rulesets), ...groupsLikeSets(plan, sets)];
}

/** Rules that test a set in which no address of their family is. */
function neverMatching(plan: Plan, rulesets: readonly Ruleset[]): readonly Finding[] {
  const found = new Map<string, LineView[]>();
  for (const [input, { family, tables }] of rulesets.entries()) {
    const file = plan.inputs[input]?.path ?? "";
    for (const { line, matches } of tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules)))
      for (const match of matches) {
        if (match.kind !== "addressSet" || match.negated || match.ranges.length > 0) continue;
        const kind = family === "v4" ? "IPv4" : "IPv6";
        const message = `a rule that tests the set ${match.set} never matches: no ${kind} address is in it`;
        found.set(message, [...(found.get(message) ?? []), { file, line }]);
      }
  }
  return [...found].map(([message, lines]) => ({ kind: "empty-set", severity: "warning", message, lines }));
}

/** Groups that somebody could have as a set. */
function groupsLikeSets(plan: Plan, { sets }: SetFile): readonly Finding[] {
  const byMembers = new Map<string, AddressSet>();
  for (const set of sets.values())
    if (set.kind === "addresses" && set.ranges.length > 0)
      byMembers.set(keyOf(set.ranges, set.family), byMembers.get(keyOf(set.ranges, set.family)) ?? set);
  return plan.groups.flatMap((group): readonly Finding[] => {
    const key = keyOfGroup(group);
    const twin = key === null ? undefined : byMembers.get(key);
    if (twin === undefined) return [];
    const message = `the group ${group.name} has the members of the set ${twin.name}`;
    return [{ kind: "group-like-set", severity: "note", message, lines: [] }];
  });
}

function keyOf(ranges: readonly AddressRange[], family: Family): string {
  return `${family} ${ranges.map(({ first, last }) => `${first.join(".")}-${last.join(".")}`).join(" ")}`;
}

/** Null where a member is no address, or has a mask that is no prefix. */
function keyOfGroup({ axis, members }: PlanGroup): string | null {
  if (axis !== "source" && axis !== "destination") return null;
  const family = members.some((member) => member.includes(":")) ? "v6" : "v4";
  const ranges = members.map((member) => rangeOf(member, family));
  return ranges.includes(null)
    ? null
    : keyOf(
        joinRanges(
          ranges.map((range) => (range === null ? [] : [range])),
          family,
        ),
        family,
      );
}

function rangeOf(member: string, family: Family): AddressRange | null {
  if (member.includes("-")) {
    const range = parseAddressRange(member, family);
    return typeof range === "string" || numberOf(range.first) > numberOf(range.last) ? null : range;
  }
  const address = parseAddress(member, family);
  if (typeof address === "string" || address.prefix === null) return null;
  const last = address.address.map((word, at) => (word | ~address.mask[at]!) >>> 0);
  return { first: address.address, last };
}
