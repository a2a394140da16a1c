/**
 * Checks that a policy rule is a product: with its groups as the plan has them, every combination of members that rules have is one of its flat rules. Otherwise the
 * rule chain would match packets that no flat rule matched, and that nobody added.
 */
import type { Item } from "../cluster/dependencies.ts";
import type { Movable } from "../cluster/features.ts";
import type { RunPlace } from "../cluster/trees.ts";
import { AXES, type Axis, type Family, type Rule } from "../model/types.ts";
import { readMember } from "../plan/member-spelling.ts";
import { ruleMembers } from "../plan/policy-change.ts";
import type { PlanGroup, PlanPolicyRule } from "../plan/types.ts";
import { type Combination, type MergeFault, sortCombinations } from "./combinations.ts";

/** A policy rule that will be a rule chain. */
export interface MergedRule {
  readonly policy: PlanPolicyRule;
  /** Its groups, in AXES order; at least one. */
  readonly groups: readonly PlanGroup[];
  /** The merged rules, in source order. */
  readonly rules: readonly Rule[];
  /** One of them taken apart: what they have in common. */
  readonly template: Movable;
  /** For each of its groups: the text that tests a member, by member; added ones are among them, and removed ones, too. */
  readonly memberTexts: ByMember<string>;
  /** The same for the source lines that have the member; an added one has none. */
  readonly memberLines: ByMember<readonly number[]>;
  /** Combinations of members, one of each group, that none of the rules says: they leave the rule chain before its verdict. */
  readonly missing: readonly Combination[];
  /** Those that none of the rules says, and that the plan adds to the policy. */
  readonly added: readonly Combination[];
  /** Chains that go with the merged rules. */
  readonly replaces: readonly string[];
  /** Its place in the run that it is in, in the ruleset; null for all others. */
  readonly place: RunPlace | null;
  /** Where the services are tested: before the addresses where the old rules did so, since their test may drop short packets. */
  readonly servicesFirst: boolean;
}

/** Something about each member of each group. */
export type ByMember<Value> = Readonly<Partial<Record<Axis, ReadonlyMap<string, Value>>>>;

/** What became of a policy rule. `gone`: a person took out all of its members. */
export type MergeResult =
  | { readonly kind: "merged"; readonly merged: MergedRule; readonly indexes: readonly number[] }
  | { readonly kind: "gone" }
  | ({ readonly kind: "refused" } & MergeFault);

/** Merges items of one signature; those with a member that the groups lack any more stay flat. */
export function mergeItems(
  policy: PlanPolicyRule,
  groups: readonly PlanGroup[],
  items: readonly Item[],
  family: Family,
): MergeResult {
  const members = groups.map((group) => new Set(ruleMembers(group)));
  const kept = items.filter(({ movable }) =>
    groups.every((group, at) => members[at]!.has(tokenKey(movable, group.axis))),
  );
  const first = kept[0];
  if (first === undefined) return { kind: "gone" };
  const grouped = new Set(groups.map(({ axis }) => axis));
  for (const axis of AXES) {
    if (grouped.has(axis)) continue;
    const odd = kept.find(({ movable }) => tokenKey(movable, axis) !== tokenKey(first.movable, axis));
    if (odd === undefined) continue;
    const args = { name: policy.name, line: odd.movable.rule.line, first: first.movable.rule.line };
    return { kind: "refused", code: "POLICY_RULE_MIXED_LINES", args };
  }
  const movables = kept.map(({ movable }) => movable);
  const { missing, added, fault } = sortCombinations(policy, groups, movables);
  if (fault !== null) return { kind: "refused", ...fault };
  const { memberTexts, memberLines } = collectMembers(groups, kept);
  const merged: MergedRule = {
    policy,
    groups,
    rules: kept.map(({ movable }) => movable.rule),
    template: first.movable,
    memberTexts: withAddedTexts(groups, family, memberTexts),
    memberLines,
    missing,
    added,
    replaces: [],
    place: null,
    servicesFirst: false,
  };
  return { kind: "merged", merged, indexes: kept.map(({ index }) => index) };
}

function tokenKey(movable: Movable, axis: Axis): string {
  return movable.tokens[AXES.indexOf(axis)]?.key ?? "";
}

/** The texts of members with those that a plan adds; a member that can't be read has none (the audit of the plan has refused it). */
export function withAddedTexts(
  groups: readonly PlanGroup[],
  family: Family,
  texts: ByMember<string>,
): ByMember<string> {
  const all: { [axis in Axis]?: ReadonlyMap<string, string> } = { ...texts };
  for (const { axis, added = [] } of groups) {
    const own = added.flatMap((member) => readMember(axis, family, member).token ?? []);
    if (own.length > 0)
      all[axis] = new Map([...(texts[axis] ?? []), ...own.map(({ key, text }) => [key, text] as const)]);
  }
  return all;
}

function collectMembers(
  groups: readonly PlanGroup[],
  kept: readonly Item[],
): { readonly memberTexts: ByMember<string>; readonly memberLines: ByMember<readonly number[]> } {
  const memberTexts: { [axis in Axis]?: Map<string, string> } = {};
  const memberLines: { [axis in Axis]?: Map<string, number[]> } = {};
  for (const { axis } of groups) {
    const texts = new Map<string, string>();
    const lines = new Map<string, number[]>();
    for (const { movable } of kept) {
      const token = movable.tokens[AXES.indexOf(axis)];
      if (token === null || token === undefined) continue;
      texts.set(token.key, token.text);
      const list = lines.get(token.key);
      if (list === undefined) lines.set(token.key, [movable.rule.line]);
      else list.push(movable.rule.line);
    }
    memberTexts[axis] = texts;
    memberLines[axis] = lines;
  }
  return { memberTexts, memberLines };
}
