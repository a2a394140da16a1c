/**
 * The groups that a table's policy rules use, with all that their chains are made from.
 */
import { AXES } from "../model/types.ts";
import { chainMembers } from "../plan/policy-change.ts";
import type { PlanGroup } from "../plan/types.ts";
import type { GroupChain } from "./nested-groups.ts";
import type { MergedRule } from "./product.ts";

/** In AXES order. */
export function collectGroups(merged: readonly MergedRule[]): readonly GroupChain[] {
  const users = new Map<string, { readonly group: PlanGroup; readonly rules: MergedRule[] }>();
  for (const rule of merged) {
    for (const group of rule.groups) {
      const entry = users.get(group.id) ?? { group, rules: [] };
      entry.rules.push(rule);
      users.set(group.id, entry);
    }
  }
  return [...users.values()]
    .map(({ group, rules }) => ({ group, rules, parts: [], members: collectMembers(group, rules) }))
    .sort((left, right) => AXES.indexOf(left.group.axis) - AXES.indexOf(right.group.axis));
}

function collectMembers(group: PlanGroup, rules: readonly MergedRule[]): GroupChain["members"] {
  const members = new Map(
    chainMembers(group).map((member) => [member, { text: "", origins: new Set<number>() }]),
  );
  for (const { memberTexts, memberLines } of rules) {
    for (const [member, text] of memberTexts[group.axis] ?? []) {
      const entry = members.get(member);
      if (entry === undefined) continue;
      // What tests a member is one text for all; some have its comment, too.
      if (text.length > entry.text.length) entry.text = text;
      for (const line of memberLines[group.axis]?.get(member) ?? []) entry.origins.add(line);
    }
  }
  return members;
}
