/**
 * Sets that are nearly the same: probably one was changed and the other forgotten. And sets that are the same under two names.
 */
import { findFeatures } from "../cluster/features.ts";
import { AXES, type Family, type Rule } from "../model/types.ts";
import { type Draft, nameAll } from "./drafts.ts";
import { type FoundSet, printRule, type SetUse } from "./sets.ts";

/** Common members over all members of both, at least. */
const ALIKE = 0.8;

/** Members that differ which a message names. */
const MOST_MEMBERS = 4;

/** The findings about pairs. */
export function compareSets(sets: readonly FoundSet[], family: Family): readonly Draft[] {
  const drafts: Draft[] = [];
  const byMember = new Map<string, number[]>();
  for (const [at, set] of sets.entries()) {
    const common = new Map<number, number>();
    for (const member of set.members) {
      const key = `${set.axis} ${member}`;
      const holders = byMember.get(key) ?? [];
      for (const holder of holders) common.set(holder, (common.get(holder) ?? 0) + 1);
      holders.push(at);
      byMember.set(key, holders);
    }
    for (const [other, count] of common) {
      const pair = [sets[other]!, set] as const;
      const all = pair[0].members.length + set.members.length - count;
      if (count === all) drafts.push(...sameSet(...pair));
      else if (count / all >= ALIKE) drafts.push(nearSet(...pair, family));
    }
  }
  return drafts;
}

function place(one: FoundSet, other: FoundSet): Pick<Draft, "table" | "chain" | "rules"> {
  const [first, second] = [one.uses[0]!, other.uses[0]!];
  const chain = first.chain === second.chain ? first.chain : null;
  return { table: second.table, chain, rules: [...first.rules, ...second.rules] };
}

/** A set without a name can't be a second name. */
function sameSet(one: FoundSet, other: FoundSet): readonly Draft[] {
  if (!one.isNamed || !other.isNamed) return [];
  return [
    {
      ...place(one, other),
      kind: "same-set",
      severity: "note",
      message: `${one.name} and ${other.name} are the same ${countMembers(one.members.length)}`,
      advice: "keep one of them, so that nobody has to change both",
    },
  ];
}

function nearSet(one: FoundSet, other: FoundSet, family: Family): Draft {
  const lacks = [only(other, one), only(one, other)] as const;
  const parts = ([one, other] as const).flatMap((set, at) =>
    lacks[at]!.length === 0
      ? []
      : [`${set.name} ${set.isNamed ? "lacks" : "lack"} ${nameMembers(lacks[at]!)}`],
  );
  const missing = new Set([...missingRules(one, other, family), ...missingRules(other, one, family)]);
  return {
    ...place(one, other),
    kind: "near-equal-sets",
    severity: "note",
    message: `${one.name} and ${other.name} are nearly the same: ${parts.join(", ")}`,
    advice: "add what was forgotten, or leave it where it is meant",
    missing: [...missing],
  };
}

function only(one: FoundSet, other: FoundSet): readonly string[] {
  const known = new Set(other.members);
  return one.members.filter((member) => !known.has(member));
}

function nameMembers(members: readonly string[]): string {
  const shown = members.slice(0, MOST_MEMBERS);
  const more = members.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : nameAll(shown);
}

function countMembers(count: number): string {
  return count === 1 ? "member" : `${count} members`;
}

/** What would have to be added for `set` to have the members of `full`, each rule once for each place that uses the set. */
function missingRules(set: FoundSet, full: FoundSet, family: Family): readonly string[] {
  const members = only(full, set);
  const axis = AXES.indexOf(set.axis);
  const texts = new Map(
    full.uses.flatMap(({ rules }) =>
      rules.flatMap((rule) => {
        const token = featuresOf(rule, family)?.tokens[axis];
        return token === null || token === undefined ? [] : [[token.key, token] as const];
      }),
    ),
  );
  return members.flatMap((member) => {
    const token = texts.get(member);
    if (token === undefined) return [];
    return set.uses.flatMap((use) => {
      const models = modelRules(use, set, axis, family);
      return models.flatMap((rule) => {
        const features = featuresOf(rule, family);
        if (features === null) return [];
        const tokens = features.tokens.map((own, at) => (at === axis ? token : own));
        return [printRule(use.chain, { ...features, rule }, tokens)];
      });
    });
  });
}

/** The rules that a member of the set has: those of its first one. */
function modelRules(use: SetUse, set: FoundSet, axis: number, family: Family): readonly Rule[] {
  const [first] = set.members;
  return use.rules.filter((rule) => featuresOf(rule, family)?.tokens[axis]?.key === first);
}

/** A rule taken apart, whatever its target is. */
function featuresOf(rule: Rule, family: Family) {
  const plain = { ...rule, target: { kind: "verdict", verdict: "ACCEPT", text: "-j ACCEPT" } } as const;
  const features = findFeatures(plain, family);
  return features.kind === "movable" ? features : null;
}
