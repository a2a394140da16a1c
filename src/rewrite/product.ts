/**
 * Checks that a policy rule is a product: with its groups as the plan has them, every combination of members that rules have is one of its flat rules. Otherwise the
 * rule chain would match packets that no flat rule matched, and that nobody added.
 */
import type { Item } from "../cluster/dependencies.ts";
import { type Exceptions, findExceptions } from "../cluster/exceptions.ts";
import { kindOf, type Movable } from "../cluster/features.ts";
import type { RunPlace } from "../cluster/trees.ts";
import { AXES, type Axis, type Family, type Rule } from "../model/types.ts";
import { partsOfLine } from "../plan/line-parts.ts";
import { readMember } from "../plan/member-spelling.ts";
import { groupPhrase } from "../plan/negated.ts";
import { chainMembers, ruleMembers } from "../plan/policy-change.ts";
import type { PlanGroup, PlanPolicyRule } from "../plan/types.ts";
import { type Combination, type MergeFault, sortCombinations } from "./combinations.ts";

/** A policy rule that will be a rule chain. */
export interface MergedRule {
  readonly policy: PlanPolicyRule;
  /** Its groups, in AXES order; at least one. */
  readonly groups: readonly PlanGroup[];
  /** Axes whose group is negated, as the plan has it. */
  readonly negated: readonly Axis[];
  /** Axes whose group the rules have the other way round: that changes the policy. */
  readonly turned: readonly Axis[];
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
  /** Of rules that are split: the services that are meant, by their keys. All others are meant as a whole. */
  readonly parts: ReadonlyMap<Rule, readonly string[]>;
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
  // Only where lists of ports are split may a line be meant in part.
  const meant =
    policy.combinations === undefined
      ? items
      : items.flatMap(({ movable, index }) =>
          partsOfLine(policy, groups, movable).map((part): Item => ({ movable: part, index })),
        );
  const places = groups.map(({ axis }) => AXES.indexOf(axis));
  const kept = meant.filter(({ movable }) =>
    places.every((place, at) => members[at]!.has(movable.tokens[place]?.key ?? "")),
  );
  const first = kept[0];
  if (first === undefined) return { kind: "gone" };
  const odd = findOdd(groups, kept);
  if (odd !== null) {
    const args = { name: policy.name, line: odd.movable.rule.line, first: first.movable.rule.line };
    return { kind: "refused", code: "POLICY_RULE_MIXED_LINES", args };
  }
  const movables = kept.map(({ movable }) => movable);
  const cells = movables.map(({ tokens }) => places.map((place) => tokens[place]?.key ?? ""));
  const { missing, added, fault } = sortCombinations(policy, groups, cells);
  if (fault !== null) return { kind: "refused", ...fault };
  const { memberTexts, memberLines } = collectMembers(groups, kept);
  const merged: MergedRule = {
    policy,
    groups,
    ...negationOf(policy, []),
    rules: distinct(kept.map(({ movable }) => movable.rule)),
    parts: collectParts(movables),
    template: first.movable,
    memberTexts: withAddedTexts(groups, family, memberTexts),
    memberLines,
    missing,
    added,
    replaces: [],
    place: null,
    servicesFirst: false,
  };
  const why = merged.turned.length === 0 ? null : whyNotTurned(merged);
  if (why !== null) return { kind: "refused", ...turnFault(merged, why) };
  return { kind: "merged", merged, indexes: distinct(kept.map(({ index }) => index)) };
}

/** Whether two rules differ in their members only. */
export function isAlike(one: Movable, other: Movable): boolean {
  return kindOf(one) === kindOf(other);
}

/** A line that differs from the first in more than its groups' members. */
function findOdd(groups: readonly PlanGroup[], lines: readonly Item[]): Item | null {
  const grouped = new Set(groups.map(({ axis }) => axis));
  for (const axis of AXES) {
    if (grouped.has(axis)) continue;
    const odd = lines.find(({ movable }) => tokenKey(movable, axis) !== tokenKey(lines[0]!.movable, axis));
    if (odd !== undefined) return odd;
  }
  return null;
}

function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}

function collectParts(movables: readonly Movable[]): MergedRule["parts"] {
  const parts = new Map<Rule, string[]>();
  for (const { rule, tokens, partOf } of movables) {
    if (partOf === undefined) continue;
    const key = tokens[AXES.indexOf("service")]!.key;
    const known = parts.get(rule);
    if (known === undefined) parts.set(rule, [key]);
    else known.push(key);
  }
  return parts;
}

/** Which groups are negated, and which of them the rules have the other way round. */
export function negationOf(
  { negated = [] }: PlanPolicyRule,
  said: readonly Axis[],
): Pick<MergedRule, "negated" | "turned"> {
  return { negated, turned: AXES.filter((axis) => negated.includes(axis) !== said.includes(axis)) };
}

/** What keeps a group from being turned round, as the end of a sentence; null where nothing does. */
export function whyNotTurned({
  groups,
  negated,
  turned,
  missing,
  added,
  place,
  template,
}: MergedRule): string | null {
  const services =
    groups.some(({ axis }) => axis === "service") && [...negated, ...turned].includes("service");
  if (services)
    return "a packet whose ports can't be read is in no service, so that everything but some services is more than it seems";
  const { target } = template.rule;
  if (target.kind === "verdict" && target.verdict === "RETURN")
    return "it ends in RETURN, which a chain of exceptions does, too";
  if (missing.length + added.length > 0) return "some of its combinations are missing";
  return place === null
    ? null
    : "it stands in a run of the hoisted layout, which tests each group for all its rules";
}

/** What keeps missing combinations out of its rule chain. */
export function exceptionsOf({ groups, missing }: MergedRule): Exceptions {
  if (missing.length === 0) return { before: [], after: [] };
  return findExceptions({ axes: groups.map(({ axis }) => axis), members: groups.map(chainMembers), missing });
}

/** Whether its rule chain needs any: what others contain is missing, and is said all the same. Chains are as they were read again then, with nothing missing. */
export function hasExceptions(merged: MergedRule): boolean {
  const { before, after } = exceptionsOf(merged);
  return before.length + after.length > 0;
}

/** Which group was turned, as the plan has it. */
export function turnedPhrase({ groups, negated, turned }: MergedRule): string {
  const phrases = groups
    .filter(({ axis }) => turned.includes(axis))
    .map(({ name, axis }) => groupPhrase(name, negated.includes(axis)));
  return phrases.join(", ");
}

/** Says that a group can't be turned round. */
export function turnFault(merged: MergedRule, why: string): MergeFault {
  const args = { name: merged.policy.name, group: turnedPhrase(merged), why };
  return { code: "POLICY_RULE_CANT_TURN", args };
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
      // The parts of a line follow each other.
      if (list === undefined) lines.set(token.key, [movable.rule.line]);
      else if (list.at(-1) !== movable.rule.line) list.push(movable.rule.line);
    }
    memberTexts[axis] = texts;
    memberLines[axis] = lines;
  }
  return { memberTexts, memberLines };
}
